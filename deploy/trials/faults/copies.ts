import { cpSync, existsSync, rmSync } from 'node:fs';

/** The keys lie beside the store, outside of it. */
const tails = ['', '.keys'];

export function copyStore(from: string, to: string): void {
  for (const tail of tails) {
    if (existsSync(from + tail)) cpSync(from + tail, to + tail, { recursive: true });
  }
}

export function removeStore(dataDir: string): void {
  for (const tail of tails) rmSync(dataDir + tail, { recursive: true, force: true });
}
