import { expect, test } from 'vitest';
import { compact } from '../journal/compact.ts';
import { chairOf, createConsoleTrial } from './trial.ts';

const hourMs = 3_600_000;

test('the week of a house tells its highest current of each hour, once the hours are packed', async () => {
  const trial = await createConsoleTrial();
  const { clock, store } = trial;
  const { utcOffsetMs } = trial.parts.site;
  const fromMs = Math.floor(clock.nowMs() / hourMs) * hourMs;
  await trial.append(
    ...[10, 32.5, 12].map((currentA, i) => ({
      kind: 'power' as const,
      device: 'm017',
      atMs: fromMs + i * 20 * 60_000,
      powerW: 230 * currentA,
      phases: [{ currentA }],
    })),
  );
  clock.pass(4 * hourMs);
  const nowMs = clock.nowMs();
  // The newest group is never packed.
  await trial.append({ kind: 'power', device: 'm019', atMs: nowMs, powerW: 1 });
  await compact({ db: store.load, nowMs, keepFromSeq: Number.MAX_SAFE_INTEGER, keepMs: 0 });
  const chair = await chairOf(trial);
  const week = (await chair.get('/points/b017/week')).json();
  expect(week).toMatchObject({ channel: 'currentA', weeks: 4 });
  const local = new Date(fromMs + utcOffsetMs);
  expect(week.highest[((local.getUTCDay() + 6) % 7) * 24 + local.getUTCHours()]).toBe(32.5);
  const known = (hours: readonly (number | null)[]) => hours.filter((value) => value !== null);
  expect(known(week.highest)).toHaveLength(1);
  expect(known((await chair.get('/points/b018/week')).json().highest)).toEqual([]);
  expect((await chair.get('/points/nowhere/week')).status).toBe(404);
  await trial.close();
});
