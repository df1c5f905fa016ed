import { expect, test } from 'vitest';
import { metersByPoint } from './meters.ts';
import { testSite } from './run.ts';

test('a point has the meters that stand at it, a camera is none, and one without a point is left out', () => {
  const meter = { kinds: ['power' as const], intervalS: 60 };
  const devices = [
    { ...meter, id: 'm1', point: 'b1' },
    { ...meter, id: 'm2', point: 'b1' },
    { ...meter, id: 'spare' },
    { id: 'cam', point: 'b2', kinds: ['passage' as const], intervalS: 60 },
  ];
  expect([...metersByPoint({ ...testSite, devices })]).toEqual([['b1', ['m1', 'm2']]]);
});
