import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GatewayError } from '../errors.ts';
import { loadConfig } from './load.ts';
import { parseSettings, utcOffsetMs } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-config-'));

function load(text: string) {
  const file = join(folder, 'gateway.yaml');
  writeFileSync(file, text);
  return loadConfig(file);
}

function mistakeOf(text: string): string {
  try {
    load(text);
  } catch (error) {
    expect(error).toBeInstanceOf(GatewayError);
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

const site = 'site: { name: 杜巷小区 }\n';

test('a small configuration is enough; the rest has defaults', () => {
  const { config, dataDir, site: place } = load(site);
  expect(config.broker.listen).toBe('127.0.0.1:1883');
  expect(dataDir).toBe(join(folder, 'data'));
  expect(place.utcOffsetMs).toBe(8 * 3_600_000);
});

test('a misspelt key is told with file, line and key', () => {
  expect(mistakeOf(`${site}journal:\n  windowMs: 10\n  windoMs: 20\n`)).toMatch(
    /gateway\.yaml:4: journal\.windoMs: Unknown key/,
  );
});

test('a wrong value is told with line, key and what it says', () => {
  expect(mistakeOf(`${site}points:\n  - id: b1\n    kind: castle\n`)).toMatch(
    /gateway\.yaml:4: points\.0\.kind: .*building.*\(it says "castle"\)/,
  );
});

test('broken YAML is told with its line', () => {
  expect(mistakeOf(`${site}points: [\n`)).toMatch(/gateway\.yaml:\d+:/);
});

test('all mistakes are told at once', () => {
  const text = `${site}devices:\n  - { id: m1, driver: nonsense, point: b9 }\n  - { id: m1, driver: native }\n`;
  const message = mistakeOf(text);
  expect(message).toMatch(/devices\.0\.point: No point is called b9/);
  expect(message).toMatch(/devices\.1\.id: The id m1 is used twice/);
  expect(message).toMatch(/devices\.0\.driver: No driver is called nonsense/);
});

test('an anonymous broker on a public address is refused', () => {
  expect(mistakeOf(`${site}broker: { listen: "0.0.0.0:1883", anonymous: true }\n`)).toMatch(
    /bench/,
  );
});

test('a rule that does not exist, and a setting that a rule does not have, are refused', () => {
  expect(mistakeOf(`${site}rules:\n  load.overlod: {}\n`)).toMatch(
    /gateway\.yaml:3: rules\.load\.overlod/,
  );
  expect(mistakeOf(`${site}rules:\n  load.overload: { warnShere: 1 }\n`)).toMatch(/warnShere/);
});

test('a phone number or a password is never repeated in an error', () => {
  const message = mistakeOf(
    `${site}people:\n  - { id: d1, title: 1号, role: duty, phone: "13800138000x" }\n`,
  );
  expect(message).toMatch(/people\.0\.phone/);
  expect(message).not.toContain('138');
});

test('a face terminal needs an assessment, and a lane that only knows faces is refused', () => {
  const lane =
    'lanes: [{ id: in-1, direction: in }]\ndevices: [{ id: f1, driver: mqtt-face, lane: in-1 }]\n';
  expect(mistakeOf(site + lane)).toMatch(/handles persons and is off/);
  const faces =
    'faces: { enabled: true, assessment: PIA-1, decidedBy: 主任, reviewBy: "2027-01-01", notice: v1 }\n';
  expect(mistakeOf(site + lane + faces)).toMatch(/passed by face only/);
  expect(
    load(site + lane.replace('direction: in', 'direction: in, staffed: true') + faces).devices,
  ).toHaveLength(1);
});

test('a file that is not there is told with its path', () => {
  expect(() => loadConfig('/nowhere/gateway.yaml')).toThrow(/\/nowhere\/gateway.yaml/);
});

test('Shanghai is eight hours ahead, all year', () =>
  expect(utcOffsetMs('Asia/Shanghai')).toBe(28_800_000));

test('a device that logs in over HTTP needs a password, and no error repeats it', () => {
  const one = (http: object) =>
    parseSettings({ site: { name: '杜巷' }, devices: [{ id: 'c1', driver: 'dahua', http }] });
  expect(one({ username: 'cam', password: 'p' }).mistakes).toBeUndefined();
  expect(one({ username: 'cam', passwordFile: 'cam.txt' }).mistakes).toBeUndefined();
  const [mistake] = one({ username: 'cam' }).mistakes ?? [];
  expect(mistake).toMatchObject({ path: ['devices', 0, 'http'] });
  expect(JSON.stringify(one({ username: '', password: 'hunter2' }))).not.toContain('hunter2');
});

test('a device without a heartbeat is not missed in a quiet night, one with a heartbeat is within minutes', () => {
  const faces = {
    enabled: true,
    assessment: '1',
    decidedBy: '主任',
    reviewBy: '2027-01-01',
    notice: '1',
  };
  const lanes = [{ id: 'in-1', direction: 'in', staffed: true }];
  const devices = [
    'native',
    'vzenith',
    'frigate',
    'huaan',
    'double-take',
    'frigate-face',
    'corx',
  ].map((driver) => ({ id: `d-${driver}`, driver, lane: 'in-1' }));
  const { settings } = parseSettings({ site: { name: '杜巷' }, faces, lanes, devices });
  const intervals = settings?.devices.map(({ driver, intervalS }) => [driver.id, intervalS]);
  expect(Object.fromEntries(intervals ?? [])).toEqual({
    native: 30,
    vzenith: 60,
    frigate: 60,
    huaan: 28_800,
    'double-take': 28_800,
    'frigate-face': 28_800,
    corx: 28_800,
  });
});
