import { writeFileSync } from 'node:fs';
import { names, scoreOf } from '../../../rules/ebike/evidence.ts';
import { type Fitted, judged } from '../../../rules/ebike/fitted.ts';
import { mayAlert } from '../../../rules/ebike/metering.ts';
import type { Table } from '../../../rules/ebike/table.ts';
import { readTrees } from '../../../rules/ebike/trees.ts';
import type { MeterPlace } from '../../../simulators/house/compose.ts';
import { boost } from './boosting.ts';
import { startCrew } from './crew.ts';
import { regress, type Sample } from './regression.ts';
import { behind, type Case, type daysOf, meterings, places, seasons } from './village.ts';
import { type Watched, watch } from './watch.ts';

/** Seed of the first house that is fitted on; all are below 10,000. Tests begin at 20,000. */
const firstSeed = 1000;
/** Houses of each kind: those with a meter in every room cost ten times as much to compose. */
const housesOf: Readonly<Record<MeterPlace, number>> = { house: 300, phase: 400, room: 160 };
/** Levels come from scores that each quarter of the houses got from what was fitted on the other three. */
const parts = 4;
const daysEach = 2;
/** As in a village where two rooms of ten keep an e-bike: fewer than load surveys guess, so the harder case. */
export const chargesADay = 1.5;

/** Pull of each weight towards zero, in samples. */
const ridge = 10;
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

type Model = Pick<Fitted, 'weights' | 'forest'>;

interface Village {
  /** What was seen in each house. */
  readonly houses: ReadonlyArray<readonly Watched[]>;
  readonly charges: number;
  readonly buildingDays: number;
}

/** What is fitted at once: all that is measured behind one kind of meter in one season. */
export type FitTask = Pick<Case, 'place' | 'season'>;
/** A table and its key. */
type Keyed = readonly [key: string, table: Table];

/** Fits weights, trees and levels on composed houses and writes rules/ebike/weights.ts. Same seeds, same file. */
export async function fitWeights(date: string, log: (line: string) => void): Promise<void> {
  const crew = startCrew<FitTask, readonly Keyed[]>('fit-worker');
  // What takes longest comes first: rooms.
  const tasks = [...places]
    .reverse()
    .flatMap((place) => seasons.map((season) => ({ place, season })));
  const fitted = await crew.work(tasks, ({ place, season }) => log(`${place} ${season}`));
  await crew.end();
  const tables = places.flatMap((place) =>
    fitted.filter((_, i) => tasks[i]?.place === place).flat(),
  );
  for (const [key, { possible, probable, confirmed }] of tables)
    log(`${key} possible ${possible} probable ${probable} confirmed ${confirmed}`);
  writeFileSync('rules/ebike/weights.ts', fileOf(tables, date));
}

/** Tables of one place and season. `compose` gives the days of a house. */
export function fitPlace(
  place: MeterPlace,
  season: Case['season'],
  compose: typeof daysOf,
): Keyed[] {
  const seen = villages(place, season, compose);
  return meterings.flatMap((metering) => {
    const village = seen.get(metering);
    if (!village) return [];
    const { houses } = village;
    const scored = Array.from({ length: parts }, (_, part) => part).flatMap((part) => {
      const { model } = modelOf(houses.filter((_house, i) => i % parts !== part).flat());
      return scoredOf(houses.filter((_house, i) => i % parts === part).flat(), model);
    });
    const { model, trees } = modelOf(houses.flat());
    const levels = levelsOf(scored, village, { place, metering, season });
    const key = `${behind(place)}/${metering}/${season}`;
    return [[key, { weights: model.weights, trees, ...levels }] as const];
  });
}

function villages(place: MeterPlace, season: Case['season'], compose: typeof daysOf) {
  const count = housesOf[place];
  const houses = new Map(meterings.map((one) => [one, [] as Array<readonly Watched[]>]));
  let charges = 0;
  for (let i = 0; i < count; i += 1) {
    const days = compose(place, season, firstSeed + i, daysEach, { charges: chargesADay });
    for (const [metering, list] of watch(days, place, meterings)) houses.get(metering)?.push(list);
    charges += days.truth().length;
  }
  return new Map(
    [...houses].map(([metering, list]): [(typeof meterings)[number], Village] => [
      metering,
      { houses: list, charges, buildingDays: count * daysEach },
    ]),
  );
}

/** Weights of each piece of evidence alone, and trees for how they go together. */
function modelOf(tracks: readonly Watched[]): { readonly model: Model; readonly trees: string } {
  const weights = weightsOf(tracks).map((weight) => Number(weight.toFixed(2)));
  const trees = boost(
    samplesOf(tracks).map(({ shape, values, isCharge, weight }) => ({
      shape,
      score: scoreOf(values, weights),
      isCharge,
      weight,
    })),
  );
  return { model: { weights, forest: readTrees(trees) }, trees };
}

/** All looks of a track together count little more than one: they are not independent. The last one knows most. */
const samplesOf = (tracks: readonly Watched[]) =>
  tracks.flatMap(({ looks, truth }) =>
    looks.map(({ values, shape }, i) => ({
      values,
      shape,
      isCharge: truth !== null,
      weight: (i === looks.length - 1 ? 1 : 0.5) / Math.sqrt(looks.length),
    })),
  );

function weightsOf(tracks: readonly Watched[]): number[] {
  const samples: readonly Sample[] = samplesOf(tracks);
  const towards = names.map((name) => (name === 'nights' ? nightsWeight : 0));
  return regress(samples, towards, ridge);
}

const scoredOf = (tracks: readonly Watched[], { weights, forest }: Model) =>
  tracks.map(({ looks, truth }) => {
    const scores = looks.map(({ values, shape }) => judged(values, shape, { weights, forest }));
    const top = Math.max(...scores);
    return { looks, scores, top, last: scores.at(-1) ?? never, isCharge: truth !== null };
  });

function levelsOf(
  scored: ReturnType<typeof scoredOf>,
  { charges, buildingDays }: Village,
  { place, metering }: Case,
): Pick<Table, 'possible' | 'probable' | 'confirmed'> {
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
    const wrongAt = (at: number) =>
      scored.filter(({ looks, scores, isCharge }) => {
        const crossing = isCharge ? -1 : scores.findIndex((score) => score >= at);
        return crossing >= 0 && !looks[crossing]?.charging;
      }).length / buildingDays;
    const safe = levels.find((at) => wrongAt(at) <= wrongAlertsADay) ?? never;
    confirmed = Math.max(confirmed, Number((safe < never ? safe + margin : safe).toFixed(2)));
  }
  return { possible, probable, confirmed };
}

export function fileOf(tables: readonly Keyed[], date: string): string {
  const seeds = places
    .map((place) => `${place} ${firstSeed}-${firstSeed + housesOf[place] - 1}`)
    .join(', ');
  const rows = tables.map(
    ([key, { weights, trees, ...levels }]) =>
      `  '${key}': { possible: ${levels.possible}, probable: ${levels.probable}, confirmed: ${levels.confirmed}, weights: [${weights.join(', ')}], trees: '${trees}' },`,
  );
  return `// Made by \`npm run evaluate -- --fit\` on ${date}; not written by hand. Logistic regression and boosted trees on composed houses,
// ${daysEach} days each, ${chargesADay} charges a day: seeds ${seeds}. Levels by ${parts}-fold cross-validation.
// Tests use seeds from 20,000 on.
import type { Table } from './table.ts';

/** By what sits behind the meter, what it measures, and the season; weights in the order of \`names\` (evidence.ts). */
export const tables: Readonly<Record<string, Table>> = {
${rows.join('\n')}
};
`;
}
