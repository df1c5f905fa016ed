import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { GatewayError } from '../errors.ts';

/** A password from the configuration itself, from a file, or from a systemd credential of that name. */
export function readSecret(
  source: { readonly password?: string | undefined; readonly passwordFile?: string | undefined },
  baseDir: string,
): string | undefined {
  if (source.password !== undefined) return source.password;
  if (source.passwordFile === undefined) return undefined;
  const folder = process.env.CREDENTIALS_DIRECTORY;
  const places = [
    resolve(baseDir, source.passwordFile),
    ...(folder ? [join(folder, source.passwordFile)] : []),
  ];
  for (const place of places) {
    try {
      return readFileSync(place, 'utf8').replace(/\r?\n$/, '');
    } catch {
      // The next place may have it; none of them is told below.
    }
  }
  throw new GatewayError('CONFIG_INVALID', `Cannot read the password file ${source.passwordFile}`);
}
