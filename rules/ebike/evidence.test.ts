import { expect, test } from 'vitest';
import { measure, names, scoreOf } from './evidence.ts';
import { fittedFor } from './fitted.ts';
import { seasonOf } from './season.ts';
import { shapeNames } from './shape.ts';
import { newLedger, opened } from './tracks.ts';
import { readTrees } from './trees.ts';
import { tables } from './weights.ts';

const step = {
  minute: 0,
  signalW: 180,
  powerW: 180,
  nonActiveVa: 240,
  squareVa: 240,
  harmonicVa: 210,
};

function shown(minute: number, more: object = {}): string[] {
  const track = opened(newLedger(), step);
  if (!track) throw new Error('no track');
  Object.assign(track, more);
  const values = new Float64Array(names.length);
  measure(track, { minute, localMinute: 21 * 60, nights: 0, company: 0, ended: null }, values);
  return names.filter((_, i) => values[i] !== 0);
}

test('a charger of 180 W at nine in the evening shows its size, hour, power factor and harmonics', () => {
  expect(shown(20)).toEqual(['start', 'hour16', 'size135', 'factor0.48', 'square0.48', 'ratio0.9']);
});

test('an hour later its rise counts, hours later its fall', () => {
  expect(shown(120, { riseW: 9, wanderW: 10, laterW: 4 })).toEqual(
    expect.arrayContaining(['hours', 'rise4', 'wander0', 'later1']),
  );
  const falling = { fallenW: 120, fallingMinute: 200, fallenMinute: 250 };
  expect(shown(300, falling)).toContain('fall45');
  expect(shown(300, { ...falling, fallingMinute: 40 })).toContain('fallEarly');
  expect(shown(500)).toContain('noFall8h');
});

test('there are weights for every metering and season, one for each piece of evidence, and their levels rise', () => {
  const keys = ['house', 'phase', 'room'].flatMap((behind) =>
    ['P', 'PF', 'THD'].flatMap((channel) =>
      ['mild', 'summer', 'winter'].map((season) => `${behind}/${channel}/${season}`),
    ),
  );
  expect(Object.keys(tables).sort()).toEqual(keys.sort());
  for (const { weights, trees, possible, probable, confirmed } of Object.values(tables)) {
    expect(weights).toHaveLength(names.length);
    const { nodes } = readTrees(trees);
    for (let i = 0; i < nodes.length; i += 5) expect(nodes[i]).toBeLessThan(shapeNames.length);
    expect(nodes.every(Number.isFinite)).toBe(true);
    expect(possible).toBeLessThanOrEqual(probable);
    expect(probable).toBeLessThanOrEqual(confirmed);
  }
});

test('where harmonics are measured, strong ones weigh more than weak ones', () => {
  const { weights } = fittedFor('room', 'THD', 'mild');
  const of = (name: (typeof names)[number]) => {
    const values = new Float64Array(names.length);
    values[names.indexOf(name)] = 1;
    return scoreOf(values, weights);
  };
  expect(of('restless8')).toBeLessThan(of('restless0'));
  expect(of('ratio0.9')).toBeGreaterThan(of('ratio0'));
});

test('July is summer in Shanghai, January winter, and the first of a month begins at local midnight', () => {
  const months = { summerMonths: [6, 7, 8, 9], winterMonths: [12, 1, 2] };
  const at = (iso: string) => seasonOf(Date.parse(iso), 8 * 3_600_000, months);
  expect([at('2026-07-12T12:00Z'), at('2026-01-12T12:00Z'), at('2026-04-12T12:00Z')]).toEqual([
    'summer',
    'winter',
    'mild',
  ]);
  expect([at('2028-02-29T15:00Z'), at('2028-02-29T16:00Z')]).toEqual(['winter', 'mild']);
});
