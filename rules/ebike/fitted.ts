import { scoreOf } from './evidence.ts';
import type { Behind, Channel } from './metering.ts';
import type { Season } from './season.ts';
import type { Table } from './table.ts';
import { type Forest, readTrees, sumFrom, sumOf } from './trees.ts';
import { tables } from './weights.ts';

/** Weights, trees and levels, ready to be asked. */
export interface Fitted extends Omit<Table, 'trees'> {
  readonly forest: Forest;
}

/** By season, then by what sits behind the meter and what it measures: found without making a key for every look. */
type Shelf = Partial<Record<Behind, Partial<Record<Channel, Fitted>>>>;
const shelves: Record<Season, Shelf> = { mild: {}, summer: {}, winter: {} };

/** What was fitted for what sits behind a meter, what it measures, and the season. */
export function fittedFor(behind: Behind, channel: Channel, season: Season): Fitted {
  return shelves[season][behind]?.[channel] ?? readFor(behind, channel, season);
}

function readFor(behind: Behind, channel: Channel, season: Season): Fitted {
  const key = `${behind}/${channel}/${season}`;
  const table = tables[key];
  if (!table) throw new RangeError(`No weights for ${key}`);
  const { trees, ...rest } = table;
  const fitted = { ...rest, forest: readTrees(trees) };
  shelves[season][behind] = { ...shelves[season][behind], [channel]: fitted };
  return fitted;
}

/** The score of what a track shows: each piece of evidence by its weight, and how they go together. */
export const judged = (
  values: Float64Array,
  shape: Float64Array,
  { weights, forest }: Pick<Fitted, 'weights' | 'forest'>,
): number => scoreOf(values, weights) + sumOf(forest, shape);

/** The same score where it reaches `least`; where it does not, null as a rule, and always as soon as that is certain. */
export function judgedFrom(
  values: Float64Array,
  shape: Float64Array,
  { weights, forest }: Pick<Fitted, 'weights' | 'forest'>,
  least: number,
): number | null {
  const linear = scoreOf(values, weights);
  const trees = sumFrom(forest, shape, least - linear);
  return trees === null ? null : linear + trees;
}
