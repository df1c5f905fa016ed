import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { fromSource, type Loaded, loadConfig } from '../config/load.ts';
import { ActorName, RegisterNumber } from '../desk/register.ts';

/** The configuration of a command: a file, or the demonstration village. `data` overrides its dataDir. */
export async function settingsOf(options: {
  readonly config?: string;
  readonly data?: string;
  /** Of the demonstration's console; MQTT and pushes take the next two. */
  readonly port?: number;
}): Promise<Loaded> {
  const loaded = options.config ? loadConfig(options.config) : await demoSettings(options.port);
  return options.data ? { ...loaded, dataDir: resolve(options.data) } : loaded;
}

/** A box has a file, and does without the village. */
async function demoSettings(port: number | undefined): Promise<Loaded> {
  const { demoConfig } = await import('../../simulators/demo-config.ts');
  const { isStandInHere } = await import('../../simulators/gpio/stand-in.ts');
  const ports =
    port === undefined ? {} : { httpPort: port, mqttPort: port + 1, pushPort: port + 2 };
  return fromSource(demoConfig({ pins: isStandInHere(), ...ports }), process.cwd());
}

/** A port that has two above it. */
export function demoPort(text: string): number {
  const port = wholeNumber(text);
  if (port < 1 || port > 65_533) throw new InvalidArgumentError('1 to 65533 is needed');
  return port;
}

/** A whole number of milliseconds, or anything else that must be a whole number. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError('a whole number is needed');
  return value;
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(Number.isFinite(value) && value > 0))
    throw new InvalidArgumentError('a number above 0 is needed');
  return value;
}

/** Who does it, for the audit. */
export function actor(text: string): string {
  if (ActorName.safeParse(text).success) return text;
  throw new InvalidArgumentError(
    'an account or a duty number is needed, of at most 20 letters and digits; no telephone, card or plate',
  );
}

export function registerNumber(text: string): string {
  if (RegisterNumber.safeParse(text).success) return text;
  throw new InvalidArgumentError(
    'a number of the register is needed: 1 to 20 letters, digits, - or _; no telephone or card',
  );
}

/** Makes sure that a directory is there, readable by its owner alone. */
export function ownDirectory(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}
