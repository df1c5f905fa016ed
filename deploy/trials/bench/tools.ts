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
    cc('-o', load, sourceOf('bench', 'load.c')) &&
    cc('-shared', '-fPIC', '-o', slowFlush, sourceOf('bench', 'slow-flush.c'), '-ldl');
  return done ? { load, slowFlush } : null;
}

/** A trial's C source lies beside it, or where the build left it. */
export function sourceOf(trial: string, name: string): string {
  for (const trials of ['..', '../../../../deploy/trials']) {
    const file = fileURLToPath(new URL(`${trials}/${trial}/${name}`, import.meta.url));
    if (existsSync(file)) return file;
  }
  throw new Error(`${name} is missing`);
}
