/** What waits for the disk, and when the next group of it goes. One group at a time; meanwhile the next gathers. */
export interface Gather<Item> {
  /** `count` readings of `bytes`. Urgent: it has waited already, and no more is gathered. False where it would be too much. */
  add(item: Item, count: number, bytes: number, urgent?: boolean): boolean;
  readings(): number;
  bytes(): number;
  /** True while nothing waits and nothing is being written. */
  isIdle(): boolean;
  /** Writes what waits without gathering any longer; resolves when all of it is written. */
  drain(): Promise<void>;
}

export interface GatherParts<Item, Lot> {
  /** How long a commit may gather when nothing is being written, ms; 0 commits at once. */
  readonly windowMs: number;
  readonly maxReadings: number;
  readonly maxBytes: number;
  /** A lot for the next group, and what puts an item into it. */
  readonly open: () => Lot;
  readonly put: (lot: Lot, item: Item) => void;
  /** Writes one group; never rejects. */
  readonly write: (lot: Lot) => Promise<void>;
}

interface Waiting<Lot> {
  readonly lot: Lot;
  count: number;
  bytes: number;
}

/** Readings in one group: a longer one would delay its own acknowledgements. */
export const maxGroup = 8192;
/** This many waiting readings do not gather any longer; for each ms of the window, and at least. */
const fullPerMs = 6;
const fullLeast = 64;
/**
 * After a slow flush, senders that wait for their answers send again at once. A flush that began before they could would
 * leave two half groups taking turns: twice the flushes, and each waits for the other's. So there is a rest of a share of
 * the flush, as long as more of them come back from look to look. It is given up when it did not pay, since readings
 * that come at their own pace are only delayed by it, and tried again now and then. Behind a quick flush two groups in
 * turns are better: one is flushed while the other is read (a tenth more readings a second).
 */
const slowFromMs = 4;
const firstLook = 1 / 4;
const nextLook = 1 / 8;
const looks = 3;
const tryAgainAfter = 16;
/** The rest has paid when so much of what was in flight is there again. */
const nearlyAll = 0.9;
/** So much of it must come from look to look. */
const coming = 0.1;

export function createGather<Item, Lot>(parts: GatherParts<Item, Lot>): Gather<Item> {
  const { windowMs, maxReadings, maxBytes, put } = parts;
  const full = Math.max(fullLeast, windowMs * fullPerMs);
  /** The last one is still being filled. */
  const waiting: Waiting<Lot>[] = [];
  let readings = 0;
  let bytes = 0;
  let urgent = false;
  let writing = false;
  let draining = false;
  let timer: NodeJS.Timeout | null = null;
  /** With so many waiting the rest after a flush is over; null: no rest. */
  let restUntil: number | null = null;
  let groupsWithoutRest = 0;
  let pays = true;
  const waiters: Array<() => void> = [];

  const go = async () => {
    const next = waiting.shift();
    if (next === undefined) {
      writing = false;
      return;
    }
    readings -= next.count;
    bytes -= next.bytes;
    urgent = false;
    const beganMs = performance.now();
    await parts.write(next.lot);
    writing = false;
    rest(next.count, performance.now() - beganMs);
    if (waiting.length === 0) {
      for (const told of waiters.splice(0)) told();
    }
  };

  /** After a group of `count`: waits for its senders, or goes on with what came meanwhile. */
  const rest = (count: number, tookMs: number) => {
    groupsWithoutRest += 1;
    const worth = tookMs >= slowFromMs && (pays || groupsWithoutRest > tryAgainAfter);
    if (!worth || readings >= maxGroup || draining) {
      schedule();
      return;
    }
    groupsWithoutRest = 0;
    restUntil = Math.min(maxGroup, Math.max(1, Math.floor((count + readings) * nearlyAll)));
    if (readings >= restUntil) schedule();
    else look(restUntil, tookMs, looks);
  };

  const look = (until: number, tookMs: number, left: number) => {
    const before = readings;
    timer = setTimeout(
      () => {
        timer = null;
        if (left > 1 && readings - before >= until * coming) look(until, tookMs, left - 1);
        else giveUp();
      },
      tookMs * (left === looks ? firstLook : nextLook),
    );
  };

  const giveUp = () => {
    pays = false;
    restUntil = null;
    schedule();
  };

  const start = () => {
    if (timer) clearTimeout(timer);
    timer = null;
    writing = true;
    void go();
  };

  const schedule = () => {
    if (writing || waiting.length === 0) return;
    if (restUntil !== null && !draining) {
      if (readings < restUntil) return;
      pays = true;
      restUntil = null;
    } else if (windowMs > 0 && readings < full && !draining && !urgent) {
      timer ??= setTimeout(start, windowMs);
      return;
    }
    if (timer) clearTimeout(timer);
    timer = null;
    writing = true;
    // Whatever this turn of the event loop still reads goes along.
    setImmediate(() => void go());
  };

  return {
    add(item, count, itemBytes, isUrgent = false) {
      if (readings + count > maxReadings || bytes + itemBytes > maxBytes) return false;
      let last = waiting.at(-1);
      if (last === undefined || last.count >= maxGroup) {
        last = { lot: parts.open(), count: 0, bytes: 0 };
        waiting.push(last);
      }
      put(last.lot, item);
      last.count += count;
      last.bytes += itemBytes;
      readings += count;
      bytes += itemBytes;
      if (isUrgent) urgent = true;
      schedule();
      return true;
    },
    readings: () => readings,
    bytes: () => bytes,
    isIdle: () => !writing && waiting.length === 0,
    async drain() {
      draining = true;
      schedule();
      while (writing || waiting.length > 0) {
        await new Promise<void>((resolve) => waiters.push(resolve));
      }
    },
  };
}
