import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Reading } from '../drivers/reading.ts';
import { readingLine, villageDay } from './day.ts';
import { scenarios } from './scenarios/index.ts';
import { createVillage } from './village.ts';

const village = createVillage();
const evening = (seed: number) => {
  const scenario = scenarios.demo;
  if (!scenario) throw new Error('demo');
  const small = { ...village, houses: village.houses.slice(0, 40) };
  return [
    ...villageDay({ village: small, scenario, seed, midnightMs: 0, fromHour: 20, toHour: 20.5 }),
  ];
};
const digest = (readings: readonly Reading[]) =>
  createHash('sha256').update(readings.map(readingLine).join('')).digest('hex');

test('the same seed is the same day to the byte, another seed another', () => {
  expect(digest(evening(1))).toBe(digest(evening(1)));
  expect(digest(evening(1))).not.toBe(digest(evening(2)));
});

test('every reading is one that the gateway takes, once for each device and time', () => {
  const readings = evening(3);
  const seen = new Set<string>();
  for (const reading of readings) {
    Reading.parse(reading);
    if (reading.kind === 'power') seen.add(`${reading.device}/${reading.atMs}`);
  }
  expect(seen.size).toBe(readings.filter(({ kind }) => kind === 'power').length);
});
