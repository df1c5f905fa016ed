import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { drivers } from '../../drivers/index.ts';
import type { Reading } from '../../drivers/reading.ts';
import { toDevice } from '../config/device.ts';
import { compact } from '../journal/compact.ts';
import type { Quarantined } from '../journal/contract.ts';
import { openKept } from '../open-kept.ts';
import { deviceTable, examineDevices } from './devices.ts';

const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

const t0 = Date.UTC(2026, 2, 16, 0, 17);
const hourMs = 3_600_000;
const endMs = t0 + 30 * hourMs;

const device = (id: string, driverId: string, intervalS: number) => {
  const driver = drivers.find((one) => one.id === driverId);
  if (!driver) throw new Error(`No driver ${driverId}`);
  return toDevice({ id, driver: driverId, intervalS }, driver, driver.options.parse({}), 'in');
};
const wall = [
  device('m1', 'native', 120),
  device('m2', 'native', 120),
  device('cam-1', 'vzenith', 60),
  device('cam-2', 'vzenith', 60),
  device('m9', 'native', 120),
];

/** Thirty hours of a box: m1 speaks to the end, m2 ends after two hours, cam-1 sees one car an hour, cam-2 rubbish. */
async function thirtyHours({ packed }: { readonly packed: boolean }) {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-figures-'));
  const dataDir = join(folder, 'data');
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  let nowMs = t0;
  const clock = { nowMs: () => nowMs, monoMs: () => nowMs, trusted: () => true };
  const { store, journal, close } = await openKept(dataDir, { clock });
  let open = true;
  const end = async () => {
    if (open) await close();
    open = false;
  };
  undo.push(end);
  const done = (run: (done: (error: Error | null) => void) => void) =>
    new Promise<void>((resolve, reject) => run((error) => (error ? reject(error) : resolve())));
  const refuse = (one: Omit<Quarantined, 'bytes'>) =>
    done((told) => journal.quarantine({ ...one, bytes: 7 }, told));
  const topic = 'x';
  for (let minute = 0; minute <= 30 * 60; minute += 2) {
    nowMs = t0 + minute * 60_000;
    const readings: Reading[] = [{ kind: 'power', device: 'm1', atMs: nowMs, powerW: minute }];
    if (minute < 120) readings.push({ kind: 'power', device: 'm2', atMs: nowMs, powerW: 5 });
    if (minute % 60 === 30) {
      readings.push(
        {
          kind: 'status',
          device: 'cam-1',
          atMs: nowMs + 90_000,
          online: true,
          clockSkewMs: 90_000,
        },
        {
          kind: 'passage',
          device: 'cam-1',
          atMs: nowMs,
          lane: 'in-1',
          direction: 'in',
          credential: 'plate',
          result: 'unknown',
          plate: '沪A12345',
          event: `e${minute}`,
        },
      );
    }
    await done((told) => journal.append(readings, told));
  }
  await refuse({ device: 'cam-2', atMs: t0, topic, reason: 'too long ago' });
  await refuse({ device: 'cam-2', atMs: endMs - 9000, topic, reason: 'older' });
  await refuse({ device: 'cam-2', atMs: endMs - 8000, topic, reason: 'not JSON' });
  await refuse({ device: '', atMs: endMs - 7000, topic, reason: 'names none of them' });
  if (packed) {
    const done = await compact({ db: store.load, nowMs, keepFromSeq: Number.MAX_SAFE_INTEGER });
    expect(done.hours).toBeGreaterThan(25);
  }
  return { dataDir, end };
}

for (const packed of [false, true]) {
  test(`the doctor counts what each device said, ${packed ? 'packed' : 'not packed yet'}, while the box runs and when it stands`, async () => {
    const { dataDir, end } = await thirtyHours({ packed });
    const running = await examineDevices(dataDir, wall, null);
    expect(running?.untilMs).toBe(endMs);
    const of = Object.fromEntries((running?.lines ?? []).map((one) => [one.device, one]));
    // Each two minutes; what is exactly an hour or a day old is no more of it.
    expect(of.m1).toMatchObject({ hour: 30, day: 720, rejected: 0, lastMs: endMs, silent: false });
    // Two hours long, and they ended 28 hours ago.
    expect(of.m2).toMatchObject({ hour: 0, day: 0, lastMs: t0 + 118 * 60_000, silent: true });
    // A status and a car an hour; passages are found although their rows hide whose they are.
    expect(of['cam-1']).toMatchObject({ hour: 2, day: 48, skewMs: 90_000, driver: 'vzenith' });
    expect(of['cam-1']?.lastMs).toBe(endMs - 30 * 60_000 + 90_000);
    expect(of['cam-2']).toMatchObject({ hour: 0, day: 0, rejected: 2, lastReason: 'not JSON' });
    expect(of['cam-2']).not.toHaveProperty('lastMs');
    expect(of.m9).toMatchObject({ silent: true, rejected: 0 });
    expect(of['']).toMatchObject({ rejected: 1, lastReason: 'names none of them' });
    await end();
    expect(await examineDevices(dataDir, wall, null)).toEqual(running);
    // Without a configuration: m2 said nothing for a day, the passages of cam-1 cannot be told from others'.
    const unknown = (await examineDevices(dataDir, null, null))?.lines ?? [];
    expect(unknown.map(({ device: name }) => name).sort()).toEqual(['', 'cam-1', 'cam-2', 'm1']);
    expect(unknown.every(({ unlisted }) => !unlisted)).toBe(true);
    expect(unknown.find(({ device: name }) => name === 'cam-1')).toMatchObject({ day: 24 });
  }, 60_000);
}

test('the table is led by what is in trouble, then by name', () => {
  const base = { driver: 'native', hour: 0, day: 0, rejected: 0, silent: false, unlisted: false };
  const table = deviceTable(
    [
      {
        ...base,
        device: 'm1',
        hour: 30,
        day: 720,
        lastMs: endMs,
        live: { perMinute: 0.5, skewMs: -1500 },
      },
      { ...base, device: 'm2', silent: true },
      { ...base, device: 'cam-1', skewMs: 90_000 },
      { ...base, device: '', rejected: 3, lastReason: 'names none of them' },
    ],
    endMs,
    'Asia/Shanghai',
  );
  expect(table.slice(0, 2)).toEqual([
    '设备（存储截至 2026-03-17 14:17:00）',
    '  Devices (what is stored, until 2026-03-17 14:17:00)',
  ]);
  expect(table.slice(4).map((line) => line.split(/\s+/).slice(0, 2).join(' '))).toEqual([
    '! （共用主题',
    '! cam-1',
    '! m2',
    '✓ m1',
  ]);
  expect(table[4]).toMatch(/ 3 +names none of them$/);
  expect(table.at(-1)).toMatch(
    /^✓ {2}m1 .* native .* 2026-03-17 14:17:00 {2}30 .* 720 .* 0\.5 .* -1\.5 s .* 0$/,
  );
});

test('where there is no store there is no table', async () => {
  expect(await examineDevices('/nowhere/data', wall, null)).toBeNull();
});
