import { afterEach, expect, test } from 'vitest';
import { kpisOf, share, times } from './kpi.ts';
import { createTrial, noon, overloadAt, type Trial } from './trial.ts';

let trial: Trial | undefined;
afterEach(async () => {
  await trial?.close();
  trial = undefined;
});

test('a share without a denominator is no figure', () => {
  expect(share(0, 0)).toEqual({ n: 0, of: 0, percent: undefined });
  expect(share(1, 3)).toEqual({ n: 1, of: 3, percent: 33.3 });
});

test('percentiles are figures that occurred', () => {
  expect(times([])).toEqual({ n: 0, medianMin: undefined, p90Min: undefined });
  expect(times([5, 1, 3, 2, 4, 6, 7, 8, 9, 10])).toEqual({ n: 10, medianMin: 5, p90Min: 9 });
});

test('the figures equal what was counted by hand', async () => {
  trial = await createTrial();
  const { apply, desk, clock, gate } = trial;
  await apply(
    overloadAt('b001', 3, noon),
    overloadAt('b002', 3, noon),
    overloadAt('b003', 2, noon),
  );
  clock.pass(120_000);
  const who = { who: '3号', via: 'console' } as const;
  await desk.act(1, 'acknowledge', who);
  clock.pass(120_000);
  await desk.act(2, 'acknowledge', who);
  await desk.act(2, 'false_alarm', who, '空调');
  await desk.act(1, 'handled', who);
  await gate.run("UPDATE outbox SET sent_ms = 1, state = 'delivered' WHERE channel = 'sms'");
  await gate.run("UPDATE outbox SET state = 'failed' WHERE alert_id = 3 AND channel = 'sms'");
  const kpis = await kpisOf(gate, noon, noon + 1, 'Asia/Shanghai');
  expect(kpis.acknowledge.critical.day).toEqual({ n: 2, medianMin: 2, p90Min: 4 });
  expect(kpis.acknowledge.major.day.n).toBe(0);
  expect(kpis.falseAlarms).toEqual({
    'load.overload': { n: 1, of: 2, percent: 50, unjudged: 1 },
  });
  expect(kpis.casesInTime.percent).toBeUndefined();
});
