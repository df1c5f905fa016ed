import { createHash } from 'node:crypto';
import { systemClock } from '../../../gateway/clock.ts';
import { hourMs } from '../../../gateway/journal/hour.ts';
import { dayMs } from '../../../gateway/journal/rollup.ts';
import { openStored } from '../../../gateway/journal/stored.ts';
import { openKept } from '../../../gateway/open-kept.ts';
import { checkIntegrity, type Verdict } from './box.ts';
import { isTrue, readingOf } from './truth.ts';

const messagesInGroup = 100;
/** It ended so long ago that its groups may be deleted once they are packed. */
const endedMs = 3 * hourMs;
/** One message in so many comes late, by a third of an hour. */
const lateEvery = 50;
const lateGroups = 61;

/** How much past there is. */
export interface Past {
  readonly hours: number;
  /** Between two messages, ms; prime to 20, so that all meters speak. */
  readonly stepMs: number;
}

/** Keeps messages as they came then, none packed. Returns their numbers. */
export async function livePast(dataDir: string, past: Past): Promise<readonly number[]> {
  const { hours, stepMs } = past;
  const beganMs = systemClock.nowMs() - endedMs - hours * hourMs;
  let nowMs = beganMs;
  const clock = { nowMs: () => nowMs, monoMs: () => nowMs, trusted: () => true };
  const { journal, close } = await openKept(dataDir, { clock });
  const numbers: number[] = [];
  const late: Array<readonly number[]> = [];
  const kept: number[] = [];
  const append = (some: readonly number[]) =>
    new Promise<void>((resolve, reject) => {
      journal.append(some.map(readingOf), (error) => (error ? reject(error) : resolve()));
    });
  for (let number = stepMs; number < hours * hourMs; number += stepMs) numbers.push(number);
  for (let from = 0; from < numbers.length; from += messagesInGroup) {
    const some = numbers.slice(from, from + messagesInGroup);
    nowMs = beganMs + (some.at(-1) ?? 0);
    late.push(some.filter((_, i) => i % lateEvery === 0));
    const now = some.filter((_, i) => i % lateEvery !== 0);
    const then = late.length > lateGroups ? (late.shift() ?? []) : [];
    await append([...now, ...then]);
    kept.push(...now, ...then);
  }
  await append(late.flat());
  kept.push(...late.flat());
  // One that comes an hour later: the last hour is over, whatever follows. Its own time is of another day.
  const after = dayMs + hourMs;
  nowMs = beganMs + (hours + 1) * hourMs;
  await append([after]);
  kept.push(after);
  await close();
  return kept;
}

/** A curve of so many points over `hours` is made of readings, not of quarters. */
const finePoints = (hours: number) => hours * 60;

/**
 * Starts a box on the directory as any start would, and compares what is there, packed or not, with what was
 * promised. `doubled` has the readings that a curve counts more than once.
 */
export async function judgePast(
  dataDir: string,
  acknowledged: Iterable<number>,
  hours: number,
): Promise<Verdict> {
  const beganMs = performance.now();
  const { store, journal, close } = await openKept(dataDir);
  const startMs = performance.now() - beganMs;
  const found = new Map<number, boolean>();
  const doubled: number[] = [];
  let inPast = 0;
  for (const kind of ['power', 'passage'] as const) {
    for await (const reading of journal.read({ kind, purpose: 'export' })) {
      if (found.has(reading.atMs)) doubled.push(reading.atMs);
      found.set(reading.atMs, isTrue(reading));
      if (kind === 'power' && reading.atMs < hours * hourMs) inPast += 1;
    }
  }
  const devices = Array.from({ length: 20 }, (_, i) => `m${i}`);
  const span = { fromMs: 0, toMs: hours * hourMs - 1, maxPoints: finePoints(hours) };
  const curve = await journal.curve({ devices, channel: 'powerW', ...span });
  const counted = curve.reduce((sum, { n }) => sum + n, 0);
  for (let more = counted - inPast; more > 0; more -= 1) doubled.push(-1);
  await checkIntegrity(store);
  await close();
  const lost = [...acknowledged].filter((number) => !found.get(number));
  return { stored: found.size, lost, doubled, notices: store.notices, startMs };
}

/** Blocks and quarters of the past, as a digest: packed in one go or in a hundred it is the same. */
export async function digestOf(dataDir: string, hours: number): Promise<string> {
  const stored = await openStored(dataDir);
  try {
    const digest = createHash('sha256');
    for (const [table, time] of [
      ['hour', 'hour_ms'],
      ['day', 'day_ms'],
    ]) {
      const rows = await stored.load.all<{ at: number; device: number; body: Uint8Array }>(
        `SELECT ${time} AS at, device, body FROM ${table} WHERE ${time} < ? ORDER BY ${time}, device`,
        [hours * hourMs],
      );
      for (const { at, device, body } of rows) digest.update(`${at} ${device} `).update(body);
    }
    return digest.digest('hex');
  } finally {
    await stored.close();
  }
}
