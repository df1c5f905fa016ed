import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** How full the disk is. Below the reserve nothing new is accepted: what is there must stay repairable. */
export interface Space {
  freeBytes(): number;
  storedBytes(): number;
  walBytes(): number;
  /** Why nothing may be accepted; null while there is room. */
  refusal(): string | null;
  /** Looks again; called about once a second. */
  look(): Promise<void>;
}

/** Accepting begins again only with a little more room than refusing did: no flapping at the edge. */
const again = 1.05;

export async function watchSpace(dataDir: string, reserveBytes: number): Promise<Space> {
  let free = Number.MAX_SAFE_INTEGER;
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
    wal = await sizeOf('load.db-wal');
    stored =
      wal + (await sizeOf('load.db')) + (await sizeOf('gate.db')) + (await sizeOf('gate.db-wal'));
    full = free < reserveBytes * (full ? again : 1);
  };
  await look();
  return {
    freeBytes: () => free,
    storedBytes: () => stored,
    walBytes: () => wal,
    refusal: () => (full ? `only ${Math.round(free / 1e6)} MB are free` : null),
    look,
  };
}
