import { writeFileSync } from 'node:fs';
import { names, scoreOf } from '../../../rules/ebike/evidence.ts';
import { mayAlert } from '../../../rules/ebike/metering.ts';
import type { Fitted } from '../../../rules/ebike/table.ts';
import type { MeterPlace } from '../../../simulators/house/compose.ts';
import { regress, type Sample } from './regression.ts';
import { behind, type Case, daysOf, meterings, places, seasons } from './village.ts';
import { type Watched, watch } from './watch.ts';

/** Seeds of the houses that weights and levels are fitted on; all below 10,000. Tests begin at 20,000. */
const weightSeeds = 1000;
const levelSeeds = 3000;
/** Houses of each kind: those with a meter in every room cost ten times as much to compose. */
const housesOf: Readonly<Record<MeterPlace, number>> = { house: 150, phase: 150, room: 80 };
const daysEach = 2;
/** As in a village where two rooms of ten keep an e-bike: fewer than load surveys guess, so the harder case. */
export const chargesADay = 1.5;

/** Pull of each weight towards zero, in samples. */
const ridge = 1;
/** Simulated nights are independent of each other: what repeated nights weigh is set by hand. */
const nightsWeight = 0.8;
/** Precision that the words promise. */
const probableShare = 0.82;
const confirmedShare = 0.95;
/** A share that fewer charges than this show is luck. */
const leastRight = 15;
/** Half of the goal of 0.004 wrong alerts a building-day; and half a log-odd above the level that keeps it, for what these seeds did not show. */
const wrongAlertsADay = 0.002;
const margin = 0.5;
/** A level that nothing reaches. */
const never = 20;

interface Village {
  readonly tracks: readonly Watched[];
  readonly charges: number;
  readonly buildingDays: number;
}

/** Fits weights and levels on composed houses and writes rules/ebike/weights.ts. Same seeds, same file. */
export function fitWeights(only: string, date: string, log: (line: string) => void): void {
  const tables: Array<[string, Fitted]> = [];
  for (const place of places)
    for (const season of seasons) {
      if (!`${place}/${season}`.match(only)) continue;
      const learn = villages(place, season, weightSeeds);
      const check = villages(place, season, levelSeeds);
      for (const metering of meterings) {
        const [taught, seen] = [learn.get(metering), check.get(metering)];
        if (!taught || !seen) continue;
        const weights = weightsOf(taught.tracks).map((weight) => Number(weight.toFixed(2)));
        const fitted = { weights, ...levelsOf(taught, seen, weights, { place, metering, season }) };
        const key = `${behind(place)}/${metering}/${season}`;
        tables.push([key, fitted]);
        log(
          `${key} possible ${fitted.possible} probable ${fitted.probable} confirmed ${fitted.confirmed}`,
        );
      }
    }
  writeFileSync('rules/ebike/weights.ts', fileOf(tables, date));
}

function villages(place: MeterPlace, season: Case['season'], firstSeed: number) {
  const houses = housesOf[place];
  const tracks = new Map(meterings.map((one) => [one, [] as Watched[]]));
  let charges = 0;
  for (let i = 0; i < houses; i += 1) {
    const days = daysOf(place, season, firstSeed + i, daysEach, { charges: chargesADay });
    for (const [metering, list] of watch(days, place, meterings))
      tracks.get(metering)?.push(...list);
    charges += days.truth().length;
  }
  const village = (list: readonly Watched[]): Village => ({
    tracks: list,
    charges,
    buildingDays: houses * daysEach,
  });
  return new Map([...tracks].map(([metering, list]) => [metering, village(list)]));
}

/** All looks of a track together count little more than one: they are not independent. The last one knows most. */
function weightsOf(tracks: readonly Watched[]): number[] {
  const samples = tracks.flatMap(({ looks, truth }) =>
    looks.map(
      ({ values }, i): Sample => ({
        values,
        isCharge: truth !== null,
        weight: (i === looks.length - 1 ? 1 : 0.5) / Math.sqrt(looks.length),
      }),
    ),
  );
  const towards = names.map((name) => (name === 'nights' ? nightsWeight : 0));
  return regress(samples, towards, ridge);
}

const scoredOf = (tracks: readonly Watched[], weights: readonly number[]) =>
  tracks.map(({ looks, truth }) => {
    const scores = looks.map(({ values }) => scoreOf(values, weights));
    const top = Math.max(...scores);
    return { looks, scores, top, last: scores.at(-1) ?? never, isCharge: truth !== null };
  });

function levelsOf(
  taught: Village,
  { tracks, charges, buildingDays }: Village,
  weights: readonly number[],
  { place, metering }: Case,
): Omit<Fitted, 'weights'> {
  const scored = scoredOf(tracks, weights);
  const levels = Array.from({ length: 300 }, (_, i) => Number((-4 + i * 0.05).toFixed(2)));
  let possible = 0;
  let best = 0;
  for (const at of levels) {
    const found = scored.filter(({ last }) => last >= at);
    const f1 = (2 * found.filter(({ isCharge }) => isCharge).length) / (found.length + charges);
    if (f1 > best) [best, possible] = [f1, at];
  }
  const firstWith = (share: number) =>
    levels.find((at) => {
      const found = scored.filter(({ top }) => top >= at);
      const right = found.filter(({ isCharge }) => isCharge).length;
      return at >= possible && right >= leastRight && right >= share * found.length;
    }) ?? never;
  const probable = firstWith(probableShare);
  let confirmed = Math.max(probable, firstWith(confirmedShare));
  // Where it may alert: wrong is a suspicion of what was no charge, where whoever goes there then finds none either.
  if (mayAlert(behind(place), metering)?.nights === 0) {
    const all = [...scored, ...scoredOf(taught.tracks, weights)];
    const wrongAt = (at: number) =>
      all.filter(({ looks, scores, isCharge }) => {
        const crossing = isCharge ? -1 : scores.findIndex((score) => score >= at);
        return crossing >= 0 && !looks[crossing]?.charging;
      }).length /
      (taught.buildingDays + buildingDays);
    const least = confirmed;
    const safe = levels.find((at) => at >= least && wrongAt(at) <= wrongAlertsADay) ?? never;
    confirmed = Number((safe > least && safe < never ? safe + margin : safe).toFixed(2));
  }
  return { possible, probable, confirmed };
}

function fileOf(tables: ReadonlyArray<readonly [string, Fitted]>, date: string): string {
  const seeds = (from: number) =>
    places.map((place) => `${place} ${from}-${from + housesOf[place] - 1}`).join(', ');
  const rows = tables.map(
    ([key, { weights, ...levels }]) =>
      `  '${key}': { possible: ${levels.possible}, probable: ${levels.probable}, confirmed: ${levels.confirmed}, weights: [${weights.join(', ')}] },`,
  );
  return `// Made by \`npm run evaluate -- --fit\` on ${date}; not written by hand. Logistic regression on composed houses, ${daysEach} days each,
// ${chargesADay} charges a day. Weights: seeds ${seeds(weightSeeds)}.
// Levels: seeds ${seeds(levelSeeds)}. Tests use seeds from 20,000 on.
import type { Fitted } from './table.ts';

/** By what sits behind the meter, what it measures, and the season; weights in the order of \`names\` (evidence.ts). */
export const tables: Readonly<Record<string, Fitted>> = {
${rows.join('\n')}
};
`;
}
