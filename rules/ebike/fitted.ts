import { scoreOf } from './evidence.ts';
import type { Behind, Channel } from './metering.ts';
import type { Season } from './season.ts';
import type { Table } from './table.ts';
import { type Forest, readTrees, sumOf } from './trees.ts';
import { tables } from './weights.ts';

/** Weights, trees and levels, ready to be asked. */
export interface Fitted extends Omit<Table, 'trees'> {
  readonly forest: Forest;
}

const read = new Map<string, Fitted>();

/** What was fitted for what sits behind a meter, what it measures, and the season. */
export function fittedFor(behind: Behind, channel: Channel, season: Season): Fitted {
  const key = `${behind}/${channel}/${season}`;
  const known = read.get(key);
  if (known) return known;
  const table = tables[key];
  if (!table) throw new RangeError(`No weights for ${key}`);
  const { trees, ...rest } = table;
  const fitted = { ...rest, forest: readTrees(trees) };
  read.set(key, fitted);
  return fitted;
}

/** The score of what a track shows: each piece of evidence by its weight, and how they go together. */
export const judged = (
  values: Float64Array,
  shape: Float64Array,
  { weights, forest }: Pick<Fitted, 'weights' | 'forest'>,
): number => scoreOf(values, weights) + sumOf(forest, shape);
