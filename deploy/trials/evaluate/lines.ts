import type { Week } from './judge-week.ts';
import type { Miss, Quality } from './score.ts';
import type { Case } from './village.ts';

/** What was measured of one metering in one season. */
export interface Line extends Case {
  readonly houseDays: number;
  readonly charges: number;
  readonly bestF1: number;
  readonly interval: readonly [number, number];
  readonly goal: number | null;
  readonly possible: Quality;
  readonly probable: Quality;
  readonly confirmed: Quality;
  /** Charges that were not told, by why. */
  readonly missed: Readonly<Record<Miss, number>>;
  readonly wrongFindingsAMeterDay: number;
  /** Suspicions that became a message, and those of them that would have sent somebody for nothing. */
  readonly alerts: number;
  readonly wrongAlerts: number;
  readonly wrongAlertsADay: number;
  /** Upper 95 % bound of that rate. */
  readonly wrongAlertsUpper: number;
  readonly repeatAlerts: number;
  /** Median minutes from plugging in to probable, of those that got there. */
  readonly delayMin: number | null;
}

/** How well nights of whole houses are ranked by their watts. */
export interface NightLine {
  readonly season: Case['season'];
  readonly nights: number;
  readonly charged: number;
  /** Area under the curve; 0.5 is chance. */
  readonly area: number;
  readonly interval: readonly [number, number];
  /** Wrong and right shares as the list grows longer. */
  readonly roc: ReadonlyArray<readonly [number, number]>;
}

/** Repeated nights: what weeks of several houses came to. */
export interface WeekLine extends Case, Week {
  readonly houses: number;
  /** As many houses again in which nobody rides: every finding is wrong. Null where each room has a meter: eight of ten are such. */
  readonly without: Week | null;
}

/** The same houses with other habits. */
export interface Side extends Case {
  readonly name: 'more charges' | 'no old computers';
  readonly bestF1: number;
}

/** Goals of best F1: mild and summer; winter has none of its own. */
const goals: Readonly<Record<string, number>> = {
  'house/P/mild': 0.15,
  'house/PF/mild': 0.2,
  'house/THD/mild': 0.75,
  'house/P/summer': 0.1,
  'house/PF/summer': 0.12,
  'house/THD/summer': 0.45,
  'phase/P/mild': 0.45,
  'phase/PF/mild': 0.58,
  'phase/THD/mild': 0.85,
  'phase/P/summer': 0.3,
  'phase/PF/summer': 0.42,
  'phase/THD/summer': 0.72,
  'room/P/mild': 0.75,
  'room/PF/mild': 0.82,
  'room/THD/mild': 0.9,
  'room/P/summer': 0.65,
  'room/PF/summer': 0.75,
  'room/THD/summer': 0.86,
};
export const goalOf = ({ place, metering, season }: Case): number | null =>
  goals[`${place}/${metering}/${season}`] ?? null;

/** Wrong alerts a building-day that a committee of 473 houses can bear: two a night. */
export const wrongAlertsGoal = 0.004;
export const village = 473;

/** Goal of the delay to probable, min: with a power factor or harmonics, and with watts alone. */
export const delayGoal = ({ metering }: Case): number => (metering === 'P' ? 120 : 50);
