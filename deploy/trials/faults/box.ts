import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { openKept } from '../../../gateway/open-kept.ts';
import type { Store, StoreNotice } from '../../../gateway/store/store.ts';
import { isTrue } from './truth.ts';

/** What one life of the box said. */
export interface Life {
  readonly acknowledged: readonly number[];
  readonly refused: readonly string[];
  /** It found that the disk lies, and ended by itself. */
  readonly fatal: boolean;
  readonly readyMs: number | null;
  readonly code: number | null;
}

export interface LifeParts {
  readonly childFile: string;
  readonly dataDir: string;
  readonly first: number;
  readonly last?: number;
  readonly windowMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** It is killed so long after the line `killFrom`, ms, or after its start; by itself it ends only when the disk lies. */
  readonly killAfterMs: number;
  readonly killFrom?: string;
  readonly signal?: 'SIGKILL' | 'SIGTERM';
  /** Called for each line; true kills it at once. */
  readonly until?: (line: string) => boolean;
}

/** So long a life may take beside what it is given, ms: on a busy machine a start takes seconds. */
const longestMs = 60_000;

/** Lets the box live until it is killed or ends. */
export async function live(parts: LifeParts): Promise<Life> {
  const { childFile, dataDir, first, last = 1e9, windowMs = 0, env = {} } = parts;
  const { signal = 'SIGKILL', killAfterMs, killFrom } = parts;
  const startMs = performance.now();
  const child = spawn(
    process.execPath,
    [childFile, dataDir, String(first), String(last), String(windowMs)],
    { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const acknowledged: number[] = [];
  const refused: string[] = [];
  let fatal = false;
  let readyMs: number | null = null;
  let rest = '';
  let errors = '';
  const kill = () => child.kill(signal);
  let timer = killFrom === undefined ? setTimeout(kill, killAfterMs) : undefined;
  // A box that hangs before that line would be waited for without end.
  const hangs = setTimeout(() => child.kill('SIGKILL'), killAfterMs + longestMs);
  child.stderr.on('data', (text) => {
    errors += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('a ')) acknowledged.push(Number(line.slice(2)));
      else if (line.startsWith('n ')) refused.push(line.slice(2));
      else if (line === 'fatal') fatal = true;
      else if (line === 'ready') readyMs = performance.now() - startMs;
      if (line === killFrom) timer ??= setTimeout(kill, killAfterMs);
      if (parts.until?.(line)) kill();
    }
  });
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  clearTimeout(hangs);
  if (code === 1) throw new Error(`The box failed: ${errors.slice(0, 2000)}`);
  return { acknowledged, refused, fatal, readyMs, code };
}

/** What is on the disk after a fault. */
export interface Verdict {
  readonly stored: number;
  /** Acknowledged and not there, or there with another content. */
  readonly lost: readonly number[];
  /** There more than once, as the rules see it. */
  readonly doubled: readonly number[];
  readonly notices: readonly StoreNotice[];
  readonly startMs: number;
}

/** Starts a box on the directory as any start would, and compares what is there with what was promised. */
export async function judge(dataDir: string, acknowledged: Iterable<number>): Promise<Verdict> {
  const beganMs = performance.now();
  const { store, journal, close } = await openKept(dataDir);
  const startMs = performance.now() - beganMs;
  const found = new Map<number, boolean>();
  const doubled: number[] = [];
  for await (const { readings } of journal.groups(1)) {
    for (const reading of readings) {
      const number = reading.atMs;
      if (found.has(number)) doubled.push(number);
      found.set(number, isTrue(reading));
    }
  }
  await checkIntegrity(store);
  await close();
  const lost = [...acknowledged].filter((number) => !found.get(number));
  return { stored: found.size, lost, doubled, notices: store.notices, startMs };
}

/** Throws where SQLite finds one of the two files damaged. */
export async function checkIntegrity({ load, gate }: Pick<Store, 'load' | 'gate'>): Promise<void> {
  for (const db of [load, gate]) {
    const row = await db.get<{ integrity_check: string }>('PRAGMA integrity_check(1)');
    if (row?.integrity_check !== 'ok') throw new Error(`Damaged: ${row?.integrity_check}`);
  }
}

/** Builds a library that stands before the C library; null where there is no C compiler. */
export function buildLibrary(source: string, folder: string): string | null {
  const library = join(folder, `${basename(source, '.c')}.so`);
  if (existsSync(library)) return library;
  const { status } = spawnSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, source, '-ldl']);
  return status === 0 ? library : null;
}
