import { fittedFor } from '../../../rules/ebike/fitted.ts';
import { newNight, scoreOf as nightScore, seeMinute } from '../../../rules/ebike/night.ts';
import { ebike } from '../../../rules/ebike.ts';
import { ebikeRepeat } from '../../../rules/ebike-repeat.ts';
import type { Finding } from '../../../rules/finding.ts';
import { createFold, type Fold } from '../../../rules/fold.ts';
import type { Point, Site } from '../../../rules/site.ts';
import type { MeterPlace, TrueSession } from '../../../simulators/house/compose.ts';
import type { Metering } from '../../../simulators/house/house.ts';
import { type Judged, judge } from './score.ts';
import {
  asMetered,
  behind,
  daysOf,
  type Habits,
  intervalS,
  meterings,
  rooms,
  type seasons,
  utcOffsetMs,
} from './village.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** One house for `days` days: composed once, measured in each way, and run through the real rules. */
export function judgeHouse(
  place: MeterPlace,
  season: (typeof seasons)[number],
  seed: number,
  days: number,
  habits: Habits,
  measured: readonly Metering[] = meterings,
): { readonly byMetering: ReadonlyMap<Metering, Judged>; readonly nights: readonly Night[] } {
  const composed = daysOf(place, season, seed, days, habits);
  const runs = measured.map((metering) => ({
    metering,
    // From here on down no suspicion is kept back: the score of every one is judged, also of those that stay unsaid.
    fold: foldOf(siteOf(composed.meters, place)),
    findings: [] as Finding[],
  }));
  const night = newNight();
  const nights: Array<[dayEnds: number, lows: readonly (number | null)[]]> = [];
  let lastMs = 0;
  for (const reading of composed.readings) {
    lastMs = Math.max(lastMs, reading.atMs);
    for (const { metering, fold, findings } of runs)
      for (const finding of fold.take(asMetered(reading, metering, place))) findings.push(finding);
    if (place !== 'house') continue;
    const lows = [...night.lows];
    const before = night.day;
    seeMinute(night, reading.atMs + utcOffsetMs, reading.powerW);
    if (before !== null && night.day !== before) nights.push([before, lows]);
  }
  // A day later nothing is open any more.
  for (const { fold, findings } of runs)
    for (const device of composed.meters)
      for (const finding of fold.take({ kind: 'power', device, atMs: lastMs + dayMs, powerW: 0 }))
        findings.push(finding);
  const truth = composed.truth();
  const all = composed.everything();
  const byMetering = new Map(
    runs.map(({ metering, findings }) => {
      const { possible } = fittedFor(behind(place), metering, season);
      const { fromMs, toMs } = composed;
      return [metering, judge(findings, { truth, all, possible, fromMs, toMs })] as const;
    }),
  );
  return { byMetering, nights: nights.flatMap(([day, lows]) => nightOf(day, lows, all)) };
}

/** A night of a whole house: what the watch list makes of it, and whether a charger worked between 23:00 and 3:00. */
export interface Night {
  readonly scoreW: number;
  readonly charged: boolean;
}

/** Charging draws full power for hours; then the charger floats. A session counts for a night while its first hours reach into it. */
const atWorkMs = 4 * hourMs;

function nightOf(
  day: number,
  lows: readonly (number | null)[],
  truth: readonly TrueSession[],
): Night[] {
  const scoreW = nightScore(lows);
  if (scoreW === null) return [];
  const fromMs = day * dayMs - hourMs - utcOffsetMs;
  const toMs = fromMs + 4 * hourMs;
  const charged = truth.some(
    (one) =>
      Math.min(one.toMs, one.fromMs + atWorkMs) > fromMs + hourMs / 2 &&
      one.fromMs < toMs - hourMs / 2,
  );
  return [{ scoreW, charged }];
}

function foldOf(site: Site): Fold {
  return createFold(site, [
    { rule: ebike, config: ebike.config.parse({ possible: -20 }), mode: 'live' },
    { rule: ebikeRepeat, config: ebikeRepeat.config.parse({}), mode: 'live' },
  ]);
}

/** A site of these meters, one a room or one for the house. */
export function siteOf(meters: readonly string[], place: MeterPlace): Site {
  const point = (id: string): Point => ({
    id,
    title: id,
    kind: place === 'room' ? 'room' : 'building',
    rooms: place === 'room' ? 1 : rooms,
  });
  return {
    name: 'evaluation',
    utcOffsetMs,
    points: meters.map(point),
    lanes: [],
    devices: meters.map((id) => ({ id, point: id, kinds: ['power'], intervalS })),
  };
}
