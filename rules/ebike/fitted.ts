import type { Behind, Channel } from './metering.ts';
import type { Season } from './season.ts';
import type { Fitted } from './table.ts';
import { tables } from './weights.ts';

/** The weights and levels for what sits behind a meter, what it measures, and the season. */
export function fittedFor(behind: Behind, channel: Channel, season: Season): Fitted {
  const table = tables[`${behind}/${channel}/${season}`];
  if (!table) throw new RangeError(`No weights for ${behind}/${channel}/${season}`);
  return table;
}
