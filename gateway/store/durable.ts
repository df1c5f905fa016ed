import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Writes a new small file so that it survives a power cut: its bytes flushed, and its name in the folder too. */
export function writeDurably(file: string, text: string, flag: 'w' | 'wx' = 'w'): void {
  const handle = openSync(file, flag, 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  const folder = openSync(dirname(file), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
