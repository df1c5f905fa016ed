import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { PowerReading } from '../../../drivers/reading.ts';
import { startDlt645Bus } from '../../../simulators/bus/dlt645-bus.ts';
import type { MeterPlan } from '../../../simulators/bus/dlt645-meter.ts';
import { systemClock } from '../../clock.ts';
import { fromSource } from '../../config/load.ts';
import { openKept } from '../../open-kept.ts';
import { createIntake } from '../intake.ts';
import { type Buses, startBuses } from './buses.ts';
import { realPace } from './pace.ts';

/** Sixteen times as fast as meters are delivered. */
const baudRate = 38_400;
const log = { debug() {}, info() {}, warn() {}, error() {} };
const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

const reading = (powerW: number): PowerReading => ({
  kind: 'power',
  device: '-',
  atMs: 0,
  powerW,
  phases: [{ voltageV: 230, currentA: powerW / 230, powerW, powerFactor: 1 }],
});
const meter = (n: number, rest: Partial<MeterPlan> = {}): MeterPlan => ({
  address: `00000000000${n}`,
  reading: () => reading(100 * n),
  delayMs: 20,
  ...rest,
});

/** The gateway's own path from a bus to the disk: rounds, intake, journal. */
async function gatewayOn(bus: Record<string, unknown>, meters: number) {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-buses-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  const { journal, close } = await openKept(folder);
  undo.push(close);
  const settings = fromSource(
    {
      site: { name: '杜巷' },
      buses: [{ id: 'b1', everyS: 0.2, timeoutMs: 200, baudRate, ...bus }],
      devices: Array.from({ length: meters }, (_, n) => ({
        id: `m${n + 1}`,
        driver: 'dlt645',
        bus: 'b1',
        options: { address: `00000000000${n + 1}` },
      })),
    },
    folder,
  );
  const intake = createIntake({ devices: settings.devices, journal, clock: systemClock, log });
  const pace = { ...realPace, random: () => 0 };
  const buses = startBuses({ settings, intake, log, pace });
  undo.push(buses.stop);
  const heard = () => new Map(intake.states().map(({ device, readings }) => [device, readings]));
  return { buses, journal, intake, heard, settings };
}

const stateOf = (buses: Buses) => {
  const [state] = buses.states();
  if (!state) throw new Error('no bus');
  return state;
};

test('what meters on a real serial line say is on the disk, and a dead one among them is told', async () => {
  const bus = await startDlt645Bus({ meters: [meter(1), meter(2, { dead: true })], baudRate });
  undo.push(bus.stop);
  const { buses, journal, heard, settings, intake } = await gatewayOn(
    { kind: 'dlt645', path: bus.where },
    2,
  );
  expect(settings.devices.map(({ intervalS }) => intervalS)).toEqual([0.2, 0.2]);
  await expect.poll(() => heard().get('m1') ?? 0, { timeout: 10_000 }).toBeGreaterThan(5);
  await expect.poll(() => stateOf(buses).devices[1]?.silent, { timeout: 10_000 }).toBe(true);
  expect(journal.latest('m1', 'power')).toMatchObject({ powerW: 100, phases: [{ voltageV: 230 }] });
  expect(journal.stats().readings.power).toBe(heard().get('m1'));
  expect(stateOf(buses)).toMatchObject({
    up: true,
    devices: [{ silent: false }, { silent: true }],
  });
  expect(intake.states()).toMatchObject([{ rejected: 0 }, { messages: 0 }]);
  expect(bus.writes(), 'a gateway only reads').toBe(0);
  const before = performance.now();
  await buses.stop();
  expect(performance.now() - before).toBeLessThan(1000);
  // A question that was on the copper when it stopped still arrives.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const asked = bus.asked();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(bus.asked()).toBe(asked);
});

test('a converter that is switched off and on again is found by itself, and so are its meters', async () => {
  const first = await startDlt645Bus({ meters: [meter(1)], baudRate, end: 'tcp' });
  const { buses, heard } = await gatewayOn({ kind: 'dlt645-tcp', address: first.where }, 1);
  await expect.poll(() => heard().get('m1') ?? 0, { timeout: 10_000 }).toBeGreaterThan(1);
  await first.stop();
  await expect.poll(() => stateOf(buses).up, { timeout: 5000 }).toBe(false);
  expect(stateOf(buses).reason).toMatch(/hung up|Cannot reach/);
  const before = heard().get('m1') ?? 0;
  const again = await startDlt645Bus({
    meters: [meter(1)],
    baudRate,
    end: 'tcp',
    port: Number(first.where.split(':')[1]),
  });
  undo.push(again.stop);
  await expect.poll(() => heard().get('m1') ?? 0, { timeout: 15_000 }).toBeGreaterThan(before);
  expect(stateOf(buses).reason).toBeUndefined();
});

test('an adapter that is pulled out and put in again, under another number, is found by its own name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-by-id-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  // As below /dev/serial/by-id: the name stays, where it points to does not.
  const path = join(folder, 'usb-RS485');
  const first = await startDlt645Bus({ meters: [meter(1)], baudRate });
  symlinkSync(first.where, path);
  const { buses, heard } = await gatewayOn({ kind: 'dlt645', path }, 1);
  await expect.poll(() => heard().get('m1') ?? 0, { timeout: 10_000 }).toBeGreaterThan(1);
  await first.stop();
  rmSync(path);
  await expect.poll(() => stateOf(buses).up, { timeout: 5000 }).toBe(false);
  const before = heard().get('m1') ?? 0;
  const again = await startDlt645Bus({ meters: [meter(1)], baudRate });
  undo.push(again.stop);
  symlinkSync(again.where, path);
  await expect.poll(() => heard().get('m1') ?? 0, { timeout: 15_000 }).toBeGreaterThan(before);
  expect(stateOf(buses)).toMatchObject({ up: true });
});
