import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { GatewayError } from '../errors.ts';
import { backupKey, keysFolder, makeBackupKey, openStoredKeys } from '../privacy/keys.ts';
import { lockDirectory } from './lock.ts';
import { createSealed, isSealed, readSealed } from './sealed-file.ts';
import { openSqlite } from './sqlite.ts';
import {
  type ArchiveReader,
  addFile,
  addText,
  endArchive,
  listArchive,
  readEntry,
  type TarEntry,
} from './tar.ts';

const files = ['gate.db', 'load.db'] as const;
const manifestName = 'manifest.json';

/** What a backup says of itself. */
const Manifest = z.object({
  format: z.literal('gatehouse-backup-1'),
  atMs: z.int(),
  files: z.array(z.object({ name: z.enum(files), bytes: z.int(), sha256: z.string() })),
  /** Keyed hash of a constant: tells whether the keys at hand are those of the backup. Absent: there were none. */
  keys: z.string().optional(),
});
type Manifest = z.infer<typeof Manifest>;

/** What was copied, and whether the keys at hand fit it. */
export interface BackupReport {
  readonly atMs: number;
  readonly files: ReadonlyArray<{ readonly name: string; readonly bytes: number }>;
  /** False: plates and names in it cannot be read here; the keys are kept apart and have their own backup. */
  readonly keysFit: boolean;
  /** The key of backups was made for this one: its folder has to be copied again. */
  readonly newKey: boolean;
}

/**
 * A consistent copy of a box, running or not, into one new file: a tar of both databases, sealed as a whole (PR-19). It is
 * opened again with the key, and every file in it compared, before it gets its name. Keys are not in it: whoever finds the
 * file reads nothing.
 */
export async function backup(
  dataDir: string,
  file: string,
  nowMs: number,
  /** Opens what was made, and throws where it is not what it was meant to be. */
  check: (file: string, key: Buffer) => Promise<void> = compare,
): Promise<BackupReport> {
  if (existsSync(file))
    throw new GatewayError('USAGE', `${file} exists: a backup overwrites nothing`);
  if (!existsSync(dataDir)) throw new GatewayError('USAGE', `There is no store in ${dataDir}`);
  const keys = keysFolder(dataDir, undefined);
  const fingerprint = fingerprintOf(dataDir);
  if (fingerprint === undefined)
    throw new GatewayError('KEYS_MISSING', `A backup is sealed, and there are no keys in ${keys}`);
  const known = backupKey(keys);
  const key = known ?? makeBackupKey(keys);
  // What has to do with people is never on the other disk in clear, not for a moment; loads are large and tell of nobody.
  const folders = { 'gate.db': join(dataDir, 'backup.parts'), 'load.db': `${file}.parts` };
  try {
    // gate.db first: whatever position of the journal it speaks of, the later copy of load.db has it.
    for (const name of files) {
      if (!existsSync(join(dataDir, name)))
        throw new GatewayError('STORE_FOREIGN', `${dataDir} holds no store: there is no ${name}`);
      rmSync(folders[name], { recursive: true, force: true });
      mkdirSync(folders[name], { recursive: true, mode: 0o700 });
      const source = await openSqlite(join(dataDir, name), { readOnly: true });
      try {
        await source.backup(join(folders[name], name));
      } finally {
        await source.close();
      }
      await sound(join(folders[name], name));
    }
    const described: Manifest['files'] = [];
    const archive = await createSealed(`${file}.part`, key);
    try {
      for (const name of files)
        described.push({ name, ...(await addFile(archive, name, join(folders[name], name))) });
      const manifest: Manifest = {
        format: 'gatehouse-backup-1',
        atMs: nowMs,
        files: described,
        keys: fingerprint,
      };
      await addText(archive, manifestName, JSON.stringify(manifest, null, 1));
      await endArchive(archive);
      await archive.end();
    } finally {
      await archive.abort();
    }
    // What counts is what can be opened again, not what was meant.
    await check(`${file}.part`, key);
    renameSync(`${file}.part`, file);
    await flushFolder(dirname(file));
    return { atMs: nowMs, files: described, keysFit: true, newKey: known === undefined };
  } finally {
    for (const folder of Object.values(folders)) rmSync(folder, { recursive: true, force: true });
    rmSync(`${file}.part`, { force: true });
  }
}

/** Opens a backup and compares every file in it with what its manifest says. */
export async function compare(file: string, key: Buffer): Promise<void> {
  const { archive, close } = await openBackup(file, key);
  try {
    const entries = await listArchive(archive);
    const manifest = await readManifest(archive, entries);
    for (const told of manifest.files) {
      const entry = entries.find(({ name }) => name === told.name);
      const sha256 = entry && (await readEntry(archive, entry, async () => {}));
      if (sha256 !== told.sha256)
        throw new RangeError(`${told.name} in ${file} is not what it was`);
    }
  } finally {
    await close();
  }
}

/** A backup for reading: sealed ones with their key, those of earlier versions as they are. */
async function openBackup(file: string, key: Buffer | undefined) {
  const handle = await open(file, 'r');
  const close = () => handle.close();
  try {
    const archive: ArchiveReader = (await isSealed(handle))
      ? await readSealed(handle, key)
      : {
          size: (await handle.stat()).size,
          read: (buffer, offset, length, position) => handle.read(buffer, offset, length, position),
        };
    return { archive, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Puts a backup into a data directory that no gateway uses. Everything is unpacked and checked first; what is
 * there now is moved aside, never overwritten.
 */
export async function restore(
  dataDir: string,
  file: string,
  nowMs: number,
  /** Works on the copy of gate.db before it takes its place: what was to be forgotten never comes back. */
  forget: (gateFile: string) => Promise<void> = async () => {},
  /** The key of the backup; the one beside the box's other keys if absent. */
  key: Buffer | undefined = backupKey(keysFolder(dataDir, undefined)),
): Promise<BackupReport> {
  if (!existsSync(file)) throw new GatewayError('INPUT_UNREADABLE', `${file} does not exist`);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const unlock = lockDirectory(dataDir);
  try {
    const manifest = await unpack(dataDir, file, key);
    await forget(join(dataDir, 'gate.db.restoring'));
    const date = new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-');
    for (const name of files) {
      for (const tail of ['', '-wal', '-shm']) {
        const now = join(dataDir, name + tail);
        if (existsSync(now)) renameSync(now, join(dataDir, `${name}.replaced-${date}${tail}`));
      }
      renameSync(join(dataDir, `${name}.restoring`), join(dataDir, name));
    }
    const marker = await open(join(dataDir, 'initialised'), 'a', 0o600);
    await marker.sync();
    await marker.close();
    await flushFolder(dataDir);
    const fingerprint = fingerprintOf(dataDir);
    return {
      atMs: manifest.atMs,
      files: manifest.files,
      keysFit: manifest.keys === undefined || manifest.keys === fingerprint,
      newKey: false,
    };
  } finally {
    for (const name of files)
      for (const tail of ['', '-wal', '-shm'])
        rmSync(join(dataDir, `${name}.restoring${tail}`), { force: true });
    unlock();
  }
}

async function unpack(dataDir: string, file: string, key: Buffer | undefined): Promise<Manifest> {
  const { archive, close } = await openBackup(file, key).catch((cause: Error) => {
    if (cause instanceof GatewayError) throw cause;
    throw new GatewayError('INPUT_UNREADABLE', `Cannot read ${file}: ${cause.message}`, { cause });
  });
  const wrong = (why: string, cause?: unknown) =>
    new GatewayError('INPUT_UNREADABLE', `${file} is no sound backup: ${why}`, { cause });
  try {
    const entries = await listArchive(archive).catch((cause: Error) => {
      throw wrong(cause.message, cause);
    });
    const manifest = await readManifest(archive, entries).catch((cause: Error) => {
      throw wrong(`its ${manifestName} cannot be read`, cause);
    });
    for (const name of files) {
      const entry = entries.find((one) => one.name === name);
      const told = manifest.files.find((one) => one.name === name);
      if (!entry || !told) throw wrong(`${name} is missing`);
      const path = join(dataDir, `${name}.restoring`);
      const target = await open(path, 'w', 0o600);
      try {
        const sha256 = await readEntry(
          archive,
          entry,
          async (piece) => void (await target.write(piece)),
        ).catch((cause: Error) => {
          throw wrong(cause.message, cause);
        });
        if (sha256 !== told.sha256) throw wrong(`${name} was changed`);
        await target.sync();
      } finally {
        await target.close();
      }
      await sound(path);
    }
    return manifest;
  } finally {
    await close();
  }
}

async function readManifest(
  archive: ArchiveReader,
  entries: readonly TarEntry[],
): Promise<Manifest> {
  const entry = entries.find(({ name }) => name === manifestName);
  if (!entry) throw new RangeError(`there is no ${manifestName}`);
  const pieces: Buffer[] = [];
  await readEntry(archive, entry, async (piece) => void pieces.push(Buffer.from(piece)));
  return Manifest.parse(JSON.parse(Buffer.concat(pieces).toString('utf8')));
}

/** Throws unless SQLite finds the file whole. */
async function sound(file: string): Promise<void> {
  const db = await openSqlite(file, { readOnly: true });
  try {
    const row = await db.get<{ quick_check: string }>('PRAGMA quick_check(1)');
    if (row?.quick_check !== 'ok')
      throw new GatewayError('STORE_FOREIGN', `${file} is damaged: ${row?.quick_check}`);
  } finally {
    await db.close();
    for (const tail of ['-wal', '-shm']) rmSync(file + tail, { force: true });
  }
}

const fingerprintOf = (dataDir: string): string | undefined =>
  openStoredKeys(dataDir)?.pseudonym('backup', 'fingerprint');

async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder === '' ? '.' : folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
