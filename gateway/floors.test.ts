import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const floors = ['drivers', 'rules', 'gateway', 'simulators', 'deploy'] as const;

/** What each floor may import of ours. The command line alone may start the simulators. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  drivers: ['drivers'],
  rules: ['rules', 'drivers/reading.ts', 'drivers/text.ts'],
  gateway: ['gateway', 'rules', 'drivers'],
  'gateway/commands': ['gateway', 'rules', 'drivers', 'simulators'],
  simulators: ['simulators', 'drivers'],
  deploy: floors,
};

interface Source {
  readonly file: string;
  readonly text: string;
  readonly imports: readonly string[];
}

function sources(folder: string): Source[] {
  const found: Source[] = [];
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const file = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== 'samples') found.push(...sources(file));
    else if (/\.tsx?$/.test(entry.name)) found.push(source(file));
  }
  return found;
}

function source(file: string): Source {
  const text = readFileSync(join(root, file), 'utf8');
  const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, path]) =>
    relative(root, resolve(root, dirname(file), path ?? '')),
  );
  return { file, text, imports };
}

const all = floors.flatMap(sources);
const isTest = ({ file }: Source) => file.endsWith('.test.ts') || file.endsWith('.test.tsx');
const code = all.filter((one) => !isTest(one));
const within = (file: string, places: readonly string[]) =>
  places.some((place) => file === place || file.startsWith(`${place}/`));

test('imports point down: no floor knows the one above it', () => {
  const wrong = code.flatMap(({ file, imports }) => {
    const floor = file.startsWith('gateway/commands/')
      ? 'gateway/commands'
      : (file.split('/')[0] ?? '');
    const places = allowed[floor] ?? [];
    return imports
      .filter((target) => !within(target, places))
      .map((target) => `${file} -> ${target}`);
  });
  expect(wrong).toEqual([]);
});

test('drivers and rules are pure: no clock, disk, network, timer, process or randomness', () => {
  const impure =
    /\bDate\.now\(|new Date\(\)|\bperformance\.|Math\.random|\bsetTimeout|\bsetInterval|\bsetImmediate|\bprocess\.|\bfetch\(|from 'node:(?!buffer')|require\(/;
  const wrong = code.filter(
    ({ file, text }) => within(file, ['drivers', 'rules']) && impure.test(text),
  );
  expect(wrong.map(({ file }) => file)).toEqual([]);
});

test('no imports in a circle, not even of types', () => {
  const graph = new Map(code.map(({ file, imports }) => [file, imports]));
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]) => {
    if (path.includes(file)) {
      circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      return;
    }
    if (done.has(file)) return;
    for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  expect(circles).toEqual([]);
});

test('no default exports, no folder called common, utils, helpers or types', () => {
  const exports = code.filter(
    ({ file, text }) => /^export default/m.test(text) && !file.endsWith('.config.ts'),
  );
  expect(exports.map(({ file }) => file)).toEqual([]);
  expect(all.filter(({ file }) => /\/(common|utils?|helpers?|types)\//.test(file))).toEqual([]);
});

test('only the store speaks to sqlite3', () => {
  const wrong = code.filter(
    ({ file, text }) => /from 'sqlite3'/.test(text) && file !== 'gateway/store/sqlite.ts',
  );
  expect(wrong.map(({ file }) => file)).toEqual([]);
});
