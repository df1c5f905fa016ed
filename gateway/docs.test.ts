import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
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
  const out = execFileSync(
    join(root, 'node_modules/.bin/vitest'),
    ['run', '--root', trial, '--reporter=json'],
    { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  expect(JSON.parse(out.slice(out.indexOf('{'))).numPassedTests).toBe(2);
});

test('the example configuration is valid', () => {
  const { config } = loadConfig(join(root, 'deploy/gateway.example.yaml'));
  expect(config.site.name).toBe('杜巷小区');
});
