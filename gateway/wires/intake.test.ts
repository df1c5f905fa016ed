import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Message } from '../../drivers/driver.ts';
import { drivers } from '../../drivers/index.ts';
import type { Reading } from '../../drivers/reading.ts';
import { deviceImplausible } from '../../rules/device-implausible.ts';
import { run, testSite } from '../../rules/run.ts';
import { systemClock } from '../clock.ts';
import { toDevice } from '../config/device.ts';
import { openKept } from '../open-kept.ts';
import { createIntake, maxPersonalBytes } from './intake.ts';

const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

const device = (driverId: string, place: { point?: string; lane?: string }) => {
  const driver = drivers.find(({ id }) => id === driverId);
  if (!driver) throw new Error(`No driver ${driverId}`);
  const source = { id: `d-${driverId}`, driver: driverId, ...place };
  return toDevice(source, driver, driver.options.parse({}), 'in');
};

/** An intake on a real journal, one message through it, and what was kept and said of it. */
async function kept(of: ReturnType<typeof device>, body: string | Message, topic = 'x/y') {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-intake-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  const { journal, close } = await openKept(folder);
  undo.push(close);
  const lines: string[] = [];
  const say = (...parts: unknown[]) => void lines.push(JSON.stringify(parts));
  const log = { debug: say, info: say, warn: say, error: say };
  const intake = createIntake({ devices: [of], journal, clock: systemClock, log });
  await new Promise<void>((done, failed) =>
    intake.take(of, messageOf(body, topic), (error) => (error ? failed(error) : done())),
  );
  const rows = [];
  for await (const row of journal.readQuarantine({})) rows.push(row);
  return { rows, said: lines.join('') };
}

const messageOf = (body: string | Message, topic: string): Message =>
  typeof body === 'string' ? { topic, body: Buffer.from(body) } : body;

const planted = 'CanaryOfNobody';

test('what a meter says and nobody can read is kept whole, for whoever mends it', async () => {
  const { rows } = await kept(device('native', { point: 'b-001' }), `rubbish ${planted}`);
  expect(rows).toMatchObject([{ reason: expect.any(String), bytes: 8 + planted.length }]);
  expect(Buffer.from(rows[0]?.payload ?? []).toString()).toContain(planted);
});

test('of a round that cannot be read all answers are kept, in their order', async () => {
  const [body, other] = [Buffer.from('rubbish '), Buffer.from(planted)];
  const { rows } = await kept(device('dlt645', { point: 'b-001' }), {
    body,
    rest: [{ body: other }],
  });
  expect(Buffer.from(rows[0]?.payload ?? []).toString()).toBe(`rubbish ${planted}`);
});

for (const [why, driver, place, body] of [
  ['a refusal that is about a person', 'hikvision', { point: 'b-001' }, doorEvent()],
  ['a terminal of faces', 'mqtt-face', { lane: 'l1' }, `{"operator":"?","name":"${planted}"}`],
  ['a plate camera', 'vzenith', { lane: 'l1' }, `{"name":"?","license":"${planted}"}`],
  ['a native device at a lane', 'native', { lane: 'l1' }, `{"plate":"${planted}"`],
] as const) {
  test(`${why}: the quarantine has the reason and the length, and no byte of it`, async () => {
    const { rows, said } = await kept(device(driver, place), body);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.bytes).toBe(Buffer.byteLength(body));
    expect(rows[0]?.payload ?? null).toBeNull();
    expect(JSON.stringify(rows) + said).not.toContain(planted);
  });
}

test('who says a name in the address of a push: the quarantine has the path alone, of a meter the whole', async () => {
  const push = { body: Buffer.from('rubbish'), topic: `/push/x/verify?name=${planted}` };
  const { rows, said } = await kept(device('face-http', { lane: 'l1' }), push);
  expect(rows).toMatchObject([{ topic: '/push/x/verify' }]);
  expect(JSON.stringify(rows) + said).not.toContain(planted);
  const meter = await kept(device('native', { point: 'b-001' }), push);
  expect(meter.rows).toMatchObject([{ topic: push.topic }]);
});

/** An access event without its type, as a door controller behind a camera's address would send it. */
function doorEvent(): string {
  return JSON.stringify({ AccessControllerEvent: { name: planted, employeeNoString: planted } });
}

test('what a device without a clock says in one millisecond is as many readings as it said', async () => {
  const of = device('native', { point: 'b1' });
  const stored: Array<readonly { readonly atMs: number }[]> = [];
  let nowMs = 5_000_000;
  const intake = createIntake({
    devices: [of],
    journal: {
      append: (readings, done) => {
        stored.push(readings);
        done(null);
      },
      quarantine: (_message, done) => done(null),
    },
    clock: { nowMs: () => nowMs, monoMs: () => 0, trusted: () => true },
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const say = (text: string) =>
    intake.take(
      of,
      { topic: 'gatehouse/v1/d-native/power', body: new TextEncoder().encode(text) },
      () => {},
    );
  for (let i = 0; i < 50; i += 1) say(`{"powerW":${i}}`);
  say(`[${Array.from({ length: 20 }, (_, i) => `{"powerW":${i}}`).join(',')}]`);
  say('{"powerW":1}');
  const times = stored.flat().map(({ atMs }) => atMs);
  expect(times).toHaveLength(71);
  expect(new Set(times).size).toBe(71);
  expect(Math.max(...times)).toBe(nowMs + 70);
  // A clock that was set back is followed, not waited for.
  nowMs -= 3_600_000;
  say('{"powerW":1}');
  expect(stored.at(-1)?.[0]?.atMs).toBe(nowMs);
});

test('a meter whose clock is wrong is found by the rule, though it may say an hour, a year or eight hours ago', () => {
  const of = device('native', { point: 'b1' });
  /** What the rule finds when the meter says for an hour what it is now less `behindMs`, once a minute. */
  const found = (behindMs: number, trusted = true) => {
    const stored: Reading[] = [];
    let nowMs = Date.UTC(2026, 2, 16);
    const intake = createIntake({
      devices: [of],
      journal: {
        append: (readings, done) => {
          stored.push(...readings);
          done(null);
        },
        quarantine: (_message, done) => done(null),
      },
      clock: { nowMs: () => nowMs, monoMs: () => nowMs, trusted: () => trusted },
      log: { debug() {}, info() {}, warn() {}, error() {} },
    });
    for (let minute = 0; minute < 60; minute += 1) {
      nowMs += 60_000;
      const body = JSON.stringify({ atMs: nowMs - behindMs, powerW: 300 + (minute % 7) });
      intake.take(of, messageOf(body, 'gatehouse/v1/d-native/power'), () => {});
    }
    const site = {
      ...testSite,
      devices: [{ id: of.id, point: 'b1', kinds: ['power' as const], intervalS: 60 }],
    };
    return run(deviceImplausible, {}, stored, site).map(({ change, evidence }) => [
      change,
      evidence.fault,
      evidence.skewS,
    ]);
  };
  for (const hours of [1, 8, 365 * 24])
    expect(found(hours * 3_600_000)).toEqual([['raised', 'skew', -hours * 3600]]);
  expect(found(5_000)).toEqual([]);
  // A box that does not know the time accuses nobody.
  expect(found(3_600_000, false)).toEqual([]);
});

test('more than 4 KB about a person is refused before it is read, and nothing of it is kept (PR-02)', async () => {
  const picture = Buffer.alloc(4000, 7).toString('base64');
  for (const body of [
    JSON.stringify({ operator: 'RecPush', info: { pic: picture, name: planted } }),
    JSON.stringify({ operator: 'RecPush', info: { a: picture.slice(2500), b: picture } }),
    `${planted}${'x'.repeat(1024 * 1024)}`,
  ]) {
    const { rows, said } = await kept(device('mqtt-face', { lane: 'l1' }), body);
    expect(rows).toMatchObject([
      { reason: expect.stringContaining(`More than ${maxPersonalBytes} bytes`) },
    ]);
    expect(rows[0]).not.toHaveProperty('payload');
    expect(JSON.stringify(rows) + said).not.toContain(planted);
  }
  // The same length from a meter is nobody's face.
  const { rows } = await kept(device('native', { point: 'b-001' }), 'x'.repeat(5000));
  expect(rows[0]?.reason).not.toContain('person');
});
