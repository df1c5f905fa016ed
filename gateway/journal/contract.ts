import type { PassageReading, PowerReading, Reading, ReadingKind } from '../../drivers/reading.ts';
import type { Purpose } from '../privacy/purposes.ts';

/** What became durable together: one flush. */
export interface Group {
  /** Position in the journal; grows by one. */
  readonly seq: number;
  /** The box's wall time when it was sealed, ms. */
  readonly atMs: number;
  /** The box's wall clock was set by this much since the group before; 0 as a rule. */
  readonly stepMs: number;
  /** True: the first group after a start. */
  readonly start: boolean;
  /**
   * In the order of the fold: power first, then the events, each as they came. Duplicates are gone already. Of a group
   * that has just been kept they are made one by one as they are asked for, and only while it is told.
   */
  readonly readings: Iterable<Reading>;
  /** Those that are no power readings. */
  readonly events: readonly Reading[];
}

/** A group as it was read back. */
export interface StoredGroup extends Group {
  readonly readings: readonly Reading[];
}

/** A message that could not be read, and why. The payload is cut at 4 KB; what may name a person or a plate has none. */
export interface Quarantined {
  readonly device: string;
  readonly atMs: number;
  readonly topic: string;
  readonly reason: string;
  readonly bytes: number;
  readonly payload?: Uint8Array;
}

/** One point of a curve: a bucket of time with its lowest, mean and highest. */
export interface CurvePoint {
  readonly atMs: number;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  /** Readings in the bucket. */
  readonly n: number;
}

/** A quarter of an hour of one figure; the mean is rounded to three digits behind the point. */
export interface Rolled {
  readonly n: number;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
}

/** A quarter of an hour of one device. */
export interface Quarter {
  /** Its start, ms UTC. */
  readonly atMs: number;
  /** Imported less fed back energy, from power and time, Wh. */
  readonly energyWh: number;
  /** Share of the quarter that readings cover, 0..1. */
  readonly completeness: number;
  readonly figures: Readonly<Partial<Record<CurveChannel, Rolled>>>;
}

/** Quarters of one day of one device; `atMs[i]` is the start of the quarter of `max[i]`. */
export interface Maxima {
  readonly atMs: Float64Array;
  readonly max: Float64Array;
}

export type CurveChannel =
  | 'powerW'
  | 'currentA'
  | 'l1A'
  | 'l2A'
  | 'l3A'
  | 'voltageV'
  | 'residualMa'
  | 'temperatureC';

/** What the journal tells of itself. */
export interface JournalStats {
  readonly healthy: boolean;
  /** Why it refuses; absent while healthy. */
  readonly refusing?: string;
  readonly seq: number;
  readonly commits: number;
  readonly readings: Readonly<Record<ReadingKind, number>>;
  readonly quarantined: number;
  readonly duplicates: number;
  readonly pendingReadings: number;
  readonly pendingBytes: number;
  /** Blocks that could not be read since the start: what was in them is lost. */
  readonly damaged: number;
  readonly freeBytes: number;
  readonly diskBytes: number;
  readonly storedBytes: number;
}

/** The only truth: what devices said, on the disk before anybody says "acknowledged". */
export interface Journal {
  /**
   * Keeps readings. `done(null)` comes after the flush, in the order of the calls; loads overtake calls with events,
   * which are flushed twice. `done(error)` when the disk refuses: then nothing of this call was kept and nothing may
   * be acknowledged.
   */
  append(readings: readonly Reading[], done: (error: Error | null) => void): void;
  /** Keeps what could not be read, in the same order as events. */
  quarantine(message: Quarantined, done: (error: Error | null) => void): void;
  /** Seals a group without readings, so that time passes for the rules when no device speaks. */
  tick(): void;
  /** Called after each flush and after the acknowledgements, in order of `seq`. */
  onGroup(listener: (group: Group) => void): void;
  /** Called after each flush: how long it took, s. */
  onFlush(listener: (seconds: number) => void): void;
  /** Groups from `fromSeq` on, in order; what rules fold at a start. */
  groups(fromSeq: number): AsyncIterable<StoredGroup>;
  /** Readings that wait for the disk. */
  waiting(): number;
  /** The last group on the disk; 0 when empty. Numbers grow, and some are left out. */
  lastSeq(): number;
  /** Latest reading of each device and kind, from memory. */
  latest(device: string, kind: ReadingKind): Reading | undefined;
  /** Stored readings, oldest first, without duplicates. Passages are read for a purpose, or not at all (PR-07). */
  read(query: {
    readonly kind: ReadingKind;
    readonly purpose?: Purpose;
    readonly fromMs?: number;
    readonly toMs?: number;
    readonly device?: string;
  }): AsyncIterable<Reading>;
  readQuarantine(query: {
    readonly fromMs?: number;
    readonly toMs?: number;
    readonly device?: string;
  }): AsyncIterable<Quarantined>;
  /** At most `maxPoints` buckets; min and max are kept, gaps stay gaps (no bucket). */
  curve(query: {
    readonly devices: readonly string[];
    readonly channel: CurveChannel;
    readonly fromMs: number;
    readonly toMs: number;
    readonly maxPoints: number;
  }): Promise<readonly CurvePoint[]>;
  /** Quarters of an hour of the past, by device; all devices and figures if not chosen. The running hour is not among them. */
  quarters(query: {
    readonly fromMs: number;
    readonly toMs: number;
    readonly devices?: readonly string[];
    readonly channel?: CurveChannel;
  }): Promise<ReadonlyMap<string, readonly Quarter[]>>;
  /** Highest value of each quarter of an hour of the past, by device, in columns: quick for all meters at once; all devices if not chosen. */
  maxima(query: {
    readonly fromMs: number;
    readonly toMs: number;
    readonly devices?: readonly string[];
    readonly channel: CurveChannel;
  }): Promise<ReadonlyMap<string, readonly Maxima[]>>;
  /** Passages of a lane between two times, plates left out. */
  passages(query: {
    readonly fromMs: number;
    readonly toMs: number;
    readonly lane?: string;
    readonly purpose: Purpose;
  }): Promise<readonly Omit<PassageReading, 'plate'>[]>;
  stats(): JournalStats;
  /** Flushes what waits, then closes. */
  close(): Promise<void>;
}

export type { PassageReading, PowerReading, Reading };
