import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { personalTables, purposes, touching } from './purposes.ts';

const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));
const files = readdirSync(join(root, 'gateway'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !/\.test\.ts$|trial|(^|\/)migrations\.ts$/.test(name))
  .map((name) => {
    const path = join(root, 'gateway', name);
    return { file: relative(root, path), text: readFileSync(path, 'utf8') };
  });
const tables = Object.keys(personalTables) as (keyof typeof personalTables)[];

/** The tables with people in them that a source speaks to: in SQL as it stands, or by name where SQL takes one. */
function tablesIn(text: string): string[] {
  const byName = /\b(FROM|INTO|UPDATE|JOIN) \$\{table\}/.test(text);
  return tables.filter(
    (table) =>
      new RegExp(`\\b(FROM|INTO|UPDATE|JOIN)\\s+${table}\\b`).test(text) ||
      (byName && text.includes(`'${table}'`)),
  );
}

test('whatever speaks to what is kept of people says what for, and nothing is declared that does not (PR-07)', () => {
  const found = Object.fromEntries(
    files
      .map(({ file, text }) => [file, tablesIn(text).sort()] as const)
      .filter(([, of]) => of.length > 0),
  );
  const declared = Object.fromEntries(
    Object.entries(touching).map(([file, of]) => [file, Object.keys(of).sort()]),
  );
  expect(found).toEqual(declared);
  for (const of of Object.values(touching))
    for (const why of Object.values(of))
      for (const one of why) expect(Object.keys(purposes)).toContain(one);
});

test('the lint sees what it is there for', () => {
  expect(tablesIn("db.get('SELECT plate FROM event WHERE id = 1')")).toEqual(['event']);
  expect(tablesIn("const t = 'people'; db.run(`UPDATE ${table} SET x = 1`)")).toEqual(['people']);
  expect(tablesIn("db.all('SELECT * FROM alert_events')")).toEqual([]);
});

test('passages are never asked for without a purpose', () => {
  const calls = files.flatMap(({ file, text }) =>
    [...text.matchAll(/\.(passages|read|readEvents)\(\{?[^;]*?\)/gs)]
      .filter(([call, name]) => name === 'passages' || /'passage'/.test(call))
      .map(([call]) => ({ file, call })),
  );
  expect(calls.length).toBeGreaterThan(1);
  for (const { file, call } of calls) {
    const purpose = /purpose: '(\w+)'/.exec(call)?.[1];
    expect(Object.keys(purposes), `${file}: ${call}`).toContain(purpose);
  }
});

test('no file brings what is kept of people together with the loads of houses', () => {
  // Two files, two connections: what SQL cannot join, code would have to.
  expect(files.filter(({ text }) => /\bATTACH\b/.test(text)).map(({ file }) => file)).toEqual([]);
  const both = files.filter(
    ({ text }) =>
      /\.passages\(|kind: 'passage'/.test(text) && /\.(quarters|maxima|curve)\(/.test(text),
  );
  expect(both.map(({ file }) => file)).toEqual([]);
});
