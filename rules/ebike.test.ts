import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { PowerReading } from '../drivers/reading.ts';
import { ebike } from './ebike.ts';
import { createFold } from './fold.ts';
import { run, testSite } from './run.ts';
import type { Site } from './site.ts';

const room: Site = {
  ...testSite,
  points: [{ id: 'r1', title: '12-3', kind: 'room', rooms: 1 }],
  devices: [{ id: 'm1', point: 'r1', kinds: ['power'], intervalS: 10 }],
};
const house: Site = {
  ...room,
  points: [{ id: 'r1', title: '17号楼', kind: 'building', rooms: 10 }],
};
/** 21:00 in Shanghai. */
const eveningMs = Date.UTC(2026, 2, 16, 13);

/** A recorded charge, played at 10 s as the meter of a room with 15 W of other things. */
function recorded(name: string, atMs = eveningMs): PowerReading[] {
  const rows = readFileSync(
    new URL(`../drivers/samples/power/traces/${name}.csv`, import.meta.url),
    'utf8',
  )
    .trim()
    .split('\n')
    .slice(1);
  const watts = rows.map((row) => row.split(',').slice(-2).map(Number));
  const startS = watts[0]?.[0] ?? 0;
  const body = watts.map(([s = 0, w = 0]) => reading(atMs + (s - startS) * 1000, 15 + w));
  const endMs = body.at(-1)?.atMs ?? atMs;
  const quiet = (fromMs: number, toMs: number) =>
    Array.from({ length: Math.floor((toMs - fromMs) / 10_000) }, (_, i) =>
      reading(fromMs + i * 10_000, 15),
    );
  return [...quiet(atMs - 3_600_000, atMs), ...body, ...quiet(endMs + 10_000, endMs + 5_400_000)];
}
const reading = (atMs: number, powerW: number): PowerReading => ({
  kind: 'power',
  device: 'm1',
  atMs,
  powerW,
});

/** When the recording's charger was plugged in: the first reading over 100 W. */
const pluggedMs = (readings: readonly PowerReading[]) =>
  readings.find(({ powerW }) => powerW > 115)?.atMs ?? 0;

for (const name of [
  'ebike_bosch_dual500wh_full_charge',
  'ebike_bosch_dual500wh_to90pct',
  'ebike_bosch_single500wh_to90pct',
]) {
  test(`the recorded charge ${name} is one session with the right start`, () => {
    const readings = recorded(name);
    const findings = run(ebike, {}, readings, room);
    const raised = findings.filter(({ change }) => change === 'raised');
    expect(raised).toHaveLength(1);
    expect(Math.abs((raised[0]?.sinceMs ?? 0) - pluggedMs(readings))).toBeLessThan(10 * 60_000);
    expect(new Set(findings.map(({ id }) => id)).size).toBe(1);
    expect(findings.at(-1)?.change).toBe('cleared');
  });
}

test('the full charge is at least probable, and says why in both languages', () => {
  const findings = run(ebike, {}, recorded('ebike_bosch_dual500wh_full_charge'), room);
  const last = findings.filter(({ change }) => change !== 'cleared').at(-1);
  expect(['probable', 'confirmed']).toContain(last?.level);
  expect(last?.text.zh).toMatch(
    /^12-3自2\d:\d\d起疑似电动车充电（.*），请核实。依据：.*其他可能：.*看不到电线和房间，请现场核查。$/,
  );
  expect(last?.text.zh).not.toContain('飞线');
  expect(last?.text.en).toContain('suspected e-bike charging');
});

test('a robot vacuum is never more than possible', () => {
  for (const name of ['liion_robot_vacuum_taper_at_100pct']) {
    const findings = run(ebike, {}, recorded(name), room);
    expect(findings.filter(({ level }) => level !== 'possible')).toEqual([]);
  }
});

/** A charger by the model: 170 to 195 W in three hours, then falling; with its current where `pf` is given. */
function* charge(
  fromMs: number,
  options: { pf?: number; thd?: number; everyS?: number; baseW?: number } = {},
): Generator<PowerReading> {
  const { pf, thd, everyS = 10, baseW = 60 } = options;
  for (let s = -5400; s < 9 * 3600; s += everyS) {
    const h = s / 3600;
    const w =
      h < 0
        ? 0
        : h < 3
          ? 195 * (1 - 0.13 * (1 - h / 3))
          : h < 7
            ? 195 * (1 + (h - 3) / 1.5) ** (-90 / 35)
            : 0;
    const powerW = baseW + w;
    const apparent = pf ? Math.hypot(powerW, (w / pf) * Math.sqrt(1 - pf * pf)) : 0;
    const share = powerW > 0 ? w / powerW : 0;
    const phases = pf
      ? [
          {
            voltageV: 220,
            currentA: apparent / 220,
            powerW,
            ...(thd ? { thdPercent: thd * share } : {}),
          },
        ]
      : undefined;
    yield { ...reading(fromMs + s * 1000, powerW), ...(phases ? { phases } : {}) };
  }
}

test('a room with power factor and harmonics is told within the hour, and alerts once it is confirmed', () => {
  const findings = run(ebike, {}, charge(eveningMs, { pf: 0.6, thd: 120 }), room);
  const probable = findings.find(({ level }) => level === 'probable' || level === 'confirmed');
  expect(((probable?.atMs ?? 0) - eveningMs) / 60_000).toBeLessThan(50);
  const alert = findings.find(({ severity }) => severity !== 'info');
  expect(alert?.level).toBe('confirmed');
});

test('three at once on one channel alert, though none of them is confirmed; two do not', () => {
  const together = (count: number) => {
    // One every twenty minutes; what they draw adds.
    const drawn = new Map<number, { powerW: number; currentA: number }>();
    for (let i = 0; i < count; i += 1)
      for (const one of charge(eveningMs + i * 1_200_000, { pf: 0.6, thd: 120, baseW: 15 })) {
        const { powerW, currentA } = drawn.get(one.atMs) ?? { powerW: 0, currentA: 0 };
        drawn.set(one.atMs, {
          powerW: powerW + one.powerW,
          currentA: currentA + (one.phases?.[0]?.currentA ?? 0),
        });
      }
    const readings = [...drawn]
      .sort(([a], [b]) => a - b)
      .slice(0, 6 * 360)
      .map(([atMs, { powerW, currentA }]): PowerReading => {
        const phase = { voltageV: 220, currentA, powerW, thdPercent: 115 };
        return { ...reading(atMs, powerW), phases: [phase] };
      });
    return run(ebike, { possible: -20, probable: -19, confirmed: 20 }, readings, room);
  };
  expect(together(2).every(({ severity }) => severity === 'info')).toBe(true);
  const three = together(3);
  expect(three.some(({ level }) => level === 'confirmed')).toBe(false);
  expect(three.some(({ severity }) => severity === 'major')).toBe(true);
});

test('a whole house with watts alone never alerts, whatever the score', () => {
  const findings = run(ebike, {}, charge(eveningMs), house);
  expect(findings.length).toBeGreaterThan(0);
  expect(findings.every(({ severity }) => severity === 'info')).toBe(true);
});

test('kettles, rice cookers, a fridge and a television make no suspicion above possible', () => {
  const readings: PowerReading[] = [];
  for (let s = 0; s < 6 * 3600; s += 10) {
    const fridge = s % 2700 < 900 ? 120 : 0;
    const kettle = s % 5400 < 240 ? 1800 : 0;
    const rice = s > 3600 && s < 5400 && s % 120 < 60 ? 700 : 0;
    const apparent = Math.hypot(50 + fridge + kettle + rice, fridge * 1.08);
    const powerW = 50 + fridge + kettle + rice;
    readings.push({
      ...reading(eveningMs + s * 1000, powerW),
      phases: [{ voltageV: 220, currentA: apparent / 220, powerW }],
    });
  }
  expect(run(ebike, {}, readings, room).filter(({ level }) => level !== 'possible')).toEqual([]);
});

test('an inverter air conditioner with its power factor is never confirmed, and stands among what else it could be', () => {
  const readings = Array.from({ length: 8 * 360 }, (_, i): PowerReading => {
    const s = i * 10 - 3600;
    const powerW = 60 + (s < 0 ? 0 : 220 + 600 * Math.exp(-s / 1200) - s / 300);
    return {
      ...reading(eveningMs + s * 1000, powerW),
      phases: [{ voltageV: 220, currentA: powerW / 0.97 / 220, powerW }],
    };
  });
  // Perfectly smooth, as none is: with its slow end it looks like a corrected charger, which has the same power factor.
  const findings = run(ebike, {}, readings, room).filter(({ level }) => level !== 'possible');
  expect(findings.filter(({ level }) => level === 'confirmed')).toEqual([]);
  for (const { evidence } of findings)
    expect(evidence.alternatives).toContainEqual(expect.objectContaining({ zh: '变频空调' }));
});

test('a gap of half an hour ends what was open as unknown, and nothing comes of old data', () => {
  const readings = [...charge(eveningMs, { pf: 0.6, thd: 120 })];
  const cut = readings.filter(
    ({ atMs }) => atMs < eveningMs + 7_200_000 || atMs > eveningMs + 9_000_000,
  );
  const ends = run(ebike, {}, cut, room).filter(({ change }) => change === 'cleared');
  expect(ends[0]?.evidence.end).toBe('unknown');
});

test('duplicates and late readings change nothing', () => {
  const once = [...charge(eveningMs, { pf: 0.6, thd: 120 })];
  const twice = once.flatMap((one, i) => [one, one, once[Math.max(0, i - 9)] ?? one]);
  expect(run(ebike, {}, twice, room)).toEqual(run(ebike, {}, once, room));
});

test('a restart in the middle continues with the same finding', () => {
  const readings = [...charge(eveningMs, { pf: 0.6, thd: 120 })];
  const config = ebike.config.parse({});
  const armed = [{ rule: ebike, config, mode: 'live' as const }];
  const before = createFold(room, armed);
  const half = Math.floor(readings.length / 2);
  const findings = readings.slice(0, half).flatMap((one) => before.take(one));
  const checkpoint = JSON.parse(JSON.stringify(before.snapshot()));
  expect(JSON.stringify(checkpoint.states).length).toBeLessThan(4096);
  const after = createFold(room, armed);
  after.restore(checkpoint);
  findings.push(...readings.slice(half).flatMap((one) => after.take(one)));
  expect(findings).toEqual(run(ebike, {}, readings, room));
});

test('negative power, jumps and nonsense never throw', () => {
  const values = [-5000, 0, 1e6, 3, -1, 250, 250, 250];
  const readings = Array.from({ length: 4000 }, (_, i) =>
    reading(eveningMs + i * 10_000, values[(i * 7) % values.length] ?? 0),
  );
  expect(() => run(ebike, {}, readings, room)).not.toThrow();
});

test('three months of silence close everything, and the next evening begins anew', () => {
  const first = [...charge(eveningMs, { pf: 0.6, thd: 120 })].slice(0, 1500);
  const later = [...charge(eveningMs + 90 * 86_400_000, { pf: 0.6, thd: 120 })];
  const findings = run(ebike, {}, [...first, ...later], room);
  expect(findings.filter(({ change }) => change === 'raised')).toHaveLength(2);
});

test('a meter that is asked for its harmonics every third minute is followed to the end all the same', () => {
  const patchy = [...charge(eveningMs, { pf: 0.6, thd: 120 })].map((one) => {
    const [phase] = one.phases ?? [];
    if (!phase || Math.floor(one.atMs / 60_000) % 3 === 0) return one;
    const { thdPercent: _left, ...rest } = phase;
    return { ...one, phases: [rest] };
  });
  const findings = run(ebike, {}, patchy, room);
  expect(findings.some(({ level }) => level === 'confirmed')).toBe(true);
  expect(findings.at(-1)?.change).toBe('cleared');
});

test('one of three phases that falls silent is not a load on another', () => {
  const steady = Array.from({ length: 6 * 360 }, (_, i): PowerReading => {
    const phases = [{ powerW: 120 }, i % 720 < 240 ? {} : { powerW: 300 }, { powerW: 80 }];
    return { ...reading(eveningMs + i * 10_000, i % 720 < 240 ? 200 : 500), phases };
  });
  expect(run(ebike, {}, steady, house)).toEqual([]);
});

test('a channel full of steps stays within 4 KB of state', () => {
  const config = ebike.config.parse({});
  const fold = createFold(room, [{ rule: ebike, config, mode: 'live' }]);
  for (let i = 0; i < 24 * 360; i += 1) {
    const powerW = 100 + 90 * Math.floor(i / 240);
    fold.take({
      ...reading(eveningMs + i * 10_000, powerW),
      phases: [{ voltageV: 220, currentA: powerW / 132, powerW, thdPercent: 110 }],
    });
  }
  expect(JSON.stringify(fold.snapshot().states).length).toBeLessThan(4096);
});
