import { expect, test } from 'vitest';
import type { Reading } from '../drivers/reading.ts';
import { deviceOffline } from './device-offline.ts';
import type { Input } from './rule.ts';
import { run, testSite } from './run.ts';

const site = { ...testSite, devices: testSite.devices.slice(0, 1) };
const reading = (atS: number): Reading => ({
  kind: 'power',
  device: 'm1',
  atMs: atS * 1000,
  powerW: 5,
});

/** Ticks every 10 s, and a reading at each of `spoken`. */
function* day(toS: number, spoken: (s: number) => boolean): Generator<Input> {
  for (let s = 0; s <= toS; s += 10) {
    yield { kind: 'tick', atMs: s * 1000 };
    if (spoken(s)) yield reading(s);
  }
}

test('a meter that is silent for five minutes is offline, and back after three messages', () => {
  const findings = run(
    deviceOffline,
    {},
    day(1500, (s) => s <= 100 || s >= 1000),
    site,
  );
  expect(findings.map((f) => [f.change, f.atMs / 1000, f.sinceMs / 1000])).toEqual([
    ['raised', 400, 100],
    ['cleared', 1020, 100],
  ]);
  expect(findings[0]?.text.zh).toContain('m1已5分钟没有消息，该处监测暂停，请检查供电和网络。');
});

test('a slow device has three of its own intervals', () => {
  const slow = { ...site, devices: [{ id: 'm1', kinds: ['power' as const], intervalS: 900 }] };
  expect(
    run(
      deviceOffline,
      {},
      day(2600, () => false),
      slow,
    ),
  ).toEqual([]);
  expect(
    run(
      deviceOffline,
      {},
      day(2800, () => false),
      slow,
    ),
  ).toHaveLength(1);
});

test('a clock that jumps by 150 days makes nobody offline', () => {
  const jumpMs = 150 * 86_400_000;
  const inputs: Input[] = [
    { kind: 'tick', atMs: 0 },
    reading(0),
    { kind: 'clock', atMs: jumpMs, stepMs: jumpMs },
    { kind: 'tick', atMs: jumpMs + 10_000 },
    { kind: 'clock', atMs: 20_000, stepMs: -jumpMs },
    { kind: 'tick', atMs: 20_000 },
  ];
  expect(run(deviceOffline, {}, inputs, site)).toEqual([]);
});

test('after a power cut of the box every device has time to speak', () => {
  const inputs: Input[] = [
    { kind: 'tick', atMs: 0 },
    reading(0),
    { kind: 'start', atMs: 7_200_000 },
    { kind: 'tick', atMs: 7_210_000 },
  ];
  expect(run(deviceOffline, {}, inputs, site)).toEqual([]);
});

test('a word that it is offline does not count as speaking', () => {
  const will: Input = { kind: 'status', device: 'm1', atMs: 200_000, online: false };
  const inputs = [...day(200, (s) => s === 0), will, ...day(400, () => false)];
  expect(run(deviceOffline, {}, inputs, site)[0]?.sinceMs).toBe(0);
});
