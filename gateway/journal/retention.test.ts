import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Reading } from '../../drivers/reading.ts';
import { openKept } from '../open-kept.ts';
import { type Compactor, startCompactor } from './compactor.ts';
import type { Retention } from './retention.ts';
import { dayMs } from './rollup.ts';

const t0 = Date.UTC(2026, 2, 16);
const hourMs = 3_600_000;
const keep: Retention = {
  rawDays: 90,
  rollupDays: 760,
  passageDays: 30,
  plateHours: 72,
  quarantineMb: 1,
};

const undo: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

/** A journal, its packing and its purge, with a clock that is moved by hand. */
async function box(more: Partial<Retention> = {}) {
  const dataDir = join(mkdtempSync(join(tmpdir(), 'gatehouse-retention-')), 'data');
  let nowMs = t0;
  let trusted = true;
  const clock = { nowMs: () => nowMs, monoMs: () => nowMs, trusted: () => trusted };
  const { journal, store, close } = await openKept(dataDir, { clock });
  undo.push(close);
  const compactor: Compactor = startCompactor({
    dataDir,
    gate: store.gate,
    clock,
    keep: { ...keep, ...more },
    keepFromSeq: () => Number.MAX_SAFE_INTEGER,
    onPurged: async () => {},
    onError: (error) => {
      throw error;
    },
    firstMs: 1e9,
  });
  undo.push(compactor.stop);
  const say = (readings: readonly Reading[]) =>
    new Promise<void>((resolve, reject) => {
      journal.append(readings, (error) => (error ? reject(error) : resolve()));
    });
  const refuse = (atMs: number, bytes = 5) =>
    new Promise<void>((resolve, reject) => {
      const payload = Buffer.alloc(bytes, 'x');
      const message = { device: 'm1', atMs, topic: 't', reason: 'Not JSON', bytes, payload };
      journal.quarantine(message, (error) => (error ? reject(error) : resolve()));
    });
  return {
    journal,
    say,
    refuse,
    trust(is: boolean) {
      trusted = is;
    },
    /** Packs and purges as it would at that time. */
    async at(ms: number) {
      nowMs = ms;
      await say([power(ms)]);
      return compactor.run();
    },
    /** What is left of the first day: readings, quarters, passages, barriers, messages that could not be read. */
    async left() {
      const first = { fromMs: t0, toMs: t0 + dayMs - 1 };
      const kinds: string[] = [];
      for (const kind of ['power', 'passage', 'barrier'] as const) {
        const found = journal.read({ kind, purpose: 'export', ...first });
        for await (const _ of found) {
          kinds.push(kind);
          break;
        }
      }
      if ((await journal.quarters(first)).size > 0) kinds.push('quarters');
      for await (const _ of journal.readQuarantine(first)) {
        kinds.push('quarantine');
        break;
      }
      return kinds;
    },
  };
}

const power = (atMs: number): Reading => ({ kind: 'power', device: 'm1', atMs, powerW: 100 });

async function fill({ say, refuse }: Awaited<ReturnType<typeof box>>): Promise<void> {
  for (let s = 0; s < 7200; s += 60) await say([power(t0 + s * 1000)]);
  await say([
    {
      kind: 'passage',
      device: 'cam',
      atMs: t0 + 1,
      lane: 'in-1',
      direction: 'in',
      credential: 'plate',
      result: 'registered',
      plate: '粤B12345',
    },
    { kind: 'barrier', device: 'gate', lane: 'in-1', atMs: t0 + 2, state: 'open' },
  ]);
  await refuse(t0 + 3);
}

test('each class goes when its own time is over, and not before: passages and the unreadable, readings, quarters', async () => {
  const one = await box();
  await fill(one);
  await one.at(t0 + 29 * dayMs);
  expect(await one.left()).toEqual(['power', 'passage', 'barrier', 'quarters', 'quarantine']);
  await one.at(t0 + 31 * dayMs);
  expect(await one.left()).toEqual(['power', 'barrier', 'quarters']);
  await one.at(t0 + 89 * dayMs);
  expect(await one.left()).toEqual(['power', 'barrier', 'quarters']);
  await one.at(t0 + 91 * dayMs);
  expect(await one.left()).toEqual(['quarters']);
  await one.at(t0 + 759 * dayMs);
  expect(await one.left()).toEqual(['quarters']);
  await one.at(t0 + 762 * dayMs);
  expect(await one.left()).toEqual([]);
});

test('with a clock that is not trusted nothing is packed and nothing deleted', async () => {
  const one = await box();
  await fill(one);
  one.trust(false);
  expect(await one.at(t0 + 2000 * dayMs)).toMatchObject({ hours: 0, deletedGroups: 0 });
  expect(await one.left()).toEqual(['power', 'passage', 'barrier', 'quarantine']);
  one.trust(true);
  expect((await one.at(t0 + 2000 * dayMs + hourMs)).hours).toBeGreaterThan(0);
  expect(await one.left()).toEqual([]);
});

test('the quarantine is kept within its size: the newest messages stay', async () => {
  const one = await box();
  for (let n = 0; n < 400; n += 1) await one.refuse(t0 + n, 4000);
  await one.at(t0 + hourMs);
  const times: number[] = [];
  for await (const { atMs } of one.journal.readQuarantine({})) times.push(atMs - t0);
  // A megabyte of messages of 4,000 bytes, in base64, and 300 for the row.
  const kept = Math.floor(1e6 / ((4000 * 4) / 3 + 300));
  expect(times).toEqual(Array.from({ length: kept }, (_, i) => 400 - kept + i));
});
