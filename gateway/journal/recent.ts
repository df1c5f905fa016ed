import type { PowerReading, Reading, ReadingKind } from '../../drivers/reading.ts';

/** How many times of a device are remembered, to know a message that comes again. */
export const rememberedTimes = 1024;

/** What each device said last: for duplicates, and for whoever wants the newest value. */
export interface Recent {
  /** True the first time; false where this device said something at this time before. */
  isNew(reading: PowerReading): boolean;
  /** The reading was not kept after all: it may come again. */
  forget(reading: PowerReading): void;
  remember(reading: Reading): void;
  latest(device: string, kind: ReadingKind): Reading | undefined;
}

interface Times {
  lastMs: number;
  ring: number[];
  next: number;
}

export function createRecent(): Recent {
  const times = new Map<string, Times>();
  const latest: Record<ReadingKind, Map<string, Reading>> = {
    power: new Map(),
    passage: new Map(),
    barrier: new Map(),
    presence: new Map(),
    status: new Map(),
  };
  return {
    isNew({ device, atMs }) {
      let known = times.get(device);
      if (!known) {
        known = { lastMs: Number.NEGATIVE_INFINITY, ring: [], next: 0 };
        times.set(device, known);
      }
      // As a rule time goes on, and nothing has to be searched.
      if (atMs > known.lastMs) known.lastMs = atMs;
      else if (known.ring.includes(atMs)) return false;
      known.ring[known.next] = atMs;
      known.next = (known.next + 1) % rememberedTimes;
      return true;
    },
    forget({ device, atMs }) {
      const known = times.get(device);
      const at = known?.ring.lastIndexOf(atMs) ?? -1;
      if (known && at >= 0) known.ring[at] = Number.NaN;
    },
    remember(reading) {
      const map = latest[reading.kind];
      const before = map.get(reading.device);
      if (before === undefined || reading.atMs >= before.atMs) map.set(reading.device, reading);
    },
    latest: (device, kind) => latest[kind].get(device),
  };
}
