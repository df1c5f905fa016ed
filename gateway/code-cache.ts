import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';

/** Loads the files that the build made, with what V8 compiled of them some run before. */
export interface CodeLoader {
  /** The exports of a CommonJS file. */
  load(file: string): unknown;
  /** Keeps what is compiled by now, beside each file that had nothing of use. Never throws. */
  keep(): void;
}

interface Loaded {
  readonly script: Script;
  readonly cacheFile: string;
  readonly sum: number;
  readonly fresh: boolean;
}

/** Files of the build ask for one another by this; everything else is Node's. */
const ours = /^\.\.?\/.*\.cjs$/;
const sumBytes = 4;

/**
 * Compiling takes a fifth of a start. V8 itself refuses code of another version, of other flags or for another
 * processor, but neither what a power cut left half written nor that of a source of the same length: so there is a
 * sum in front. The files hold ASCII only.
 */
export function createCodeLoader(): CodeLoader {
  const modules = new Map<string, { exports: unknown }>();
  const loaded: Loaded[] = [];
  const tag = cachedDataVersionTag().toString(16);

  const load = (file: string): unknown => {
    const known = modules.get(file);
    if (known) return known.exports;
    const module: { exports: unknown } = { exports: {} };
    modules.set(file, module);
    const cacheFile = `${file}.${tag}.cache`;
    const source = readFileSync(file);
    const sum = crc32(source);
    const cachedData = readCache(cacheFile, sum);
    const script = new Script(
      `(function (exports, require, module, __filename, __dirname) {${source.toString('latin1')}\n})`,
      { filename: file, ...(cachedData ? { cachedData } : {}) },
    );
    loaded.push({
      script,
      cacheFile,
      sum,
      fresh: cachedData === null || script.cachedDataRejected === true,
    });
    const folder = dirname(file);
    const nodes = createRequire(file);
    const require = (name: string) => (ours.test(name) ? load(join(folder, name)) : nodes(name));
    script.runInThisContext().call(module.exports, module.exports, require, module, file, folder);
    return module.exports;
  };

  return {
    load,
    keep() {
      for (const { script, cacheFile, sum, fresh } of loaded) {
        if (fresh) writeCache(cacheFile, script.createCachedData(), sum);
      }
    },
  };
}

/** What `writeCache` wrote for the source of this sum; null where there is none, or not all of it. */
export function readCache(file: string, sourceSum: number): Buffer | null {
  try {
    const bytes = readFileSync(file);
    const code = bytes.subarray(sumBytes);
    return code.length > 0 && crc32(code, sourceSum) === bytes.readUInt32LE(0) ? code : null;
  } catch {
    return null;
  }
}

export function writeCache(file: string, code: Uint8Array, sourceSum: number): void {
  const sum = Buffer.alloc(sumBytes);
  sum.writeUInt32LE(crc32(code, sourceSum));
  const beside = `${file}.${process.pid}`;
  try {
    writeFileSync(beside, Buffer.concat([sum, code]));
    renameSync(beside, file);
  } catch {
    // The program's folder is read-only, as it should be on a box: the build has left its own.
  }
}
