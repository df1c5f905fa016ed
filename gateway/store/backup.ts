import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { GatewayError } from '../errors.ts';
import { openStoredKeys } from '../privacy/keys.ts';
import { lockDirectory } from './lock.ts';
import { openSqlite } from './sqlite.ts';
import { addFile, addText, endArchive, listArchive, readEntry, type TarEntry } from './tar.ts';

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
}

/**
 * A consistent copy of a box, running or not, into one new file (a tar of both databases). Each copy is opened and
 * checked before the file gets its name. Keys are not in it: whoever finds the file reads no plate.
 */
export async function backup(dataDir: string, file: string, nowMs: number): Promise<BackupReport> {
  if (existsSync(file))
    throw new GatewayError('USAGE', `${file} exists: a backup overwrites nothing`);
  const folder = `${file}.parts`;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    // gate.db first: whatever position of the journal it speaks of, the later copy of load.db has it.
    for (const name of files) {
      if (!existsSync(join(dataDir, name)))
        throw new GatewayError('STORE_FOREIGN', `${dataDir} holds no store: there is no ${name}`);
      const source = await openSqlite(join(dataDir, name), { readOnly: true });
      try {
        await source.backup(join(folder, name));
      } finally {
        await source.close();
      }
      await sound(join(folder, name));
    }
    const archive = await open(`${file}.part`, 'w', 0o600);
    const described: Manifest['files'] = [];
    try {
      for (const name of files) await addFile(archive, name, join(folder, name));
      await archive.sync();
    } finally {
      await archive.close();
    }
    const again = await open(`${file}.part`, 'r+');
    try {
      const end = (await again.stat()).size;
      // Hashes are taken from what was written, not from what was meant.
      for (const entry of await entriesOf(again, files.length)) {
        const sha256 = await readEntry(again, entry, async () => {});
        described.push({
          name: Manifest.shape.files.element.shape.name.parse(entry.name),
          bytes: entry.bytes,
          sha256,
        });
      }
      const fingerprint = fingerprintOf(dataDir);
      const manifest: Manifest = {
        format: 'gatehouse-backup-1',
        atMs: nowMs,
        files: described,
        ...(fingerprint === undefined ? {} : { keys: fingerprint }),
      };
      const tail = await open(`${file}.part`, 'a');
      try {
        if ((await tail.stat()).size !== end) throw new RangeError('The file was changed');
        await addText(tail, manifestName, JSON.stringify(manifest, null, 1));
        await endArchive(tail);
      } finally {
        await tail.close();
      }
    } finally {
      await again.close();
    }
    renameSync(`${file}.part`, file);
    await flushFolder(dirname(file));
    return { atMs: nowMs, files: described, keysFit: true };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(`${file}.part`, { force: true });
  }
}

/** The first `count` files of an archive that has no end yet. */
async function entriesOf(archive: Awaited<ReturnType<typeof open>>, count: number) {
  const { size } = await archive.stat();
  await archive.write(Buffer.alloc(1024), 0, 1024, size);
  const entries = await listArchive(archive);
  await archive.truncate(size);
  return entries.slice(0, count);
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
): Promise<BackupReport> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const unlock = lockDirectory(dataDir);
  try {
    const manifest = await unpack(dataDir, file);
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
    };
  } finally {
    for (const name of files)
      for (const tail of ['', '-wal', '-shm'])
        rmSync(join(dataDir, `${name}.restoring${tail}`), { force: true });
    unlock();
  }
}

async function unpack(dataDir: string, file: string): Promise<Manifest> {
  const archive = await open(file, 'r').catch((cause: Error) => {
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
        );
        if (sha256 !== told.sha256) throw wrong(`${name} was changed`);
        await target.sync();
      } finally {
        await target.close();
      }
      await sound(path);
    }
    return manifest;
  } finally {
    await archive.close();
  }
}

async function readManifest(
  archive: Awaited<ReturnType<typeof open>>,
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
