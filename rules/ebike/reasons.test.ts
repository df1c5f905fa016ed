import { expect, test } from 'vitest';
import { measure, names } from './evidence.ts';
import { judged } from './fitted.ts';
import { reasonsOf } from './reasons.ts';
import { shapeNames, shapeOf } from './shape.ts';
import { newLedger, opened, type Track } from './tracks.ts';
import { readTrees } from './trees.ts';

const ask = (name: (typeof shapeNames)[number], threshold: number, left: number, right: number) =>
  `${shapeNames.indexOf(name)} ${threshold} 0 * ${left} * ${right}`;

/** One tree a question, so that each sentence has a weight of its own. */
const fitted = {
  weights: names.map((name) => (name === 'start' ? -1 : 0)),
  forest: readTrees(
    [
      ask('fall', 0.2, -0.3, 0.3),
      ask('restless', 0.02, -0.5, -0.5),
      ask('repeats', 1, 0.4, -0.4),
      ask('company', 1, 0.6, -0.6),
      ask('ended', 1, 0.7, -0.7),
    ].join(' '),
  ),
  possible: 0,
  probable: 1,
  confirmed: 2,
};

function told(minute: number, more: Partial<Track> = {}, company = 0, ended: 'step' | null = null) {
  const track = opened(newLedger(), {
    minute: 0,
    signalW: 180,
    powerW: 180,
    nonActiveVa: null,
    squareVa: null,
    harmonicVa: null,
  });
  if (!track) throw new Error('no track');
  Object.assign(track, more);
  const values = new Float64Array(names.length);
  const shape = new Float64Array(shapeNames.length);
  const circumstances = { minute, localMinute: 1260, nights: 0, company, ended };
  measure(track, circumstances, values);
  shapeOf(track, circumstances, shape);
  const reasons = reasonsOf({ values, shape }, fitted, track, {
    ageMin: minute,
    clock: '21:00',
    nights: 0,
    isBusy: company > 0,
    isOver: ended !== null,
  });
  return { reasons, score: judged(values, shape, fitted) };
}
const words = (of: ReturnType<typeof told>, language: 'zh' | 'en') =>
  of.reasons.map(({ text }) => text[language]);

test('what trees say is said by the question that they asked, and the weights add to the score', () => {
  const { reasons, score } = told(60);
  expect(reasons.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(score);
  expect(reasons.map(({ name }) => name)).toEqual([
    'start',
    'fall',
    'restless',
    'repeats',
    'others',
    'end',
  ]);
});

test('nothing is said that has not been seen: no fall yet, no unrest measured, none like it, nothing beside it, still on', () => {
  const young = told(60);
  expect(words(young, 'zh').slice(1)).toEqual([
    '尚未下降',
    '平稳与否无从判断',
    '四小时内仅此一次',
    '同时少有其他负荷投切',
    '仍在用电',
  ]);
  expect(words(young, 'en').slice(1)).toEqual([
    'no fall so far',
    'whether it is smooth cannot be told',
    'the only one of its size in 4 h',
    'little else is switched beside it',
    'still on',
  ]);
});

test('and what has been seen is: hours without a fall, a restless load, one that repeats, others beside it, an end at once', () => {
  const old = told(400, { restlessW: 9, repeats: 2 }, 1, 'step');
  expect(words(old, 'zh').slice(1)).toEqual([
    '数小时未见下降',
    '跳动5%，更像电脑或电视',
    '四小时内同样大小3次，更像压缩机',
    '同时有其他负荷投切',
    '一下子断开',
  ]);
});
