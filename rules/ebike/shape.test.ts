import { expect, test } from 'vitest';
import { shapeNames, shapeOf } from './shape.ts';
import { newLedger, opened } from './tracks.ts';

const shape = (ended: 'step' | null, more: object = {}) => {
  const track = opened(newLedger(), {
    minute: 0,
    signalW: 200,
    powerW: 200,
    nonActiveVa: null,
    squareVa: null,
    harmonicVa: null,
  });
  if (!track) throw new Error('no track');
  Object.assign(track, more);
  const out = new Float64Array(shapeNames.length);
  shapeOf(track, { minute: 90, localMinute: 1260, nights: 0, company: 1, ended }, out);
  return Object.fromEntries(shapeNames.map((name, i) => [name, out[i]]));
};

test('changes are shares of the step, times are minutes since it, and every number has its name', () => {
  expect(
    shape('step', { riseW: 20, fallenW: 100, fallingMinute: 60, fallenMinute: 85, endRatio: 0.5 }),
  ).toMatchObject({
    ageMin: 90,
    sizeW: 200,
    rise: 0.1,
    fall: 0.5,
    fallAfterMin: 60,
    fallTookMin: 25,
    company: 1,
    endRatio: 0.5,
    ended: 1,
  });
});

test('what is not known is less than anything that is', () => {
  const { powerFactor, harmonicRatio, restless, fallAfterMin, ended } = shape(null);
  expect([powerFactor, harmonicRatio, restless, fallAfterMin, ended]).toEqual([-9, -9, -9, -9, 0]);
});
