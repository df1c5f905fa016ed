import { expect, test } from 'vitest';
import type { PowerReading } from '../../drivers/reading.ts';
import { createBlobEncoder } from './blob.ts';
import { hourMs } from './hour.ts';
import { createPile } from './pile.ts';
import { rowsOf } from './trial.ts';

const numberOf = (device: string) => Number(device.slice(1));
const encoder = createBlobEncoder();
const block = (readings: readonly PowerReading[]) =>
  encoder.encode(rowsOf(readings, numberOf), (place) => place);
const all = () => true;

const simple = (n: number, atMs: number, powerW: number): PowerReading => ({
  kind: 'power',
  device: `m${n}`,
  atMs,
  powerW,
});
const threePhase = (n: number, atMs: number): PowerReading => ({
  ...simple(n, atMs, -12.5),
  phases: [{ voltageV: 230.1, currentA: 1.25 }, {}, { powerW: 7, thdPercent: 11.1 }],
  energyWh: 123_456_789,
  frequencyHz: 49.98,
});

test('readings come out of the pile by hour and device as they went in, whatever figures each of them has', () => {
  const pile = createPile();
  const readings = [
    threePhase(2, hourMs + 5),
    simple(1, 3, 1),
    simple(2, hourMs + 6, 2),
    threePhase(1, 4),
    // Late, of the hour before, and then on again.
    simple(2, hourMs - 1, 3),
    simple(2, hourMs + 2, 4),
  ];
  pile.add(block(readings.slice(0, 3)), all);
  pile.add(block(readings.slice(3)), all);
  const heaps = pile.heaps();
  expect(heaps.map(({ hour, number, n }) => [hour, number, n])).toEqual([
    [0, 1, 2],
    [0, 2, 1],
    [hourMs, 2, 3],
  ]);
  const found = heaps.map((heap) => pile.readings(heap, `m${heap.number}`));
  expect(found).toStrictEqual([
    [readings[1], readings[3]],
    [readings[4]],
    [readings[0], readings[2], readings[5]],
  ]);
});

test('only the chosen devices are piled, and their figures stay their own', () => {
  const pile = createPile();
  const readings = [threePhase(1, 1), simple(2, 1, 20), threePhase(3, 1), simple(2, 2, 21)];
  pile.add(block(readings), (number) => number === 2);
  const [heap, ...others] = pile.heaps();
  expect(others).toEqual([]);
  expect(heap && pile.readings(heap, 'm2')).toStrictEqual([readings[1], readings[3]]);
});

test('a pile grows with what is put into it and can be used again', () => {
  const pile = createPile();
  for (let round = 0; round < 2; round += 1) {
    pile.clear();
    for (let s = 0; s < 3600; s += 60) {
      const readings = Array.from({ length: 60 }, (_, i) => threePhase(1, (s + i) * 1000));
      pile.add(block([...readings, simple(2 + round, s * 1000, s)]), all);
    }
    expect(pile.heaps().map(({ number, n }) => [number, n])).toEqual([
      [1, 3600],
      [2 + round, 60],
    ]);
    const [first] = pile.heaps();
    const back = first ? pile.readings(first, 'm1') : [];
    expect([back[0], back[3599]]).toStrictEqual([threePhase(1, 0), threePhase(1, 3_599_000)]);
  }
});

test('a pile of more readings than one piece of it holds gives every one of them back, and is as good when it is filled again', () => {
  const pile = createPile();
  for (let round = 0; round < 2; round += 1) {
    pile.clear();
    // Nine and three figures in turn: pieces end in the middle of neither. 30,000 readings take 180,000 places.
    const readings = Array.from({ length: 30_000 }, (_, i) =>
      i % 2 === 0 ? threePhase(i % 3, hourMs + i) : simple(i % 3, hourMs + i, i + round),
    );
    for (let from = 0; from < readings.length; from += 5000)
      pile.add(block(readings.slice(from, from + 5000)), all);
    for (const heap of pile.heaps()) {
      expect(pile.readings(heap, `m${heap.number}`)).toEqual(
        readings.filter(({ device }) => device === `m${heap.number}`),
      );
    }
  }
});
