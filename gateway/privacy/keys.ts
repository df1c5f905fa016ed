import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { GatewayError } from '../errors.ts';
import { writeDurably } from '../store/durable.ts';

/** Seals personal columns and makes pseudonyms. The keys lie outside the database, readable by the service alone. */
export interface Keys {
  /** AES-256-GCM; a fresh nonce each time, the key's number in front, so that keys can be rotated. */
  seal(text: string): Uint8Array;
  /** Throws where the key is gone or a byte was changed: refusal, not garbage. */
  open(sealed: Uint8Array): string;
  /** Keyed hash of a personal value, by class: two sites, or two classes, give two different ones. */
  pseudonym(kind: string, value: string): string;
}

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
/** The data directory says where its keys are: commands that know only `--data` find them. */
const pointer = 'keys-directory';
const keyFile = /^column-(\d{1,3})\.key$/;

/** Opens the keys of a data directory; makes them at the first start (`create`), never later. */
export function openKeys(dataDir: string, keysDir: string | undefined, create: boolean): Keys {
  const folder = keysFolder(dataDir, keysDir);
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => keyFile.test(name)) : [];
  if (files.length === 0) {
    if (!create) throw new GatewayError('KEYS_MISSING', `No keys in ${folder}`);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Flushed before anything is sealed with them; the key that makes the pair valid comes last.
    writeDurably(join(folder, 'pseudonym.key'), randomBytes(keyBytes).toString('hex'));
    writeDurably(join(folder, 'column-1.key'), randomBytes(keyBytes).toString('hex'), 'wx');
  }
  const told = join(dataDir, pointer);
  if (!existsSync(told) || readFileSync(told, 'utf8').trim() !== folder)
    writeDurably(told, `${folder}\n`);
  return keysOf(folder);
}

/** The keys of a data directory for a command that only reads; null where they are not at hand. */
export function openStoredKeys(dataDir: string): Keys | null {
  const folder = keysFolder(dataDir, undefined);
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => keyFile.test(name)) : [];
  return files.length === 0 ? null : keysOf(folder);
}

interface Loaded {
  readonly keys: ReadonlyMap<number, Buffer>;
  readonly newest: number;
  /** When the folder was changed last, ms. */
  readonly changedMs: number;
}

/** Numbers of the keys in a folder, lowest first. */
export const keyNumbers = (folder: string): readonly number[] =>
  readdirSync(folder)
    .flatMap((name) => keyFile.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((one, other) => one - other);

function load(folder: string): Loaded {
  const changedMs = statSync(folder).mtimeMs;
  const numbers = keyNumbers(folder);
  const newest = numbers.at(-1);
  if (newest === undefined) throw new GatewayError('KEYS_MISSING', `No keys in ${folder}`);
  const keys = numbers.map((n) => [n, readKey(join(folder, `column-${n}.key`))] as const);
  return { keys: new Map(keys), newest, changedMs };
}

/** A new key is used by whoever runs within this time, ms: keys are rotated while the gateway works (PR-10). */
export const reloadMs = 1000;

function keysOf(folder: string): Keys {
  let loaded = load(folder);
  let lookedMs = performance.now();
  const fresh = (): Loaded => {
    if (performance.now() - lookedMs < reloadMs) return loaded;
    lookedMs = performance.now();
    if (statSync(folder).mtimeMs !== loaded.changedMs) loaded = load(folder);
    return loaded;
  };
  const keyOf = (n: number): Buffer | undefined => {
    const known = loaded.keys.get(n);
    if (known) return known;
    // Sealed by somebody who knew of a newer key first.
    loaded = load(folder);
    return loaded.keys.get(n);
  };
  const pseudonyms = readKey(join(folder, 'pseudonym.key'));

  return {
    seal(text) {
      const { keys, newest } = fresh();
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', keys.get(newest) ?? Buffer.alloc(0), nonce);
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.from([newest]), nonce, cipher.getAuthTag(), body]);
    },
    open(sealed) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      const key = keyOf(bytes[0] ?? 0);
      if (!key || bytes.length < 1 + nonceBytes + tagBytes) {
        throw new GatewayError(
          'KEYS_MISSING',
          `A column was sealed with key ${bytes[0] ?? 0}, which is not there`,
        );
      }
      const nonce = bytes.subarray(1, 1 + nonceBytes);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce);
      decipher.setAuthTag(bytes.subarray(1 + nonceBytes, 1 + nonceBytes + tagBytes));
      const body = bytes.subarray(1 + nonceBytes + tagBytes);
      return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
    },
    pseudonym: (kind, value) =>
      createHmac('sha256', pseudonyms).update(`${kind}\0${value}`).digest('base64url').slice(0, 22),
  };
}

/** Seals backups as a whole; it lies beside the others. */
export const backupKeyName = 'backup.key';

/** The key of backups; undefined where there is none yet. */
export function backupKey(folder: string): Buffer | undefined {
  const file = join(folder, backupKeyName);
  return existsSync(file) ? readKey(file) : undefined;
}

/** Makes the key of backups, flushed before anything is sealed with it. */
export function makeBackupKey(folder: string): Buffer {
  const key = randomBytes(keyBytes);
  writeDurably(join(folder, backupKeyName), key.toString('hex'), 'wx');
  return key;
}

/** Which key a column was sealed with. */
export const keyNumberOf = (sealed: Uint8Array): number => sealed[0] ?? 0;

/** The number stands in one byte. */
const lastNumber = 255;

/** Makes the next key, flushed before anybody may seal with it. Returns its number. */
export function addKey(folder: string): number {
  const next = (keyNumbers(folder).at(-1) ?? 0) + 1;
  if (next > lastNumber)
    throw new GatewayError(
      'USAGE',
      `Keys have been rotated ${lastNumber} times: restore into a new box`,
    );
  writeDurably(join(folder, `column-${next}.key`), randomBytes(keyBytes).toString('hex'), 'wx');
  return next;
}

/** Overwrites a key and takes it away: what was sealed with it is gone for good. */
export function destroyKey(folder: string, n: number): void {
  const file = join(folder, `column-${n}.key`);
  writeDurably(file, randomBytes(keyBytes).toString('hex'));
  rmSync(file);
}

/** Where the keys of a data directory are. */
export function keysFolder(dataDir: string, keysDir: string | undefined): string {
  if (keysDir !== undefined) return resolve(keysDir);
  const told = join(dataDir, pointer);
  const folder = existsSync(told) ? readFileSync(told, 'utf8').trim() : '';
  return folder === '' ? `${resolve(dataDir)}.keys` : folder;
}

/** A key as it lies in a file: 32 bytes in hex. */
export function readKey(file: string): Buffer {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new GatewayError('KEYS_MISSING', `Cannot read the key ${file}`, { cause });
  }
  const key = Buffer.from(text, 'hex');
  if (key.length !== keyBytes)
    throw new GatewayError('KEYS_MISSING', `${file} is no key of 32 bytes in hex`);
  return key;
}
