import { stringify } from 'yaml';
import { GatewayError } from '../errors.ts';
import { tell } from './output.ts';

/** Where to look and how to say it: what `probe` takes of every kind of bus. */
export interface Place {
  readonly port?: string;
  readonly converter?: string;
  readonly baud: readonly number[];
  readonly parity: 'none' | 'even' | 'odd';
  readonly stopBits: 1 | 2;
  readonly timeout: number;
  readonly format: 'yaml' | 'ndjson';
  readonly bus: string;
}

/** The one place that was named, as people say it and as gateway.yaml has it. */
export function placeOf({ port, converter }: Place): {
  readonly name: string;
  readonly keys: { readonly path: string } | { readonly address: string };
} {
  if ((port === undefined) === (converter === undefined))
    throw new GatewayError('USAGE', 'Name either --port or --converter');
  if (port !== undefined) return { name: port, keys: { path: port } };
  const address = converter ?? '';
  if (!/^.+:\d{1,5}$/.test(address))
    throw new GatewayError('USAGE', `--converter: ${address} is not HOST:PORT`);
  return { name: address, keys: { address } };
}

/** A port or converter that cannot be used, as the operator reads it. */
export function unreachable(name: string, cause: unknown): GatewayError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = why.includes(name) ? why : `Cannot ask on ${name}: ${why}`;
  return new GatewayError('BUS_UNREACHABLE', message, { cause });
}

/** What to paste into gateway.yaml. */
export const snippet = (bus: object, devices: readonly object[]): string =>
  stringify({ buses: [bus], devices }).trimEnd();

export const tellUnread = () =>
  tell(
    '有设备应答但读不懂：两块表地址相同、速率或校验不对，或线上有干扰。\n' +
      'Something answered that nobody can read: two devices of one address, another speed or parity, or noise.',
  );

/** `hint`: what else to try on this kind of bus, as options of the command. */
export function tellNobody(hint: { readonly zh: string; readonly en: string }): void {
  tell(
    `没有回答。A、B 线接反了吗？供电、速率、校验对吗？${hint.zh}\n` +
      `Nobody answered. A and B swapped? Power, speed, parity? ${hint.en}`,
  );
  process.exitCode = 1;
}
