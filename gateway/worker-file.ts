import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The file of a worker thread: beside the file at `besideUrl`, as the compiler wrote it or as the build packed it.
 * Undefined where there are sources only: Node 20 runs no TypeScript in a worker.
 */
export const workerFile = (name: string, besideUrl: string): string | undefined =>
  [`./${name}.cjs`, `./${name}.js`]
    .map((file) => fileURLToPath(new URL(file, besideUrl)))
    .find(existsSync);
