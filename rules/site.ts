import type { ReadingKind } from '../drivers/reading.ts';

/** What a circuit may carry. Every field comes from the survey of the house; absent means unknown. */
export interface Limits {
  /** What the supply contract allows, A per phase. */
  readonly contractA?: number;
  /** IEC 60898-1 breaker. */
  readonly breaker?: { readonly ratedA: number; readonly curve: 'B' | 'C' | 'D' };
  /** Service cable, copper, PVC: IEC 60364-5-52. */
  readonly cable?: {
    readonly mm2: number;
    readonly method: 'B1' | 'B2' | 'C';
    /** Loaded conductors: 2 single phase, 3 three phase. */
    readonly cores: 2 | 3;
    readonly ambientC: number;
    /** Circuits grouped together. */
    readonly grouped: number;
  };
  /** Residual current at which a fire may start, mA. */
  readonly residualMa?: number;
  /** Transformers and feeders: rated apparent power, kVA. */
  readonly ratedKva?: number;
}

/** What is measured. */
export interface Point {
  readonly id: string;
  /** As people say it, e.g. `17号楼`. */
  readonly title: string;
  readonly kind: 'building' | 'room' | 'feeder' | 'transformer' | 'shed' | 'common';
  /** The point that feeds this one. */
  readonly parent?: string;
  /** How many rooms hang on it; decides what the charging detector may say. */
  readonly rooms?: number;
  readonly limits?: Limits;
}

export interface Lane {
  readonly id: string;
  readonly title?: string;
  readonly direction: 'in' | 'out' | 'unknown';
  /** Name of the loop input that a waiting vehicle stands on. */
  readonly loop?: string;
  /** Name of a second loop, about five car lengths back: occupied means that many wait. */
  readonly queueLoop?: string;
  /** True: somebody sits there and lets people in by hand. */
  readonly staffed?: boolean;
}

/** A device as the rules see it. */
export interface SiteDevice {
  readonly id: string;
  readonly title?: string;
  readonly point?: string;
  readonly lane?: string;
  /** The line on which it is asked. */
  readonly bus?: string;
  readonly kinds: readonly ReadingKind[];
  /** True: a face terminal or the like. */
  readonly personal?: boolean;
  /** How often it should speak, s. */
  readonly intervalS: number;
}

/** A line on which devices are asked. */
export interface SiteBus {
  readonly id: string;
  readonly title?: string;
}

/** Everything about the place that does not change from reading to reading. */
export interface Site {
  readonly name: string;
  /** Local time minus UTC, ms. Rules know no other clock. */
  readonly utcOffsetMs: number;
  readonly points: readonly Point[];
  readonly lanes: readonly Lane[];
  readonly devices: readonly SiteDevice[];
  readonly buses?: readonly SiteBus[];
  readonly parking?: { readonly places: number };
}
