import type { Sqlite } from '../store/sqlite.ts';

/** Brings what commits have written from the WAL into the file, so that the one stays short. Nobody waits for it. */
export interface WriteBack {
  /** A commit wrote a blob of so many bytes. */
  wrote(bytes: number): void;
  /** Writes back if it is time; called about once a second. Throws SqliteError. */
  look(): Promise<void>;
}

/** What a commit writes beside its readings: parts of pages, about. */
const commitBytes = 2048;
/** The WAL is written back when it has grown by so much. */
const checkpointBytes = 4 * 1024 * 1024;
/** A WAL of this length has not begun anew for long. */
const longWalBytes = 8 * 1024 * 1024;

/** `reader` does the work, a second connection to the file of `load`. */
export function createWriteBack({
  load,
  reader,
  walBytes,
}: {
  readonly load: Pick<Sqlite, 'get'>;
  readonly reader: Pick<Sqlite, 'get'>;
  readonly walBytes: () => number;
}): WriteBack {
  let unsavedBytes = walBytes();
  return {
    wrote(bytes) {
      unsavedBytes += bytes + commitBytes;
    },
    async look() {
      // By what was written here, since a short WAL keeps its length; a long one has frames of the packing too.
      const isLong = walBytes() > longWalBytes;
      if (unsavedBytes < checkpointBytes && !isLong) return;
      unsavedBytes = 0;
      await reader.get('PRAGMA wal_checkpoint(PASSIVE)');
      if (!isLong) return;
      // Commits that came meanwhile keep the WAL from beginning anew: what came during the first checkpoint is
      // written back by a second, and what came during that, a few pages, where no commit can come between.
      await reader.get('PRAGMA wal_checkpoint(PASSIVE)');
      await load.get('PRAGMA wal_checkpoint(PASSIVE)');
    },
  };
}
