import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const sector = 512;

/** `drop`: whatever was not flushed is gone. `mix`: each sector of it is there or not, files too: torn, in any order. */
export type CutMode = 'drop' | 'mix';

/**
 * Turns a data directory into what a power cut would have left of it. `kept` holds each file as of its last
 * flush (deploy/trials/faults/disk.c). `random` gives 0..1.
 */
export function cutPower(dataDir: string, kept: string, mode: CutMode, random: () => number): void {
  const filesOf = (folder: string) =>
    readdirSync(folder).filter(
      (name) => !name.endsWith('.part') && statSync(join(folder, name)).isFile(),
    );
  for (const name of filesOf(dataDir)) if (name.endsWith('-shm')) rmSync(join(dataDir, name));
  for (const name of new Set([...filesOf(dataDir), ...filesOf(kept)])) {
    const [now, flushed] = [join(dataDir, name), join(kept, name)];
    const coin = () => mode === 'mix' && random() < 0.5;
    if (!existsSync(flushed)) {
      if (!coin()) rmSync(now);
    } else if (!existsSync(now)) {
      // Deleted, but not for certain.
      if (mode === 'drop' || coin()) copyFileSync(flushed, now);
    } else if (mode === 'drop') copyFileSync(flushed, now);
    else writeFileSync(now, torn(readFileSync(flushed), readFileSync(now), random));
  }
  // What is there now is what the disk holds: the next life starts from it.
  for (const name of filesOf(kept)) rmSync(join(kept, name));
  for (const name of filesOf(dataDir)) copyFileSync(join(dataDir, name), join(kept, name));
}

function torn(flushed: Buffer, now: Buffer, random: () => number): Buffer {
  const length = random() < 0.5 ? flushed.length : now.length;
  const mixed = Buffer.alloc(length);
  flushed.copy(mixed);
  for (let at = 0; at < length; at += sector) {
    const written = now.subarray(at, at + sector);
    if (random() < 0.5) written.copy(mixed, at);
  }
  return mixed;
}

export function keptFolder(folder: string): string {
  const kept = join(folder, 'kept');
  mkdirSync(kept, { recursive: true });
  return kept;
}
