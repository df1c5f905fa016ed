import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { decodeCommand } from './decode.ts';

const sample = (name: string) =>
  fileURLToPath(new URL(`../../drivers/samples/${name}`, import.meta.url));

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

/** What the command writes for a captured message, and how it ends. */
async function decoded(...args: string[]) {
  const out: string[] = [];
  const told: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => told.push(String(text)) > 0);
  await decodeCommand().parseAsync(['node', 'decode', ...args]);
  return { out: out.join(''), told: told.join(''), code: process.exitCode };
}

test('a captured message is decoded by the driver that is named', async () => {
  const file = sample('gate/qianyi-mqtt_herat.json');
  const { out } = await decoded(
    '--driver',
    'qianyi',
    '--device',
    'q1',
    '--at',
    '1773618130000',
    file,
  );
  expect(JSON.parse(out)).toMatchObject({ kind: 'status', device: 'q1', online: true });
});

test('without a driver those that would read it are named, the likeliest first', async () => {
  const args = ['--topic', 'tele/plug-3/SENSOR', sample('gate/tasmota-tele-sensor.json')];
  const { out } = await decoded(...args);
  expect(out.split('\n')[0]).toBe('tasmota-relay');
});

test('what no driver reads is said, and the command fails', async () => {
  const { out, told, code } = await decoded(sample('index.json'));
  expect([out, code]).toEqual(['', 1]);
  expect(told).toMatch(/no driver reads it/);
});
