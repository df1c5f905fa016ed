import { expect, test } from 'vitest';
import { z } from 'zod';
import { ebikeRepeat } from './ebike-repeat.ts';
import type { Finding, Level, Severity } from './finding.ts';
import { armRules, createFold } from './fold.ts';
import { defineRule } from './rule.ts';
import { testSite } from './run.ts';

const dayMs = 86_400_000;
/** 21:00 in Shanghai on 16 March 2026. */
const eveningMs = Date.UTC(2026, 2, 16, 13);

/** Speaks as the detector does: one suspicion for each reading, whose watts say how sure it is. */
const detector = defineRule({
  id: 'load.ebike',
  title: { zh: '', en: '' },
  scope: 'point',
  wants: ['power'],
  config: z.strictObject({}),
  initial: () => ({}),
  step(_state, input, _subject, _config, emit) {
    if (input.kind !== 'power') return;
    const level = (['possible', 'probable', 'confirmed'] as Level[])[input.powerW % 10] as Level;
    const severity: Severity = input.powerW >= 10 ? 'minor' : 'info';
    emit({
      change: 'raised',
      severity,
      level,
      atMs: input.atMs,
      sinceMs: input.atMs - 3_600_000,
      evidence: {},
      text: { zh: '', en: '' },
    });
  },
});

/** Nights after the first, and what the detector says then. */
function repeats(nights: ReadonlyArray<readonly [night: number, watt: number]>): Finding[] {
  const fold = createFold(testSite, armRules([ebikeRepeat, detector]));
  return nights
    .flatMap(([night, powerW]) =>
      fold.take({ kind: 'power', device: 'm1', powerW, atMs: eveningMs + night * dayMs }),
    )
    .filter(({ rule }) => rule === 'load.ebike.repeat');
}
const [possible, probable, confirmed, mayAlert] = [0, 1, 2, 10];

test('the third probable night of a week goes to the list, with its nights', () => {
  const [first, ...more] = repeats([
    [0, probable],
    [2, probable],
    [5, probable],
  ]);
  expect(more).toEqual([]);
  expect(first).toMatchObject({
    severity: 'info',
    point: 'b1',
    evidence: { nights: 3, confirmed: 0 },
  });
  expect(first?.text.zh).toContain(
    '1号楼近7天有3晚疑似电动车充电（03-16、03-18、03-21），其中0晚基本确定，请上门核查并登记结果。电表看不到电线和房间。',
  );
  expect(first?.text.en).toContain('3 of the last 7 nights (03-16, 03-18, 03-21)');
});

test('the second confirmed night is an alert where the meter may alert at all', () => {
  expect(
    repeats([
      [0, confirmed + mayAlert],
      [1, confirmed + mayAlert],
    ])[0]?.severity,
  ).toBe('major');
  expect(
    repeats([
      [0, confirmed],
      [1, confirmed],
    ])[0]?.severity,
  ).toBe('info');
});

test('twice in one night is one night, and possible nights do not count', () => {
  expect(
    repeats([
      [0, probable],
      [0.05, probable],
      [0.1, probable],
    ]),
  ).toEqual([]);
  expect(
    repeats([
      [0, possible],
      [1, possible],
      [2, possible],
    ]),
  ).toEqual([]);
});

test('nights that are more than a week apart do not add up, and nothing is said twice in a week', () => {
  expect(
    repeats([
      [0, probable],
      [4, probable],
      [8, probable],
    ]),
  ).toEqual([]);
  expect(repeats([0, 1, 2, 3, 4].map((night) => [night, probable] as const))).toHaveLength(1);
  expect(
    repeats([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((night) => [night, probable] as const)),
  ).toHaveLength(2);
});

test('a month of silence starts anew', () => {
  expect(
    repeats([
      [0, probable],
      [1, probable],
      [40, probable],
    ]),
  ).toEqual([]);
});
