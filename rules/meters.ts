import type { Site } from './site.ts';

/** Ids of the meters of each point that has any, in the order of the site. */
export function metersByPoint({ devices }: Site): ReadonlyMap<string, readonly string[]> {
  const meters = new Map<string, string[]>();
  for (const { id, point, kinds } of devices) {
    if (point === undefined || !kinds.includes('power')) continue;
    const known = meters.get(point);
    if (known) known.push(id);
    else meters.set(point, [id]);
  }
  return meters;
}
