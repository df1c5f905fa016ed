import { expect, test } from 'vitest';
import type { PowerReading } from '../../drivers/reading.ts';
import { ebike } from '../ebike.ts';
import { createFold } from '../fold.ts';
import type { Input } from '../rule.ts';
import { run, testSite } from '../run.ts';
import type { Site } from '../site.ts';

const site: Site = {
  ...testSite,
  points: [{ id: 'b1', title: '12-3', kind: 'room', rooms: 1 }],
  devices: [{ id: 'm1', point: 'b1', kinds: ['power'], intervalS: 10 }],
};
/** 21:00 in Shanghai. */
const eveningMs = Date.UTC(2026, 2, 16, 13);
const hourMs = 3_600_000;

/** A charger of 190 W from 21:00 on, over 40 W, until the meter falls silent at `toH` hours. */
function* charging(toH: number, behindMs = 0): Generator<PowerReading> {
  for (let s = -5400; s < toH * 3600; s += 10) {
    const chargeW = s < 0 ? 0 : 170 + (20 * s) / 10_800;
    const powerW = 40 + chargeW + ((s / 10) % 7) * 0.1;
    const apparentVa = Math.hypot(powerW, 1.33 * chargeW);
    const phase = {
      voltageV: 226,
      currentA: apparentVa / 226,
      powerW,
      powerFactor: powerW / apparentVa,
      thdPercent: (120 * chargeW) / powerW,
    };
    const atMs = eveningMs + s * 1000 - behindMs;
    yield { kind: 'power', device: 'm1', atMs, powerW, phases: [phase] };
  }
}
/** The box's time alone. */
const ticks = (fromH: number, toH: number): Input[] =>
  Array.from({ length: (toH - fromH) * 360 }, (_, i) => {
    return { kind: 'tick', atMs: eveningMs + fromH * hourMs + i * 10_000 };
  });
const ends = (inputs: Iterable<Input>) =>
  run(ebike, {}, inputs, site)
    .filter(({ change }) => change === 'cleared')
    .map(({ atMs, evidence }) => [evidence.end, (atMs - eveningMs) / hourMs, evidence.endedMs]);

test('a meter that is taken down while something charges: within two hours it is over, of unknown end, once', () => {
  const found = ends([...charging(2.2), ...ticks(2.2, 30)]);
  expect(found).toHaveLength(1);
  const [how, atH, endedMs] = found[0] ?? [];
  expect(how).toBe('unknown');
  expect(atH).toBe(4);
  expect(Math.abs(Number(endedMs) - (eveningMs + 2.2 * hourMs))).toBeLessThan(180_000);
});

test('a gap of half an hour, a box that was away and one whose clock is set are no silence of an hour', () => {
  expect(ends([...charging(2.9), ...ticks(2.9, 3.4)])).toEqual([]);
  const start: Input = { kind: 'start', atMs: eveningMs + 3.5 * hourMs };
  expect(ends([...charging(2.9), ...ticks(2.9, 3.4), start, ...ticks(3.5, 4.9)])).toEqual([]);
  const clock: Input = { kind: 'clock', atMs: eveningMs + 3.5 * hourMs, stepMs: hourMs };
  expect(ends([...charging(2.9), ...ticks(2.9, 3.4), clock, ...ticks(3.5, 4.9)])).toEqual([]);
});

test('a meter whose clock is eight hours behind is not silent while it speaks', () => {
  const spoken = [...charging(5, 8 * hourMs)];
  const both = spoken.flatMap((one): Input[] => [
    one,
    { kind: 'tick', atMs: one.atMs + 8 * hourMs },
  ]);
  expect(ends(both)).toEqual([]);
});

test('what comes after it begins anew, and a checkpoint in the silence changes nothing', () => {
  const later = [...charging(2)].map((one) => ({ ...one, atMs: one.atMs + 24 * hourMs }));
  const inputs: Input[] = [...charging(2.2), ...ticks(2.2, 20), ...later];
  const whole = run(ebike, {}, inputs, site);
  expect(whole.filter(({ change }) => change === 'raised')).toHaveLength(2);
  const armed = [{ rule: ebike, config: ebike.config.parse({}), mode: 'live' as const }];
  const first = createFold(site, armed);
  const cut = inputs.length - later.length - 17 * 360;
  const found = inputs.slice(0, cut).flatMap((one) => [...first.take(one)]);
  const second = createFold(site, armed);
  second.restore(JSON.parse(JSON.stringify(first.snapshot())));
  found.push(...inputs.slice(cut).flatMap((one) => [...second.take(one)]));
  expect(found).toEqual(whole);
});
