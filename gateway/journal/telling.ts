import type { Reading } from '../../drivers/reading.ts';
import type { Group } from './contract.ts';
import type { EventReading } from './events.ts';
import type { Recent } from './recent.ts';
import { type Rows, readingsOf } from './rows.ts';

/** A group on the disk, with its loads still as figures. */
export interface Kept extends Pick<Group, 'seq' | 'atMs' | 'stepMs' | 'start'> {
  readonly rows: Rows;
  readonly events: readonly EventReading[];
}

/** Tells of groups that are on the disk and answered, in order. */
export interface Telling {
  onGroup(listener: (group: Group) => void): void;
  /** It is told with the next `now`, or after a moment where none follows. */
  add(kept: Kept): void;
  now(): void;
}

const tellMs = 2;

/** `release` gets the rows of a group that was told: they may be used again. */
export function createTelling(
  recent: Pick<Recent, 'deviceOf' | 'remember'>,
  release: (rows: Rows) => void,
): Telling {
  const listeners: Array<(group: Group) => void> = [];
  let untold: Kept[] = [];
  let timer: NodeJS.Timeout | null = null;

  const now = () => {
    if (timer) clearTimeout(timer);
    timer = null;
    const groups = untold;
    untold = [];
    for (const kept of groups) {
      tell(kept);
      release(kept.rows);
    }
  };

  const tell = ({ rows, events, ...head }: Kept) => {
    let isRead = false;
    let isOver = false;
    const readings = {
      *[Symbol.iterator](): Generator<Reading, void> {
        if (isOver) throw new Error('The readings of a group are there only while it is told');
        isRead = true;
        for (const reading of readingsOf(rows, recent.deviceOf)) {
          recent.remember(reading);
          yield reading;
        }
        for (const event of events) {
          recent.remember(event);
          yield event;
        }
      },
    };
    for (const listener of listeners) {
      try {
        listener({ ...head, readings, events });
      } catch (error) {
        // A fault of the listener, not of the write that is under way: it ends the process, not the promise.
        setImmediate(() => {
          throw error;
        });
      }
    }
    // Whoever wants the newest reading wants it also where no rule listened.
    if (!isRead) Array.from(readings);
    isOver = true;
  };

  return {
    onGroup: (listener) => void listeners.push(listener),
    add(kept) {
      untold.push(kept);
      timer ??= setTimeout(now, tellMs);
    },
    now,
  };
}
