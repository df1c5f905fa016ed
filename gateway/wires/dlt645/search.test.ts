import { afterEach, expect, test } from 'vitest';
import type { PowerReading } from '../../../drivers/reading.ts';
import { startDlt645Bus } from '../../../simulators/bus/dlt645-bus.ts';
import type { MeterPlan } from '../../../simulators/bus/dlt645-meter.ts';
import { openTcpChannel } from '../poll/channel.ts';
import { dlt645Master } from './line.ts';
import { findMeters, type SearchSettings } from './search.ts';

const baudRate = 38_400;
const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

const reading = (volts: readonly number[]): PowerReading => ({
  kind: 'power',
  device: '-',
  atMs: 0,
  powerW: 100,
  energyWh: 12_340,
  phases: volts.map((voltageV) => ({ voltageV, currentA: 1, powerW: 100 / volts.length })),
});

async function search(meters: readonly MeterPlan[], settings: Partial<SearchSettings> = {}) {
  const bus = await startDlt645Bus({ meters, baudRate, end: 'tcp' });
  undo.push(bus.stop);
  const master = dlt645Master(await openTcpChannel(bus.where), { baudRate, timeoutMs: 60 });
  undo.push(master.close);
  const result = await findMeters(master, { edition: '2007', deep: false, ...settings });
  expect(bus.writes(), 'to look for meters changes nothing in them').toBe(0);
  return { ...result, asked: bus.asked() };
}

test('a meter that is alone on the line is found with a handful of questions', async () => {
  const meter = {
    address: '181219024435',
    reading: () => reading([230]),
    delayMs: 5,
    blocks: false,
  };
  const { found, unread, asked } = await search([meter]);
  expect(found).toEqual([{ address: '181219024435', edition: '2007', phases: 1, blocks: false }]);
  expect(unread).toBe(false);
  expect(asked).toBeLessThan(6);
});

test('meters that answer at once are told apart digit by digit, even with the same last digits', async () => {
  const steps: number[] = [];
  const { found } = await search(
    [
      { address: '202603160107', reading: () => reading([230]), delayMs: 5, blocks: false },
      { address: '202603160207', reading: () => reading([231, 232, 233]), delayMs: 7 },
      {
        address: '003411001043',
        reading: () => reading([229, 228, 227]),
        delayMs: 9,
        blocks: false,
      },
    ],
    { onStep: (done, total) => steps.push(done, total) },
  );
  expect([...found].sort((a, b) => a.address.localeCompare(b.address))).toEqual([
    { address: '003411001043', edition: '2007', phases: 3, blocks: false },
    { address: '202603160107', edition: '2007', phases: 1, blocks: false },
    { address: '202603160207', edition: '2007', phases: 3, blocks: true },
  ]);
  expect(steps.slice(-2)).toEqual([201, 201]);
}, 90_000);

test('a meter of the 1997 edition is found by its own question', async () => {
  const meter: MeterPlan = {
    address: '000000063295',
    edition: '1997',
    reading: () => reading([230]),
    delayMs: 5,
    blocks: false,
  };
  const { found } = await search([meter], { edition: '1997' });
  expect(found).toEqual([{ address: '000000063295', edition: '1997', phases: 1, blocks: false }]);
});
