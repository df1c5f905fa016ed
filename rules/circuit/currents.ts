import type { PowerReading } from '../../drivers/reading.ts';
import { nominalV } from './supply.ts';

/** Power factor that is taken where a meter gives only watts: 8 kW are then 38 A, not 36. */
const assumedPowerFactor = 0.95;

/**
 * Sets `out`, three places, to the current of each phase in its order, A: estimated from the power where the meter gives none, 0 where it
 * gives neither. Returns how many phases there are; one for the whole where none is known.
 */
export function phaseCurrents(
  { phases, powerW }: PowerReading,
  threePhase: boolean,
  out: Float64Array,
): number {
  out.fill(0);
  if (phases) {
    let known = false;
    for (let i = 0; i < phases.length; i += 1) {
      const phase = phases[i];
      if (phase?.currentA !== undefined) {
        out[i] = phase.currentA;
        known = true;
      } else if (phase?.powerW !== undefined) {
        const volts = phase.voltageV || nominalV;
        out[i] = Math.abs(phase.powerW) / (volts * (phase.powerFactor || assumedPowerFactor));
        known = true;
      }
    }
    if (known) return phases.length;
  }
  out[0] = Math.abs(powerW) / (nominalV * assumedPowerFactor * (threePhase ? 3 : 1));
  return 1;
}

/** The highest of them, A. */
export function highestCurrentA(reading: PowerReading, threePhase: boolean): number {
  const currentsA = new Float64Array(3);
  phaseCurrents(reading, threePhase, currentsA);
  return Math.max(...currentsA);
}
