import { ebike } from '../../../rules/ebike.ts';
import { ebikeRepeat } from '../../../rules/ebike-repeat.ts';
import type { Finding } from '../../../rules/finding.ts';
import { createFold } from '../../../rules/fold.ts';
import type { TrueSession } from '../../../simulators/house/compose.ts';
import type { Metering } from '../../../simulators/house/house.ts';
import { siteOf } from './judge-house.ts';
import { asMetered, type Case, daysOf, meterings, utcOffsetMs } from './village.ts';

/** What a week of one house, whose rooms keep their e-bikes and computers, made of its repeated nights. */
export interface Week {
  /** Meters behind which charging began on three nights or more. */
  readonly repeaters: number;
  /** Of those, how many were told. */
  readonly told: number;
  /** Findings of repeated nights, and those of them on whose nights nobody charged, or on one only. */
  readonly findings: number;
  readonly wrong: number;
  /** The same for those that became a message. */
  readonly alerts: number;
  readonly wrongAlerts: number;
}

export const nightsOfWeek = 7;
/** Weeks have seeds of their own, used for nothing else. */
export const firstWeekSeed = 40_000;
/** Two are a repetition; a meter that charged on three ought to be told of. */
const leastTrue = 2;
const leastRepeated = 3;
const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** One house for a week: composed once, measured in each way, and run through the rules as they are. */
export function judgeWeek(
  place: Case['place'],
  season: Case['season'],
  seed: number,
  charges: number,
  measured: readonly Metering[] = meterings,
): ReadonlyMap<Metering, Week> {
  const composed = daysOf(place, season, seed, nightsOfWeek, { charges, keeps: true });
  const runs = measured.map((metering) => ({
    metering,
    fold: createFold(siteOf(composed.meters, place), [
      { rule: ebike, config: ebike.config.parse({}), mode: 'live' },
      { rule: ebikeRepeat, config: ebikeRepeat.config.parse({}), mode: 'live' },
    ]),
    repeats: [] as Finding[],
  }));
  for (const reading of composed.readings)
    for (const { metering, fold, repeats } of runs)
      for (const finding of fold.take(asMetered(reading, metering, place)))
        if (finding.rule === ebikeRepeat.id) repeats.push(finding);
  const truth = composed.everything();
  return new Map(
    runs.map(({ metering, repeats }) => [metering, weekOf(repeats, truth, composed.meters)]),
  );
}

/** Holds findings of repeated nights against the charges that took place. */
export function weekOf(
  repeats: readonly Finding[],
  truth: readonly TrueSession[],
  meters: readonly string[],
): Week {
  const charged = (meter: string) => truth.filter((one) => one.meter === meter);
  const repeaters = meters.filter(
    (meter) => new Set(charged(meter).map(({ fromMs }) => nightOf(fromMs))).size >= leastRepeated,
  );
  const isWrong = ({ point = '', evidence }: Finding): boolean => {
    const nights = (evidence.list as ReadonlyArray<{ readonly night: string }>).filter(
      ({ night }) => charged(point).some(({ fromMs }) => isOn(night, fromMs)),
    );
    return nights.length < leastTrue;
  };
  const alerts = repeats.filter(({ severity }) => severity !== 'info');
  return {
    repeaters: repeaters.length,
    told: repeaters.filter((meter) => repeats.some(({ point }) => point === meter)).length,
    findings: repeats.length,
    wrong: repeats.filter(isWrong).length,
    alerts: alerts.length,
    wrongAlerts: alerts.filter(isWrong).length,
  };
}

/** From noon to noon, as the rule counts. */
const nightOf = (atMs: number): number => Math.floor((atMs + utcOffsetMs - dayMs / 2) / dayMs);

/** True where `atMs` lies on the local day that a finding names as `03-16`, an hour more on both sides. */
const isOn = (night: string, atMs: number): boolean =>
  [-hourMs, 0, hourMs].some(
    (off) => new Date(atMs + utcOffsetMs + off).toISOString().slice(5, 10) === night,
  );

/** Weeks of several houses together. */
export const sumOfWeeks = (weeks: readonly Week[]): Week =>
  weeks.reduce((sum, one) => ({
    repeaters: sum.repeaters + one.repeaters,
    told: sum.told + one.told,
    findings: sum.findings + one.findings,
    wrong: sum.wrong + one.wrong,
    alerts: sum.alerts + one.alerts,
    wrongAlerts: sum.wrongAlerts + one.wrongAlerts,
  }));
