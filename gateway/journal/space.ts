import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** Share of free space below which the disk is told of: at 20 % there is still room to repair. */
export const lowSpaceShare = 0.2;
/** It is well again only with a little more. */
const enoughShare = 0.22;
/** With so much free nothing is short, whatever the share: the readings of 473 meters for the 90 days that they are kept. */
const plentyBytes = 20e9;

/** Whether the disk is so full that somebody should come; `was` so at the last look. */
export function isLow(freeBytes: number, diskBytes: number, was: boolean): boolean {
  return freeBytes < plentyBytes && freeBytes / diskBytes < (was ? enoughShare : lowSpaceShare);
}

/** How full the disk is. Below the reserve nothing new is accepted: what is there must stay repairable. */
export interface Space {
  freeBytes(): number;
  /** How large the disk is; free and taken. */
  diskBytes(): number;
  storedBytes(): number;
  walBytes(): number;
  /** Why nothing may be accepted; null while there is room. */
  refusal(): string | null;
  /** Looks again; called about once a second. */
  look(): Promise<void>;
}

/** Accepting begins again only with a little more room than refusing did: no flapping at the edge. */
const again = 1.05;

/** So much must be free on the disk itself: logs and gate.db grow whatever is free inside of load.db. */
const leastBytes = 64e6;

/** `inside` tells how much is free within the store's file: what was deleted there is written again before the file grows. */
export async function watchSpace(
  dataDir: string,
  reserveBytes: number,
  inside: () => Promise<number> = async () => 0,
): Promise<Space> {
  let free = Number.MAX_SAFE_INTEGER;
  let size = Number.MAX_SAFE_INTEGER;
  let stored = 0;
  let wal = 0;
  let full = false;
  const sizeOf = async (name: string) => {
    try {
      return (await stat(join(dataDir, name))).size;
    } catch {
      // A file that is not there (yet) has no size.
      return 0;
    }
  };
  const look = async () => {
    const disk = await statfs(dataDir);
    free = disk.bavail * disk.bsize;
    size = disk.blocks * disk.bsize;
    wal = await sizeOf('load.db-wal');
    stored =
      wal + (await sizeOf('load.db')) + (await sizeOf('gate.db')) + (await sizeOf('gate.db-wal'));
    const more = full ? again : 1;
    full =
      free + (await inside()) < reserveBytes * more ||
      free < Math.min(reserveBytes, leastBytes) * more;
  };
  await look();
  return {
    freeBytes: () => free,
    diskBytes: () => size,
    storedBytes: () => stored,
    walBytes: () => wal,
    refusal: () => (full ? `only ${Math.round(free / 1e6)} MB are free` : null),
    look,
  };
}
