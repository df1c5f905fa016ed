import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the C compiler makes for a run: the load generator and the slow disk. */
export interface Tools {
  readonly load: string;
  readonly slowFlush: string;
}

/** Compiles both into `folder`; null where there is no C compiler. */
export function compileTools(folder: string): Tools | null {
  const load = join(folder, 'load');
  const slowFlush = join(folder, 'slow-flush.so');
  const cc = (...args: string[]) => spawnSync('cc', ['-O2', ...args]).status === 0;
  const done =
    cc('-o', load, sourceOf('load.c')) &&
    cc('-shared', '-fPIC', '-o', slowFlush, sourceOf('slow-flush.c'), '-ldl');
  return done ? { load, slowFlush } : null;
}

/** A C source lies beside this file, or where the build left it. */
export function sourceOf(name: string): string {
  for (const place of [`./${name}`, `../../../../deploy/trials/bench/${name}`]) {
    const file = fileURLToPath(new URL(place, import.meta.url));
    if (existsSync(file)) return file;
  }
  throw new Error(`${name} is missing`);
}
