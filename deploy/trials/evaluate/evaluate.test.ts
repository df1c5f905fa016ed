import { expect, test } from 'vitest';
import { judgeHouse } from './judge-house.ts';
import { bestF1, type Judged, qualityAt } from './score.ts';
import type { Case } from './village.ts';

/** The short form: a few houses on fixed seeds below 10,000; it fails when quality falls. */
const firstSeed = 5000;
const habits = { charges: 2.5 };

function judged(
  { place, metering, season }: Case,
  houses: number,
  charges = habits.charges,
): Judged[] {
  return Array.from({ length: houses }, (_, i) => {
    const { byMetering } = judgeHouse(place, season, firstSeed + i, 1, { charges }, [metering]);
    return byMetering.get(metering) as Judged;
  });
}

const alertsOf = (days: readonly Judged[]) =>
  days.flatMap(({ suspicions }) => suspicions).filter(({ alerted }) => alerted);

/** Floors are a little below what was measured when they were set. */
const floors: ReadonlyArray<readonly [Case, houses: number, floor: number]> = [
  [{ place: 'room', metering: 'THD', season: 'mild' }, 8, 0.95],
  [{ place: 'room', metering: 'P', season: 'summer' }, 8, 0.58],
  [{ place: 'phase', metering: 'THD', season: 'summer' }, 16, 0.78],
  [{ place: 'phase', metering: 'PF', season: 'mild' }, 16, 0.68],
  [{ place: 'house', metering: 'THD', season: 'mild' }, 16, 0.7],
];

for (const [one, houses, floor] of floors) {
  test(`charges behind a ${one.place} meter with ${one.metering}, ${one.season}, are found about as well as before`, {
    timeout: 120_000,
  }, () => {
    const days = judged(one, houses);
    expect(bestF1(days)).toBeGreaterThan(floor);
    expect(qualityAt(days, 'probable').precision).toBeGreaterThan(0.6);
  });
}

test('a whole house with watts alone alerts nobody', { timeout: 120_000 }, () =>
  expect(alertsOf(judged({ place: 'house', metering: 'P', season: 'summer' }, 8))).toEqual([]),
);

test('houses without a single charger alert nobody', { timeout: 120_000 }, () => {
  expect(alertsOf(judged({ place: 'phase', metering: 'THD', season: 'summer' }, 12, 0))).toEqual(
    [],
  );
  expect(alertsOf(judged({ place: 'room', metering: 'THD', season: 'winter' }, 6, 0))).toEqual([]);
});
