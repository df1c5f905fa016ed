import { expect, test } from 'vitest';
import { ebikeWatch } from './ebike-watch.ts';
import type { Input } from './rule.ts';
import { run, testSite } from './run.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Local noon in Shanghai on Monday 16 March 2026. */
const noonMs = Date.UTC(2026, 2, 16, 4);
const ids = ['b1', 'b2', 'b3'];
const site = {
  ...testSite,
  points: ids.map((id, i) => ({ id, title: `${i + 1}号楼`, kind: 'building' as const, rooms: 10 })),
  devices: ids.map((id) => ({
    id: `m-${id}`,
    point: id,
    kinds: ['power' as const],
    intervalS: 900,
  })),
};

/** Eight days of quarter hours: 300 W all night, and more from 20 to 3 where somebody charges. */
function* week(
  more: Readonly<Record<string, number>>,
  days = 8,
  phases?: object[],
): Generator<Input> {
  for (let ms = noonMs; ms < noonMs + days * dayMs; ms += 900_000) {
    const hour = ((ms + site.utcOffsetMs) / hourMs) % 24;
    const isLate = hour >= 20 || hour < 3;
    for (const id of ids) {
      const powerW = 300 + (isLate ? (more[id] ?? 0) : 0);
      yield {
        kind: 'power',
        device: `m-${id}`,
        atMs: ms,
        powerW,
        ...(phases ? { phases } : {}),
      } as Input;
    }
    yield { kind: 'tick', atMs: ms };
  }
}

test('on Monday at eight the houses that drew most after eleven are listed, the most first, and nobody is alerted', () => {
  const findings = run(ebikeWatch, {}, week({ b2: 180, b3: 420 }), site);
  expect(findings).toHaveLength(1);
  const [list] = findings;
  expect(list?.severity).toBe('info');
  expect(list?.evidence.list).toMatchObject([
    { point: 'b3', meanW: 420, nights: 7 },
    { point: 'b2', meanW: 180, nights: 7 },
  ]);
  expect(new Date((list?.atMs ?? 0) + site.utcOffsetMs).toISOString()).toBe(
    '2026-03-23T08:00:00.000Z',
  );
  expect(list?.text.zh).toContain(
    '近7晚深夜用电较多的2处，供巡查参考：3号楼（平均多420瓦）、2号楼（平均多180瓦）。整栋电表分不清充电和空调，名单不是结论。',
  );
  expect(list?.text.en).toContain('3号楼 (420 W more on the mean)');
});

test('what runs all night is no reason, and a quiet village has no list', () =>
  expect(run(ebikeWatch, {}, week({}), site)).toEqual([]));

test('two known nights are too few', () =>
  expect(run(ebikeWatch, {}, [...week({ b1: 400 })].slice(-2 * 96 * 4), site)).toEqual([]));

test('a phase with harmonics is judged by the detector, not listed, unless its meter speaks too seldom for that', () => {
  const phases = [1, 2, 3].map(() => ({ powerW: 100, currentA: 1, thdPercent: 20 }));
  const often = { ...site, devices: site.devices.map((one) => ({ ...one, intervalS: 60 })) };
  expect(run(ebikeWatch, {}, week({ b1: 400 }, 8, phases), often)).toEqual([]);
  const [list] = run(ebikeWatch, {}, week({ b1: 400 }, 8, phases), site);
  expect(list?.evidence.list).toMatchObject([{ point: 'b1', meanW: 400 }]);
});

test('of a meter that tells its energy every quarter of an hour, that counts, not what it draws at that moment', () => {
  let energyWh = 1000;
  const metered = [...week({ b1: 240 })].map((one): Input => {
    if (one.kind !== 'power' || one.device !== 'm-b1') return one;
    energyWh += one.powerW / 4;
    return { ...one, powerW: 35, energyWh };
  });
  const twice = metered.flatMap((one, i) => [one, one, metered[Math.max(0, i - 4)] as Input]);
  for (const inputs of [metered, twice]) {
    const [list] = run(ebikeWatch, {}, inputs, site);
    expect(list?.evidence.list).toMatchObject([{ point: 'b1', meanW: 240, nights: 7 }]);
  }
});

test('repeated and late readings change nothing', () => {
  const once = [...week({ b2: 180 })];
  const twice = once.flatMap((one, i) => [one, once[Math.max(0, i - 4)] as Input]);
  expect(
    run(
      ebikeWatch,
      {},
      twice.filter(({ kind }) => kind === 'power' || kind === 'tick'),
      site,
    ),
  ).toEqual(run(ebikeWatch, {}, once, site));
});
