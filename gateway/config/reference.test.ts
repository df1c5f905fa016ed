import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configReference, configSchema } from './reference.ts';

const file = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test('the configuration reference is fresh (npm run docs)', () => {
  expect(file('docs/configuration.md')).toBe(configReference());
});

test('the schema for editors is fresh (npm run docs)', () => {
  expect(JSON.parse(file('deploy/gateway.schema.json'))).toEqual(
    JSON.parse(JSON.stringify(configSchema())),
  );
});

test('every key of the reference has a meaning or speaks for itself', () => {
  const rows = configReference()
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  expect(rows.length).toBeGreaterThan(80);
});
