import { expect, test } from 'vitest';
import type { Limits, Point } from '../site.ts';
import { mostOf } from './most.ts';

const house = (limits?: Limits, kind: Point['kind'] = 'building'): Point => {
  return { id: 'b1', title: '1号楼', kind, ...(limits ? { limits } : {}) };
};

test('a breaker of 40 A opens within two minutes above 102 A, and at once above 800 A', () =>
  expect(mostOf(house({ breaker: { ratedA: 40, curve: 'C' } }))).toMatchObject({
    lastingA: 102,
    momentA: 800,
    lastingW: 67_320,
    momentW: 528_000,
  }));

test('without a breaker it is the contract or the cable, with more room', () =>
  expect(mostOf(house({ contractA: 40 }))).toMatchObject({ lastingA: 240, momentA: 800 }));

test('nobody knows what a feeder may carry, nor a house that was not surveyed but for a megawatt', () => {
  expect(mostOf(house(undefined, 'feeder')).momentW).toBe(Number.POSITIVE_INFINITY);
  expect(mostOf(house())).toMatchObject({ lastingA: Number.POSITIVE_INFINITY, momentW: 1_000_000 });
  expect(mostOf(undefined).momentW).toBe(Number.POSITIVE_INFINITY);
});
