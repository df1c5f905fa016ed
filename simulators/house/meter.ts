import type { PowerReading } from '../../drivers/reading.ts';
import type { Random } from '../random.ts';
import { type Metering, meterReading, type PhaseState } from './house.ts';

/** What is wrong with an ordinary meter. Estimates: nobody has counted them on a wall. */
export interface MeterFaults {
  /** Class of the meter: one standard deviation of its gain. */
  readonly gain: number;
  /** Share of readings that never arrive. */
  readonly lost: number;
  /** Restarts or lost networks in a day, and how long each lasts, s. */
  readonly gapsPerDay: number;
  readonly gapS: readonly [number, number];
  /** Its clock against the true one, ms (one standard deviation). */
  readonly clockMs: number;
}

/** A cheap meter on a household's wireless network. */
export const ordinaryFaults: MeterFaults = {
  gain: 0.01,
  lost: 0.01,
  gapsPerDay: 0.5,
  gapS: [30, 1500],
  clockMs: 1500,
};

export interface MeterPlan {
  readonly device: string;
  readonly metering: Metering;
  /** A meter of active power alone that still shows each phase. */
  readonly perPhase?: boolean;
  readonly intervalS: number;
  readonly faults: MeterFaults;
}

/** A meter between the wires and the box. Returns null where nothing is sent. Ask in the order of time. */
export function createMeter(
  random: Random,
  plan: MeterPlan,
): (s: number, atMs: number, phases: readonly PhaseState[]) => PowerReading | null {
  const { device, metering, perPhase = false, intervalS, faults } = plan;
  const gain = 1 + random.normal(0, faults.gain);
  const offsetMs = Math.round(random.normal(0, faults.clockMs));
  const beginGap = (faults.gapsPerDay * intervalS) / 86_400;
  let silentUntilS = Number.NEGATIVE_INFINITY;
  return (s, atMs, phases) => {
    if (s < silentUntilS) return null;
    if (random.chance(beginGap)) {
      silentUntilS = s + random.between(faults.gapS[0], faults.gapS[1]);
      return null;
    }
    if (random.chance(faults.lost)) return null;
    const seen = phases.map((phase) => ({
      ...phase,
      powerW: phase.powerW * gain,
      currentA: phase.currentA * gain,
      reactiveVar: phase.reactiveVar * gain,
    }));
    const reading = meterReading(device, atMs + offsetMs, seen, metering);
    if (metering !== 'P' || !perPhase) return reading;
    return { ...reading, phases: seen.map(({ powerW }) => ({ powerW: Math.round(powerW) })) };
  };
}
