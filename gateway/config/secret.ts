import { accessSync, constants, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { GatewayError } from '../errors.ts';

/** A password from the configuration itself, from a file, or from a systemd credential of that name. */
export function readSecret(
  source: { readonly password?: string | undefined; readonly passwordFile?: string | undefined },
  baseDir: string,
): string | undefined {
  if (source.password !== undefined) return source.password;
  if (source.passwordFile === undefined) return undefined;
  for (const place of placesOf(source.passwordFile, baseDir)) {
    try {
      return readFileSync(place, 'utf8').replace(/\r?\n$/, '');
    } catch {
      // The next place may have it; none of them is told below.
    }
  }
  throw new GatewayError('CONFIG_INVALID', `Cannot read the password file ${source.passwordFile}`);
}

const placesOf = (file: string, baseDir: string): readonly string[] => {
  const folder = process.env.CREDENTIALS_DIRECTORY;
  return [resolve(baseDir, file), ...(folder ? [join(folder, file)] : [])];
};

/** A secret that the configuration names and this process cannot read. */
export interface MissingSecret {
  /** Path of the key, as `broker.users.0.passwordFile`. */
  readonly key: string;
  /** Where it was looked for first: beside the configuration. */
  readonly place: string;
  /** False: the box starts all the same, and tries again whenever the SIM is locked. */
  readonly stopsStart: boolean;
}

/** Every secret file of `config` that cannot be read, before anything is started that would need it. */
export function missingSecrets(config: object, baseDir: string, path = ''): MissingSecret[] {
  return Object.entries(config).flatMap(([name, value]: [string, unknown]) => {
    const key = `${path}${name}`;
    if (typeof value === 'object' && value !== null)
      return missingSecrets(value, baseDir, `${key}.`);
    if (typeof value !== 'string' || !/^(password|secret|url|pin)File$/.test(name)) return [];
    if (placesOf(value, baseDir).some(isReadable)) return [];
    return [{ key, place: resolve(baseDir, value), stopsStart: name !== 'pinFile' }];
  });
}

function isReadable(place: string): boolean {
  try {
    accessSync(place, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
