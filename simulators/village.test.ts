import { expect, test } from 'vitest';
import { demoConfig } from './demo-config.ts';
import { scenarios } from './scenarios/index.ts';
import { createVillage } from './village.ts';
import { createWorld } from './world.ts';

test('473 houses, of which 469 are let, with ten rooms on average', () => {
  const { houses } = createVillage();
  const let_ = houses.filter(({ rooms }) => rooms > 2);
  expect(houses).toHaveLength(473);
  expect(let_).toHaveLength(469);
  const rooms = let_.reduce((sum, house) => sum + house.rooms, 0) / let_.length;
  expect(rooms).toBeGreaterThan(9.5);
  expect(rooms).toBeLessThan(10.5);
});

test('the same seed is the same village and configuration', () => {
  expect(createVillage(4)).toEqual(createVillage(4));
  expect(demoConfig({ seed: 4 })).toEqual(demoConfig({ seed: 4 }));
  expect(createVillage(4)).not.toEqual(createVillage(5));
});

test('what a scenario plugs in is part of the truth of that house', () => {
  const village = createVillage();
  const scenario = scenarios.evening;
  if (!scenario) throw new Error('evening');
  const plugged = scenario.plugs(village, 1).filter(({ run }) => run.charging);
  const world = createWorld({ village, scenario, seed: 1, midnightMs: 0, startS: 19.5 * 3600 });
  expect(plugged).toHaveLength(3);
  for (const { house, room, run } of plugged) {
    const found = world.truth().find((one) => one.point === house && one.room === room);
    expect(found).toMatchObject({ fromMs: run.fromS * 1000, toMs: run.toS * 1000 });
  }
});
