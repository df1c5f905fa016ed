/** The last power of each meter, W, and the box's time of it, ms: for lines that nobody meters. Plain JSON. */
export type Watts = Record<string, [watt: number, atMs: number]>;

/** A reading counts this long, ms: meters of 15 minutes are always known. */
const freshMs = 20 * 60_000;

/** In place: this happens for every reading of the village. */
export function keepWatt(watts: Watts, device: string, watt: number, atMs: number): void {
  const entry = watts[device];
  if (!entry) watts[device] = [watt, atMs];
  else [entry[0], entry[1]] = [watt, atMs];
}

/** The box's clock was set by `stepMs`. */
export function shiftWatts(watts: Watts, stepMs: number): void {
  for (const entry of Object.values(watts)) entry[1] += stepMs;
}

/** What `meters` draw together, W, and of how many of them that is known. */
export function sumOfWatts(
  watts: Watts,
  meters: readonly string[],
  nowMs: number,
): { readonly watt: number; readonly known: number } {
  let watt = 0;
  let known = 0;
  for (const meter of meters) {
    const entry = watts[meter];
    if (!entry || nowMs - entry[1] > freshMs) continue;
    watt += entry[0];
    known += 1;
  }
  return { watt, known };
}
