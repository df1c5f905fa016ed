import type { PowerReading, Reading, ReadingKind } from '../../drivers/reading.ts';

/** How many times of a device are remembered, to know a message that comes again. */
export const rememberedTimes = 1024;

/** What each device said last: for duplicates, and for whoever wants the newest value. */
export interface Recent {
  /** The place of a device: small numbers from 0, in the order in which devices first spoke. */
  placeOf(device: string): number;
  deviceOf(place: number): string;
  /** True the first time; false where this device said something at this time before. */
  isNew(place: number, atMs: number): boolean;
  /** The reading was not kept after all: it may come again. */
  forget(place: number, atMs: number): void;
  remember(reading: Reading): void;
  latest(device: string, kind: ReadingKind): Reading | undefined;
}

interface Known {
  readonly device: string;
  lastMs: number;
  readonly ring: number[];
  next: number;
  load: PowerReading | undefined;
}

export function createRecent(): Recent {
  const places = new Map<string, number>();
  const known: Known[] = [];
  const events = new Map<string, Reading>();
  const placeOf = (device: string): number => {
    const place = places.get(device);
    if (place !== undefined) return place;
    places.set(device, known.length);
    known.push({
      device,
      lastMs: Number.NEGATIVE_INFINITY,
      ring: [],
      next: 0,
      load: undefined,
    });
    return known.length - 1;
  };
  const at = (place: number) => known[place] as Known;
  const keyOf = (device: string, kind: ReadingKind) => `${kind}/${device}`;

  return {
    placeOf,
    deviceOf: (place) => at(place).device,
    isNew(place, atMs) {
      const one = at(place);
      // As a rule time goes on, and nothing has to be searched.
      if (atMs > one.lastMs) one.lastMs = atMs;
      else if (one.ring.includes(atMs)) return false;
      one.ring[one.next] = atMs;
      one.next = (one.next + 1) % rememberedTimes;
      return true;
    },
    forget(place, atMs) {
      const { ring } = at(place);
      const found = ring.lastIndexOf(atMs);
      if (found >= 0) ring[found] = Number.NaN;
    },
    remember(reading) {
      if (reading.kind === 'power') {
        const one = at(placeOf(reading.device));
        if (one.load === undefined || reading.atMs >= one.load.atMs) one.load = reading;
        return;
      }
      const key = keyOf(reading.device, reading.kind);
      const before = events.get(key);
      if (before === undefined || reading.atMs >= before.atMs) events.set(key, reading);
    },
    latest: (device, kind) =>
      kind === 'power' ? known[places.get(device) ?? -1]?.load : events.get(keyOf(device, kind)),
  };
}
