import { connect, type Socket } from 'node:net';
import { drivers } from '../../../drivers/index.ts';
import type { Reading } from '../../../drivers/reading.ts';
import { systemClock } from '../../clock.ts';
import { type Device, toDevice } from '../../config/device.ts';
import { createIntake, type Intake } from '../intake.ts';
import type { Login } from './login.ts';
import { type PushLimits, type PushListener, startPushListener } from './push.ts';

/** A listener on a free port, over a journal whose commits a test lets happen. */
export interface TrialPush {
  readonly listener: PushListener;
  readonly intake: Intake;
  /** What has been committed, newest last. */
  readonly kept: Reading[];
  /** Payloads of the quarantine. */
  readonly rejected: string[];
  /** Commits wait until `release` while this is set. */
  hold: boolean;
  /** Every commit fails while this is set. */
  diskRefuses: boolean;
  release(): void;
  /** Commits that wait. */
  waiting(): number;
  open(): Promise<Speaker>;
}

export const silent = { debug() {}, info() {}, warn() {}, error() {} };

export const deviceOf = (id: string, driverId: string, options: object = {}): Device => {
  const driver = drivers.find((one) => one.id === driverId);
  if (!driver) throw new Error(`No driver ${driverId}`);
  return toDevice({ id, driver: driverId }, driver, driver.options.parse(options), 'in');
};

export async function trialPush({
  devices = [deviceOf('m1', 'native'), deviceOf('hik-1', 'hikvision'), deviceOf('dh-1', 'dahua')],
  logins = new Map<string, Login>(),
  bodyBytes = 8_000_000,
  limits = {},
  clock = systemClock,
}: {
  readonly devices?: readonly Device[];
  readonly logins?: ReadonlyMap<string, Login>;
  readonly bodyBytes?: number;
  readonly limits?: Partial<PushLimits>;
  readonly clock?: typeof systemClock;
} = {}): Promise<TrialPush> {
  const waiting: Array<() => void> = [];
  const commit = (keep: () => void, done: (error: Error | null) => void) => {
    const run = () => {
      if (trial.diskRefuses) done(new Error('The disk refuses'));
      else {
        keep();
        done(null);
      }
    };
    if (trial.hold) waiting.push(run);
    else setImmediate(run);
  };
  const kept: Reading[] = [];
  const rejected: string[] = [];
  const intake = createIntake({
    devices,
    journal: {
      append: (readings, done) => commit(() => kept.push(...readings), done),
      quarantine: ({ payload = new Uint8Array() }, done) =>
        commit(() => rejected.push(Buffer.from(payload).toString()), done),
    },
    clock,
    log: silent,
  });
  const listener = await startPushListener({
    listen: '127.0.0.1:0',
    bodyBytes,
    devices,
    logins,
    intake,
    clock,
    log: silent,
    limits,
  });
  const trial: TrialPush = {
    listener,
    intake,
    kept,
    rejected,
    hold: false,
    diskRefuses: false,
    release() {
      for (const one of waiting.splice(0)) one();
    },
    waiting: () => waiting.length,
    open: () => speak(listener.address),
  };
  return trial;
}

/** An answer as it came over the wire. */
export interface Heard {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** A socket that says exactly what it is told. */
export interface Speaker {
  readonly socket: Socket;
  say(bytes: string | Uint8Array): void;
  /** The next whole answer; null once the other side has hung up. */
  hear(): Promise<Heard | null>;
}

export async function speak(address: string): Promise<Speaker> {
  const colon = address.lastIndexOf(':');
  const socket = connect({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)) });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve());
    socket.once('error', reject);
  });
  socket.on('error', () => {
    // The other side hung up while we spoke: `hear` tells.
  });
  let buffer = '';
  let ended = false;
  let wake = () => {};
  socket.on('data', (chunk) => {
    buffer += chunk.toString('latin1');
    wake();
  });
  socket.on('close', () => {
    ended = true;
    wake();
  });
  const next = (): Heard | null => {
    const end = buffer.indexOf('\r\n\r\n');
    if (end < 0) return null;
    const head = buffer.slice(0, end);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (buffer.length < end + 4 + length) return null;
    const body = buffer.slice(end + 4, end + 4 + length);
    buffer = buffer.slice(end + 4 + length);
    return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]), head, body };
  };
  return {
    socket,
    say: (bytes) => void socket.write(bytes),
    async hear() {
      for (;;) {
        const answer = next();
        if (answer || ended) return answer;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

/** A whole request. */
export function post(
  path: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Buffer {
  const bytes = Buffer.from(body);
  const lines = Object.entries({ 'content-length': String(bytes.length), ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return Buffer.concat([
    Buffer.from(`POST ${path} HTTP/1.1\r\nhost: box\r\n${lines.join('')}\r\n`),
    bytes,
  ]);
}
