import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import type { Driver } from '../drivers/driver.ts';
import { loadConfig } from './config/load.ts';

const root = resolve(fileURLToPath(new URL('..', import.meta.url)));
const page = (name: string) => readFileSync(join(root, 'docs', name), 'utf8');
/** Not a floor: a place that git does not see and no other test reads. */
const trial = join(root, '.cache', 'docs');

afterAll(() => rmSync(trial, { recursive: true, force: true }));

test('the rule of docs/adding-a-rule.md compiles and passes its own test', () => {
  mkdirSync(trial, { recursive: true });
  const blocks = [
    ...page('adding-a-rule.md').matchAll(/```ts\n\/\/ rules\/([\w.-]+)\n([\s\S]*?)```/g),
  ];
  expect(blocks).toHaveLength(2);
  for (const [, name = '', code = ''] of blocks) {
    writeFileSync(
      join(trial, name),
      code.replace(/'\.\/(held|rule|run)\.ts'/g, `'${root}/rules/$1.ts'`),
    );
  }
  writeFileSync(join(trial, 'vitest.config.ts'), 'export default {};\n');
  const out = execFileSync(
    join(root, 'node_modules/.bin/vitest'),
    ['run', '--root', trial, '--config', join(trial, 'vitest.config.ts'), '--reporter=json'],
    { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  expect(JSON.parse(out.slice(out.indexOf('{'))).numPassedTests).toBe(2);
});

/** A driver of docs/adding-a-device.md, as an integrator would put it into its file. */
async function driverOf(name: string): Promise<Driver> {
  mkdirSync(trial, { recursive: true });
  const blocks = page('adding-a-device.md').matchAll(
    /```ts\n\/\/ drivers\/([\w-]+)\.ts\n([\s\S]*?)```/g,
  );
  const [, , code = ''] = [...blocks].find(([, file]) => file === name) ?? [];
  const file = join(trial, `${name}.ts`);
  writeFileSync(file, code.replace(/'\.\/((?:modbus\/)?\w+)\.ts'/g, `'${root}/drivers/$1.ts'`));
  const [driver] = Object.values((await import(file)) as Record<string, Driver>);
  if (!driver) throw new Error(`No driver in ${name}`);
  return driver;
}

for (const [name, refusal] of [
  ['plug-meter', 'Not the state of a socket meter'],
  ['plug-meter-rtu', 'Not a Modbus answer'],
] as const) {
  test(`the driver ${name} of docs/adding-a-device.md compiles, reads its sample and says it again`, async () => {
    const driver = await driverOf(name);
    const [sample] = driver.samples;
    if (!sample) throw new Error('no sample');
    const { text, hex = '', start, readings } = sample;
    const device = text === undefined ? 'sample' : 'device';
    const atMs = text === undefined ? 1773618130500 : 1773666850500;
    const arrival = { device, atMs, lane: device, direction: 'unknown' } as const;
    const options = driver.options.parse({});
    const decode = (body: Uint8Array, from = start) =>
      driver.decode({ body, ...(from === undefined ? {} : { start: from }) }, options, arrival, {});
    const bytes =
      text === undefined
        ? Buffer.from(hex.replaceAll(' ', ''), 'hex')
        : new TextEncoder().encode(text);
    expect(decode(bytes)).toEqual(readings);
    const again = (readings ?? []).flatMap((reading) => driver.encode(reading, options));
    expect(again.flatMap((message) => decode(message.body, message.start))).toEqual(readings);
    expect(() => decode(new TextEncoder().encode('rubbish'))).toThrow(refusal);
  });
}

test('docs/acceptance.md names ten tests, and each is there', () => {
  const lines = page('acceptance.md')
    .split('\n')
    .filter((line) => /^\| \d+ /.test(line));
  expect(lines).toHaveLength(10);
  for (const line of lines) {
    const files = [...line.matchAll(/`(gateway\/[\w/.-]+)`/g)].map(([, file = '']) => file);
    expect(files.length, line).toBeGreaterThan(0);
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  }
});

test('docs/acceptance.md: each figure and each bad input has a test, and each is there', () => {
  const [, figures = '', badInput = ''] = page('acceptance.md').split(/^# /m).slice(1);
  for (const part of [figures, badInput]) {
    const lines = part
      .split('\n')
      .filter((line) => line.startsWith('| ') && !/^\| (---|要求|坏输入)/.test(line));
    expect(lines.length).toBeGreaterThan(9);
    for (const line of lines) {
      const files = [...line.matchAll(/`(gateway\/[\w/.-]+)`/g)].map(([, file = '']) => file);
      expect(files.length, line).toBeGreaterThan(0);
      expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
    }
  }
});

test('every page that the README names is there', () => {
  const text = readFileSync(join(root, 'README.md'), 'utf8');
  const links = [...text.matchAll(/\]\(([^)#]+)\)/g)].map(([, link = '']) => link);
  expect(links.filter((link) => !existsSync(join(root, link)))).toEqual([]);
});

test('the example configuration is valid', () => {
  const { config } = loadConfig(join(root, 'deploy/gateway.example.yaml'));
  expect(config.site.name).toBe('杜巷小区');
});
