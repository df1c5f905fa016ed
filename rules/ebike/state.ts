import { figures } from '../figures.ts';
import type { PhaseName } from '../finding.ts';
import { missing } from '../missing.ts';
import type { Draft } from '../rule.ts';
import { type Bin, type Gathering, type Jump, newGathering } from './bins.ts';
import type { Behind } from './metering.ts';
import type { Gone } from './moved.ts';
import type { Opening } from './opening.ts';
import { newStepTest, type StepTest } from './steps.ts';
import { type Ledger, newLedger } from './tracks.ts';
import { rememberedMin } from './unrest.ts';

/** The opened signals of a channel; null where the meter does not measure one. */
export interface Signals {
  readonly power: Opening;
  readonly nonActive: Opening | null;
  readonly harmonic: Opening | null;
}

/** One phase, or the whole. Plain JSON, about 3 KB. */
export interface ChannelState {
  gathering: Gathering;
  /** Null until the first minute. */
  signals: Signals | null;
  test: StepTest;
  ledger: Ledger;
  /** The last minute that was taken in, and its values, to bridge a gap. */
  last: Bin | null;
  /** Unrest within the last minutes, each at its minute's remainder; `missing` where it is not known. */
  spreads: number[];
  /** The largest jump of each of the last minutes, likewise; empty until the first. */
  jumps: Array<Jump | null>;
  /** When each was measured last, minutes. */
  factorMinute: number;
  harmonicMinute: number;
  hasFactor: boolean;
  hasHarmonics: boolean;
}

/** What is remembered of one point. Plain JSON. */
export interface State {
  lastMs: number;
  channels: ChannelState[];
  /** Local day and minute of the day of the last suspicions, for "the fourth night". */
  nights: Array<[day: number, minute: number]>;
  /** Charges that were alerted and are over, newest last. */
  gone: Gone[];
  /** Since when, by the box's time, nothing has come after `lastMs`, as asked once an hour. */
  silence?: { readonly fromMs: number; readonly lastMs: number };
}

/** Where a channel is, in words and rooms. */
export interface Place {
  readonly title: string;
  readonly behind: Behind;
  readonly phase: PhaseName | undefined;
  readonly utcOffsetMin: number;
}

export function newChannel(): ChannelState {
  return {
    gathering: newGathering(),
    signals: null,
    test: newStepTest(),
    ledger: newLedger(),
    last: null,
    spreads: figures(rememberedMin, missing),
    jumps: [],
    factorMinute: -1e9,
    harmonicMinute: -1e9,
    hasFactor: false,
    hasHarmonics: false,
  };
}

/** What was open is over, and nothing is known of the signal: as after a start. The minute that is being gathered stays. */
export function beginAnew(channel: ChannelState): void {
  Object.assign(channel, { ...newChannel(), gathering: channel.gathering });
}

export type Emit = (draft: Draft) => void;
