import { expect, test } from 'vitest';
import type { Finding } from '../../../rules/finding.ts';
import { regress } from './regression.ts';
import { areaUnder, bestF1, judge, qualityAt, upperRate } from './score.ts';

const session = {
  meter: 'h',
  phase: 0,
  room: 1,
  charger: 'x',
  corrected: false,
  fromMs: 1_000_000,
  toMs: 9_000_000,
};
const finding = (sinceMs: number, score: number, more: Partial<Finding> = {}): Finding => ({
  id: `load.ebike/h/${sinceMs}`,
  rule: 'load.ebike',
  point: 'h',
  change: 'raised',
  severity: 'info',
  level: 'probable',
  score,
  atMs: sinceMs + 3_600_000,
  sinceMs,
  evidence: {},
  text: { zh: '', en: '' },
  ...more,
});
const against = { truth: [session], all: [session], possible: 0, fromMs: 0, toMs: 1e9 };

test('a suspicion within ten minutes of a charge is right, another is wrong, a charge counts once, for the nearest', () => {
  const day = judge([finding(1_400_000, 1), finding(1_300_000, 2), finding(5_000_000, 3)], against);
  expect(day.suspicions.map(({ truth }) => truth !== null)).toEqual([false, true, false]);
  expect(qualityAt([day], 'possible')).toEqual({ precision: 1 / 3, recall: 1, f1: 0.5 });
});

test('the best threshold is looked for, on the last score', () => {
  const day = judge(
    [
      finding(1_000_000, 1),
      finding(1_000_000, 4, { change: 'cleared' }),
      finding(5_000_000, 3),
      finding(5_000_000, -1, { change: 'cleared' }),
    ],
    against,
  );
  expect(bestF1([day])).toBe(1);
});

test('an alert is wrong where whoever goes there then finds no charger at work', () => {
  const alert = { severity: 'minor' as const };
  const day = judge(
    [finding(2_500_000, 5, { ...alert, atMs: 6_100_000 }), finding(7_000_000, 5, alert)],
    against,
  );
  expect(day.suspicions.map(({ wrongAlert }) => wrongAlert)).toEqual([false, true]);
});

test('what begins outside the window counts neither way', () =>
  expect(
    judge([finding(1_300_000, 2)], { ...against, fromMs: 2_000_000, truth: [] }).suspicions,
  ).toEqual([]));

test('no wrong alert in 750 building-days shows a rate below 0.004, four in 200 do not', () => {
  expect(upperRate(0, 750)).toBeCloseTo(0.004, 9);
  expect(upperRate(4, 200)).toBeGreaterThan(0.03);
});

test('a ranking that is always right has an area of one, one that knows nothing of a half', () => {
  const night = (scoreW: number, charged: boolean) => ({ scoreW, charged });
  expect(areaUnder([night(300, true), night(200, true), night(100, false)])).toBe(1);
  expect(areaUnder([night(100, true), night(100, false)])).toBe(0.5);
});

test('regression finds log-odds that samples were drawn from, and the same ones each time', () => {
  // Of a hundred without the mark 12 are charges, with it 88: log-odds -2 and -2 + 4.
  const samples = [0, 1].flatMap((mark) =>
    Array.from({ length: 100 }, (_, i) => ({
      values: Float64Array.of(1, mark),
      isCharge: mark === 1 ? i < 88 : i < 12,
      weight: 1,
    })),
  );
  const weights = regress(samples, [0, 0], 1e-6);
  expect(weights[0]).toBeCloseTo(-1.99, 1);
  expect(weights[1]).toBeCloseTo(3.98, 1);
  expect(regress(samples, [0, 0], 1e-6)).toEqual(weights);
});
