import { expect, test } from 'vitest';
import { drivers } from '../drivers/index.ts';
import type { Reading } from '../drivers/reading.ts';
import { scenarios } from './scenarios/index.ts';
import { createVillage } from './village.ts';
import { devicesOf, driverOf } from './village-devices.ts';
import { createWorld } from './world.ts';

const village = createVillage(1, { pins: true });
const devices = devicesOf(village);
/** So many readings of a driver are enough. */
const enough = 400;
const midnightMs = Date.UTC(2026, 0, 14, 16);

test('every driver hangs in the village at least once', () => {
  const there = new Set(devices.map(({ driver }) => driver));
  expect(drivers.map(({ id }) => id).filter((id) => !there.has(id))).toEqual([]);
});

// Four hours of the whole village: seconds on a quiet machine, a minute on a busy one.
test('each device says what happens to it in its own protocol, and the box reads the same', {
  timeout: 180_000,
}, () => {
  const scenario = scenarios.demo;
  if (!scenario) throw new Error('demo');
  const startS = 18 * 3600;
  const world = createWorld({ village, scenario, seed: 1, midnightMs, startS });
  const parts = new Map(
    devices.map((device) => [device.id, { ...driverOf(device), device, memory: {} }]),
  );
  const directions = new Map(village.lanes.map(({ id, direction }) => [id, direction]));
  const said = new Map<string, number>();
  for (let s = startS; s < startS + 4 * 3600; s += 60) {
    for (const reading of world.until(s)) {
      const part = parts.get(reading.device);
      if (!part) throw new Error(`${reading.device} hangs nowhere`);
      const { driver, options, device, memory } = part;
      const count = (said.get(device.driver) ?? 0) + 1;
      if (count > enough) continue;
      said.set(device.driver, count);
      const lane = device.lane ?? device.id;
      const direction = directions.get(lane) ?? 'unknown';
      const arrival = { device: device.id, atMs: reading.atMs, lane, direction };
      const measured = driver.wire === 'modbus' ? { ...known, ...reading } : reading;
      const heard = driver
        .encode(measured, options)
        .flatMap((message) => driver.decode(message, options, arrival, memory));
      if (driver.wire === 'modbus') {
        // Whole watts, and no factor in some: what matters is the load.
        expect(heard, device.driver).toMatchObject([nearly(reading)]);
        continue;
      }
      // Two limit switches are two messages; what both have said counts.
      const last = driver.wire === 'gpio' ? heard.slice(-1) : heard;
      expect(
        last.map((one) => carried(driver.omits, one)),
        device.driver,
      ).toEqual([{ ...carried(driver.omits, reading), ...rounded(reading) }]);
    }
  }
  console.info('readings said and read again:', Object.fromEntries(said));
  for (const id of new Set(devices.map(({ driver }) => driver))) {
    expect(said.get(id) ?? 0, id).toBeGreaterThan(0);
  }
});

/** What a meter knows besides the load; registers of whole numbers cannot stay empty. */
const known = { energyWh: 0, frequencyHz: 50 };

const nearly = (reading: Reading) =>
  reading.kind === 'power' ? { powerW: expect.closeTo(reading.powerW, -0.7) } : {};

/** What the protocol has a place for, to the second: many devices tell no finer time. */
function carried(omits: readonly string[] = [], reading: Reading): Record<string, unknown> {
  const fields = Object.entries(reading).filter(
    ([field]) => field !== 'clockSkewMs' && !omits.includes(`${reading.kind}.${field}`),
  );
  return { ...Object.fromEntries(fields), atMs: Math.floor(reading.atMs / 1000) };
}

/** Meters that add up their phases differ from those that round the sum. */
const rounded = (reading: Reading) =>
  reading.kind === 'power' ? { powerW: expect.closeTo(reading.powerW, 0) } : {};
