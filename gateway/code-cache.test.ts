import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { createCodeLoader, readCache } from './code-cache.ts';

function program(text = 'exports.hello = (name) => require("./words.cjs").words[0] + name;') {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-code-'));
  writeFileSync(join(folder, 'program.cjs'), text);
  writeFileSync(
    join(folder, 'words.cjs'),
    'exports.words = ["hello "]; exports.base = require("node:path").basename(__filename);',
  );
  return { folder, file: join(folder, 'program.cjs') };
}

const caches = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.cache'));

test('a file and what it asks for are loaded, and what was compiled lies beside them for the next start', () => {
  const { folder, file } = program();
  for (let start = 0; start < 2; start += 1) {
    const code = createCodeLoader();
    const loaded = code.load(file) as { hello: (name: string) => string };
    expect(loaded.hello('box')).toBe('hello box');
    expect(code.load(file)).toBe(loaded);
    code.keep();
    expect(caches(folder)).toHaveLength(2);
  }
});

test('compiled code that a power cut left half written is not taken, and written anew', () => {
  const { folder, file } = program();
  const first = createCodeLoader();
  first.load(file);
  first.keep();
  const cache = join(folder, caches(folder).find((name) => name.startsWith('program')) ?? '');
  const whole = readFileSync(cache);
  const sum = crc32(readFileSync(file));
  for (const torn of [
    whole.subarray(0, whole.length / 2),
    Buffer.alloc(whole.length),
    Buffer.alloc(0),
  ]) {
    writeFileSync(cache, torn);
    expect(readCache(cache, sum)).toBeNull();
    const code = createCodeLoader();
    expect((code.load(file) as { hello: (name: string) => string }).hello('x')).toBe('hello x');
    code.keep();
    expect(readCache(cache, sum)).not.toBeNull();
  }
});

test('a program that was changed is compiled, whatever lies beside it', () => {
  const { file } = program();
  const first = createCodeLoader();
  first.load(file);
  first.keep();
  // Of the same length: V8 alone would take the old one.
  const before = readFileSync(file, 'utf8');
  writeFileSync(file, before.replace('+ name', '+ 1234'));
  const changed = createCodeLoader().load(file) as { hello: (name: string) => string };
  expect(changed.hello('box')).toBe('hello 1234');
});

test('where the folder does not let it write, the program runs all the same', () => {
  const { folder, file } = program('exports.on = true;');
  const code = createCodeLoader();
  expect(code.load(file)).toEqual({ on: true });
  // A folder that is gone refuses root too.
  rmSync(folder, { recursive: true });
  expect(() => code.keep()).not.toThrow();
});
