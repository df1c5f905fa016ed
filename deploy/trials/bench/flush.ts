import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { median } from './median.ts';

const blockBytes = 4096;
/** As long as a WAL is before it begins anew, blocks. */
const fileBlocks = 1000;
const flushes = 400;

/** What one flush of this disk takes, ms: 4 KB written one behind the other, each flushed. The F of all goals. */
export function measureFlush(folder: string): number {
  const file = openSync(join(folder, 'flush'), 'w');
  try {
    const block = Buffer.alloc(blockBytes, 1);
    const tookMs: number[] = [];
    for (let i = 0; i < flushes; i += 1) {
      writeSync(file, block, 0, blockBytes, (i % fileBlocks) * blockBytes);
      const beganMs = performance.now();
      fsyncSync(file);
      tookMs.push(performance.now() - beganMs);
    }
    return median(tookMs);
  } finally {
    closeSync(file);
  }
}
