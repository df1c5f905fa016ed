import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { loadMigrations } from '../journal/migrations.ts';
import { gateMigrations } from '../migrations.ts';
import { openStore } from '../store/store.ts';
import { readAudit } from './audit.ts';
import {
  type ConsentStep,
  consentFigures,
  consentSteps,
  keptDays,
  mayAsk,
  pruneConsents,
  quietDays,
  recordConsent,
} from './consents.ts';
import { listRequests, requestsDue } from './requests.ts';

const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

const dayMs = 86_400_000;
const startMs = Date.UTC(2026, 4, 1);
const number = '310110-0042';

async function openRegister() {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-consents-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  const dataDir = join(folder, 'data');
  const store = await openStore({
    dataDir,
    load: loadMigrations,
    gate: gateMigrations,
    nowMs: startMs,
  });
  undo.push(store.close);
  const { gate, keys } = store;
  const say = (step: ConsentStep, day: number, more: object = {}) =>
    recordConsent(
      gate,
      keys,
      {
        number,
        step,
        channel: 'counter',
        minor: false,
        guardian: false,
        notice: '1.0',
        ...(step === 'withdrawn' ? { request: `2026-${day}` } : {}),
        ...more,
      },
      { who: '主任', role: 'chair', nowMs: startMs + day * dayMs },
    );
  return { gate, say, dataDir };
}

test('a withdrawal is one step, counts at once, and makes the task of deleting the person at the terminal (PR-22)', async () => {
  const { gate, say } = await openRegister();
  await say('given', 0);
  expect(await consentFigures(gate)).toMatchObject({ given: 1, withdrawn: 0 });
  await say('withdrawn', 5, { request: '2026-9' });
  expect(await consentFigures(gate)).toMatchObject({ given: 0, withdrawn: 1 });
  const nowMs = startMs + 5 * dayMs;
  expect(await listRequests(gate)).toMatchObject([
    { number: '2026-9', kind: 'withdraw', dueMs: nowMs + 3 * dayMs },
  ]);
  expect(await requestsDue(gate, nowMs), 'somebody is told now').toEqual({ count: 1, days: 3 });
  await expect(say('withdrawn', 6)).rejects.toThrow('没有有效的同意');
  const acts = (await readAudit(gate, {})).map(({ action, purpose }) => `${action} ${purpose}`);
  expect(acts).toEqual(['consent.given rights', 'request.open rights', 'consent.withdrawn rights']);
});

test('whatever was said before, nobody is asked within 180 days of a no, a withdrawal or no answer (PR-23)', () => {
  const story = fc.array(
    fc.tuple(fc.constantFrom(...consentSteps), fc.integer({ min: 0, max: 400 })),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(story, fc.integer({ min: 0, max: 400 }), (said, laterDays) => {
      let atMs = startMs;
      const steps: { step: ConsentStep; atMs: number }[] = [];
      for (const [step, days] of said) {
        atMs += days * dayMs;
        if (step === 'asked' && !mayAsk(steps, atMs)) continue;
        steps.push({ step, atMs });
      }
      const nowMs = atMs + laterDays * dayMs;
      const noes = steps.filter(({ step }) => step !== 'given');
      if (!mayAsk(steps, nowMs)) return;
      expect(steps.at(-1)?.step).not.toBe('given');
      for (const no of noes) expect(nowMs - no.atMs).toBeGreaterThanOrEqual(quietDays * dayMs);
    }),
  );
});

test('who said no may come by himself, but is not asked again; under 14 a guardian says it', async () => {
  const { say } = await openRegister();
  await say('asked', 0);
  await say('refused', 1);
  await expect(say('asked', 100)).rejects.toThrow('180天');
  await say('given', 101);
  await expect(say('asked', 500)).rejects.toThrow('已经同意');
  const child = { number: '7', minor: true };
  await expect(say('given', 0, child)).rejects.toThrow('监护人');
  await say('given', 0, { ...child, guardian: true });
  await expect(say('given', 0, { number: '8', notice: undefined })).rejects.toThrow('不需要同意');
});

test('the number of the person, the channel and the notice are not in the file', async () => {
  const { gate, say, dataDir } = await openRegister();
  await say('given', 0, { channel: 'telephone', notice: 'notice-4711' });
  await gate.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const bytes = readFileSync(join(dataDir, 'gate.db'));
  for (const word of [number, 'telephone', 'notice-4711'])
    expect(bytes.includes(word), word).toBe(false);
});

test('the register forgets three years after the last word; a consent that stands is kept', async () => {
  const { gate, say } = await openRegister();
  await say('given', 0);
  await say('withdrawn', 10);
  await say('given', 0, { number: 'another' });
  expect(await pruneConsents(gate, startMs + (keptDays + 9) * dayMs)).toBe(0);
  expect(await pruneConsents(gate, startMs + (keptDays + 11) * dayMs)).toBe(2);
  expect(await consentFigures(gate)).toMatchObject({ given: 1, withdrawn: 0 });
});

test('no text of the box ties parking, rent or the honour board to a face (PR-23)', () => {
  const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));
  const texts = [
    'gateway/console/pages/src/words.ts',
    'gateway/console/pages/src/words-box.ts',
    'gateway/console/pages/src/words-gate.ts',
    'gateway/console/pages/src/words-work.ts',
    'gateway/desk/templates.ts',
    'gateway/desk/notice-page.ts',
    'gateway/desk/board-page.ts',
    'gateway/privacy/notice.ts',
    'gateway/privacy/consents.ts',
  ].flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/(['`])((?:(?!\1).)+)\1/gs)].map(
      ([, , text = '']) => text,
    ),
  );
  expect(texts.length).toBeGreaterThan(300);
  const face = /人脸|刷脸|\bfaces?\b|同意|\bconsent/i;
  const pressure = /停车|车位|租金|房租|红榜|黑榜|红黑榜|parking|\brent\b|honour|red board/i;
  expect(texts.filter((text) => face.test(text) && pressure.test(text))).toEqual([]);
});
