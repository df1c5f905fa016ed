import type { PowerReading } from '../../drivers/reading.ts';
import { isKnown } from '../missing.ts';
import type { SiteDevice } from '../site.ts';

/** From here on a reading stands for minutes that nobody saw: 5 min is what 4G meters ship with, 15 min what utilities read. */
const slowFromS = 240;

/** True where all meters of a point speak so seldom. */
export const isSlow = (devices: readonly SiteDevice[]): boolean =>
  devices.length > 0 && devices.every(({ intervalS }) => intervalS >= slowFromS);

/** Two readings lost in a row are a gap, s. */
export const slowGapS = (devices: readonly SiteDevice[]): number =>
  2.5 * Math.max(...devices.map(({ intervalS }) => intervalS));

/** A house of three phases and 63 A draws 41 kW: a mean above this is a counter that was changed or wrapped, W. */
const mostW = 100_000;

/**
 * The mean power of the last `dtS` from the energy counter (`missing` where it was not read), where it ran on by what can be; else what the meter says. A
 * counter that wraps, jumps or runs back decides nothing.
 */
export function asMean(reading: PowerReading, dtS: number, energyBeforeWh: number): PowerReading {
  const { energyWh, phases: _left, ...rest } = reading;
  if (energyWh === undefined || !isKnown(energyBeforeWh) || dtS <= 0) return reading;
  const meanW = ((energyWh - energyBeforeWh) * 3600) / dtS;
  return meanW < 0 || meanW > mostW ? reading : { ...rest, powerW: meanW };
}
