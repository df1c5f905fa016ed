import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BoardInput, boardScore, draftBoard } from './board.ts';

const good: BoardInput = {
  place: '1号楼',
  confirmedCharging: 0,
  notRectified: 0,
  confirmedOverloads: 0,
  overloadHours: 0,
  rectifiedSameDay: 0,
  tookPart: 0,
  openPastRecheck: 0,
  completePercent: 100,
  lastMonthScore: undefined,
  objection: false,
  told: true,
};
const bad: BoardInput = {
  ...good,
  place: '2号楼',
  confirmedCharging: 2,
  notRectified: 1,
  overloadHours: 9,
  openPastRecheck: 1,
};

test('points are taken and given as the rule says', () => {
  expect(boardScore(good)).toBe(100);
  expect(boardScore(bad)).toBe(100 - 30 - 10 - 15);
  expect(boardScore({ ...bad, rectifiedSameDay: 1, tookPart: 1 })).toBe(55);
});

test('red is the honour: the good house is there, the bad one in the warning', () => {
  expect(draftBoard([bad, good])).toEqual({
    honour: [{ place: '1号楼', score: 100 }],
    warning: [{ place: '2号楼', score: 45 }],
    notRated: [],
  });
});

test('an objection, missing data, a case not past its re-inspection or an untold landlord keep a house off', () => {
  const input = fc.record({
    place: fc.integer({ min: 1, max: 473 }).map((n) => `${n}号楼`),
    confirmedCharging: fc.nat(5),
    notRectified: fc.nat(3),
    confirmedOverloads: fc.nat(5),
    overloadHours: fc.double({ min: 0, max: 50, noNaN: true }),
    rectifiedSameDay: fc.nat(2),
    tookPart: fc.nat(1),
    openPastRecheck: fc.nat(2),
    completePercent: fc.option(fc.double({ min: 0, max: 100, noNaN: true }), { nil: undefined }),
    lastMonthScore: fc.option(fc.nat(100), { nil: undefined }),
    objection: fc.boolean(),
    told: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.uniqueArray(input, { selector: ({ place }) => place }), (inputs) => {
      const { honour, warning, notRated } = draftBoard(inputs);
      expect(honour.length).toBeLessThanOrEqual(30);
      expect(warning.length).toBeLessThanOrEqual(10);
      for (const { place } of warning) {
        const of = inputs.find((one) => one.place === place);
        expect(of).toMatchObject({ objection: false, told: true });
        expect(of?.openPastRecheck).toBeGreaterThan(0);
        expect(of?.completePercent).toBeGreaterThanOrEqual(95);
        expect(notRated).not.toContain(place);
      }
    }),
  );
});
