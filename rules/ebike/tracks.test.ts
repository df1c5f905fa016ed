import { expect, test } from 'vitest';
import { closed, countOf, drifted, newLedger, opened } from './tracks.ts';

const step = (minute: number, powerW: number) => ({
  minute,
  signalW: powerW,
  powerW,
  nonActiveVa: null,
  squareVa: null,
  harmonicVa: null,
});

test('the step down of a battery that has risen by ten per cent ends its own track', () => {
  const ledger = newLedger();
  opened(ledger, step(0, 180));
  opened(ledger, step(5, 120));
  expect(closed(ledger, step(200, -198))?.sizeW).toBe(180);
  expect(ledger.tracks).toHaveLength(1);
});

test('a heater that goes off does not end a charger', () => {
  const ledger = newLedger();
  opened(ledger, step(0, 180));
  opened(ledger, step(3, 1500));
  expect(closed(ledger, step(60, -1480))).toBeNull();
  expect(ledger.tracks).toHaveLength(1);
  expect(ledger.others).toEqual([]);
});

test('a fall goes to the oldest track until it has lost its size', () => {
  const ledger = newLedger();
  opened(ledger, step(0, 100));
  opened(ledger, step(40, 200));
  for (let minute = 100; minute < 250; minute += 1) drifted(ledger, minute, -1);
  expect(ledger.tracks.map(({ fallenW }) => Math.round(fallenW))).toEqual([115, 35]);
});

test('a compressor that comes again is counted', () => {
  const ledger = newLedger();
  opened(ledger, step(0, 120));
  opened(ledger, step(60, 125));
  expect(opened(ledger, step(120, 118))?.repeats).toBe(2);
});

test('760 W at once are several chargers', () =>
  expect([countOf(180), countOf(760)]).toEqual([1, 4]));

test('a television that goes with its full size gives the fall back to the charger beside it', () => {
  const ledger = newLedger();
  opened(ledger, step(0, 130));
  opened(ledger, step(40, 200));
  for (let minute = 100; minute < 200; minute += 1) drifted(ledger, minute, -1);
  expect(ledger.tracks.map(({ fallenW }) => fallenW)).toEqual([100, 0]);
  const television = closed(ledger, step(210, -131));
  expect(television).toMatchObject({ fallenW: 0, fallingMinute: null, endRatio: 1.008 });
  expect(ledger.tracks[0]).toMatchObject({ sizeW: 200, fallenW: 100 });
});
