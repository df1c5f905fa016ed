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

test('the driver of docs/adding-a-device.md compiles, reads its sample and says it again', async () => {
  mkdirSync(trial, { recursive: true });
  const code =
    /```ts\n\/\/ drivers\/plug-meter\.ts\n([\s\S]*?)```/.exec(page('adding-a-device.md'))?.[1] ??
    '';
  const file = join(trial, 'plug-meter.ts');
  writeFileSync(file, code.replace(/'\.\/(driver|time)\.ts'/g, `'${root}/drivers/$1.ts'`));
  const { plugMeter } = (await import(file)) as { plugMeter: Driver };
  const [sample] = plugMeter.samples;
  const arrival = {
    device: 'device',
    atMs: 1773666850500,
    lane: 'device',
    direction: 'unknown',
  } as const;
  const decode = (body: Uint8Array) => plugMeter.decode({ body }, {}, arrival, {});
  const readings = decode(new TextEncoder().encode(sample?.text));
  expect(readings).toEqual(sample?.readings);
  expect(
    readings
      .flatMap((reading) => plugMeter.encode(reading, {}))
      .flatMap(({ body }) => decode(body)),
  ).toEqual(readings);
  expect(() => decode(new TextEncoder().encode('rubbish'))).toThrow(
    'Not the state of a socket meter',
  );
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
