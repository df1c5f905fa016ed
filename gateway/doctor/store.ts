import { existsSync, readdirSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { lowSpaceShare } from '../journal/space.ts';
import { backupKey, keysFolder, openStoredKeys } from '../privacy/keys.ts';
import { lastBackup } from '../store/last-backup.ts';
import { applicationId, openSqlite, type Sqlite } from '../store/sqlite.ts';

/** One thing that was looked at. */
export interface Check {
  /** `bad`: the box does not work, or loses something; `warn`: it will, or somebody should know. */
  readonly state: 'ok' | 'warn' | 'bad';
  readonly zh: string;
  readonly en: string;
}

/** A WAL of more than this is not written back: something holds it. */
const walBytes = 256 * 1024 * 1024;

const ok = (zh: string, en: string): Check => ({ state: 'ok', zh, en });
const warn = (zh: string, en: string): Check => ({ state: 'warn', zh, en });
const bad = (zh: string, en: string): Check => ({ state: 'bad', zh, en });

/** Looks through a data directory, running or not, and changes nothing. Each answer says how to mend it. */
export async function examineStore(dataDir: string, nowMs: number): Promise<Check[]> {
  if (!existsSync(dataDir)) {
    return [
      bad(
        `${dataDir} 不存在。请检查 dataDir，或首次启动以建立。`,
        `${dataDir} does not exist. Check dataDir, or start the box once to make it.`,
      ),
    ];
  }
  const checks: Check[] = [];
  for (const name of ['load.db', 'gate.db']) checks.push(...(await examineFile(dataDir, name)));
  checks.push(
    examineKeys(dataDir),
    ...examineBackup(dataDir, nowMs),
    await examineSpace(dataDir),
    ...(await examineAge(dataDir, nowMs)),
  );
  const aside = readdirSync(dataDir).filter((name) => /\.(damaged|replaced)-/.test(name));
  const databases = aside.filter((name) => !/-(wal|shm)$/.test(name));
  if (databases.length > 0) {
    checks.push(
      warn(
        `旁边有移走的文件：${databases.join('、')}。确认不再需要后删除。`,
        `Files were moved aside: ${databases.join(', ')}. Delete them once nobody needs them.`,
      ),
    );
  }
  return checks;
}

async function examineFile(dataDir: string, name: string): Promise<Check[]> {
  const file = join(dataDir, name);
  if (!existsSync(file)) {
    return [
      bad(
        `缺少 ${name}。用 gatehouse restore 恢复备份；否则启动时会新建并报警。`,
        `${name} is missing. Restore a backup; otherwise a start makes a new one and raises an alert.`,
      ),
    ];
  }
  let db: Sqlite;
  try {
    db = await openSqlite(file, { readOnly: true });
  } catch (error) {
    return [damaged(name, (error as Error).message)];
  }
  try {
    const id = await db.get<{ application_id: number }>('PRAGMA application_id');
    if (id?.application_id !== applicationId) {
      return [
        bad(`${name} 不是本程序的数据库。`, `${name} is no database of ours. Check dataDir.`),
      ];
    }
    const check = await db.get<{ quick_check: string }>('PRAGMA quick_check(1)');
    if (check?.quick_check !== 'ok') return [damaged(name, check?.quick_check ?? '?')];
    const wal = existsSync(`${file}-wal`) ? statSync(`${file}-wal`).size : 0;
    const size = Math.round((statSync(file).size + wal) / 1e6);
    return [
      ok(`${name} 完好，${size} MB。`, `${name} is whole, ${size} MB.`),
      ...(wal > walBytes
        ? [
            warn(
              `${name}-wal 有 ${Math.round(wal / 1e6)} MB 未写回。请重启一次。`,
              `${name}-wal has ${Math.round(wal / 1e6)} MB that are not written back. Restart the box once.`,
            ),
          ]
        : []),
    ];
  } catch (error) {
    return [damaged(name, (error as Error).message)];
  } finally {
    await db.close().catch(() => {});
  }
}

const damaged = (name: string, reason: string) =>
  bad(
    `${name} 已损坏（${reason}）。重启后会移到一旁并救出可读部分；或用 gatehouse restore 恢复备份。`,
    `${name} is damaged (${reason}). A restart moves it aside and saves what is readable; or restore a backup.`,
  );

function examineKeys(dataDir: string): Check {
  try {
    if (openStoredKeys(dataDir)) return ok('密钥齐全。', 'The keys are there.');
  } catch {
    // Told below: a key that cannot be read is as good as none.
  }
  return bad(
    '缺少密钥：车牌等列无法读取。请把密钥文件放回。',
    'The keys are missing: plates cannot be read. Put the key files back.',
  );
}

/** A box without a copy of the last days loses more than anybody wants to tell the committee, days. */
const backupDays = 7;

function examineBackup(dataDir: string, nowMs: number): Check[] {
  const last = lastBackup(dataDir);
  if (!last) {
    return [
      warn(
        '还没有做过备份。请用 gatehouse backup，并另存密钥目录。',
        'There is no backup yet: gatehouse backup, and copy the keys directory elsewhere.',
      ),
    ];
  }
  const days = Math.floor((nowMs - last.atMs) / 86_400_000);
  const checks: Check[] = [];
  if (days > backupDays)
    checks.push(
      warn(`最近一次备份在 ${days} 天前。`, `The last backup was made ${days} days ago.`),
    );
  if (!last.sealed)
    checks.push(
      warn(
        '最近一次备份没有整体加密。请重新备份，并销毁旧文件。',
        'The last backup is not sealed as a whole. Make a new one, and destroy the old file.',
      ),
    );
  else if (!hasBackupKey(dataDir))
    checks.push(
      bad(
        '缺少 backup.key：已有的备份无法恢复。请把密钥文件放回。',
        'backup.key is missing: backups that were made cannot be restored. Put the file back.',
      ),
    );
  else if (checks.length === 0)
    checks.push(
      ok(
        `最近一次备份在 ${days} 天前，已整体加密；密钥目录须另存一份。`,
        `The last backup was made ${days} days ago, sealed as a whole; keep a copy of the keys directory elsewhere.`,
      ),
    );
  return checks;
}

function hasBackupKey(dataDir: string): boolean {
  try {
    return backupKey(keysFolder(dataDir, undefined)) !== undefined;
  } catch {
    // A file that is no key is as good as none.
    return false;
  }
}

async function examineSpace(dataDir: string): Promise<Check> {
  const disk = await statfs(dataDir);
  const share = disk.bavail / Math.max(1, disk.blocks);
  const text = `${Math.round((disk.bavail * disk.bsize) / 1e6)} MB`;
  return share < lowSpaceShare
    ? warn(
        `磁盘只剩 ${text}。请清理，或缩短 journal.rawDays。`,
        `Only ${text} of the disk are free. Make room, or lower journal.rawDays.`,
      )
    : ok(`磁盘剩余 ${text}。`, `${text} of the disk are free.`);
}

/** How long ago the journal was last written. */
async function examineAge(dataDir: string, nowMs: number): Promise<Check[]> {
  const file = join(dataDir, 'load.db');
  if (!existsSync(file)) return [];
  let db: Sqlite | undefined;
  try {
    db = await openSqlite(file, { readOnly: true });
    const row = await db.get<{ at: number | null }>(
      'SELECT at_ms AS at FROM journal ORDER BY seq DESC LIMIT 1',
    );
    if (row?.at == null) return [warn('尚无任何读数。', 'There is no reading yet.')];
    const minutes = Math.round((nowMs - row.at) / 60_000);
    if (minutes < -10) {
      return [
        warn(
          '最后一组读数的时间在未来：时钟被调过。请检查时钟。',
          'The last readings lie in the future: the clock was set. Check the clock.',
        ),
      ];
    }
    return [ok(`最后写入在 ${minutes} 分钟前。`, `Last written ${minutes} minutes ago.`)];
  } catch {
    // A file that cannot be read was told of already.
    return [];
  } finally {
    await db?.close().catch(() => {});
  }
}
