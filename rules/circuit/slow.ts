import type { Phase, PowerReading } from '../../drivers/reading.ts';
import { isKnown } from '../missing.ts';
import type { SiteDevice } from '../site.ts';
import { nominalV } from './supply.ts';

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
 * counter that wraps, jumps or runs back decides nothing. Three phases share it.
 */
export function asMean(reading: PowerReading, dtS: number, energyBeforeWh: number): PowerReading {
  const { energyWh, phases, ...rest } = reading;
  if (energyWh === undefined || !isKnown(energyBeforeWh) || dtS <= 0) return reading;
  const meanW = ((energyWh - energyBeforeWh) * 3600) / dtS;
  if (meanW < 0 || meanW > mostW) return reading;
  if (phases === undefined || phases.length === 1) return { ...rest, powerW: meanW };
  return {
    ...rest,
    powerW: meanW,
    phases: sharesOf(phases, meanW).map((share) => ({ powerW: meanW * share })),
  };
}

/**
 * How a mean lies on the phases: as the currents of the moment do where these are half of it or more; else evenly, which is the least
 * that the highest of them carried.
 */
function sharesOf(phases: readonly Phase[], meanW: number): number[] {
  const currentsA = phases.map(({ currentA = 0 }) => currentA);
  const totalA = currentsA.reduce((sum, ampere) => sum + ampere, 0);
  const isTelling = totalA * nominalV >= meanW / 2 && totalA > 0;
  return currentsA.map((ampere) => (isTelling ? ampere / totalA : 1 / phases.length));
}
