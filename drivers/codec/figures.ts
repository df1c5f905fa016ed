import { CodecError } from '../driver.ts';
import type { Phase } from '../reading.ts';
import { number } from './json.ts';

/** What a meter says of one phase, as it says it: numbers, or texts that are numbers. */
export interface Said {
  readonly voltage?: unknown;
  readonly current?: unknown;
  readonly power?: unknown;
  readonly factor?: unknown;
  readonly apparent?: unknown;
}

/** 65,535 hundredths: a register full of ones, no current. */
const fullOfOnes = 655.35;
/** P may exceed U × I by rounding, not by more. */
const tolerance = 1.15;

/**
 * One phase in SI units. Members that were not sent stay absent. Throws where the figures cannot belong to
 * one supply: a current full of ones, a factor over 1, power without voltage, more power than volts times amperes.
 */
export function phaseOf({ voltage, current, power, factor, apparent }: Said): Phase {
  const voltageV = number(voltage);
  const currentA = number(current);
  const powerW = number(power);
  const powerFactor = number(factor);
  const apparentVa =
    number(apparent) ??
    (voltageV !== undefined && currentA !== undefined ? voltageV * currentA : undefined);
  const wrong =
    (currentA !== undefined && (currentA < 0 || currentA >= fullOfOnes)) ||
    (powerFactor !== undefined && Math.abs(powerFactor) > 1.01) ||
    (voltageV !== undefined && (voltageV < 0 || (voltageV === 0 && Math.abs(powerW ?? 0) > 0))) ||
    (apparentVa !== undefined &&
      powerW !== undefined &&
      Math.abs(powerW) > 20 &&
      Math.abs(powerW) > apparentVa * tolerance);
  if (wrong) throw new CodecError('The figures cannot belong to one supply');
  return {
    ...(voltageV === undefined ? {} : { voltageV }),
    ...(currentA === undefined ? {} : { currentA }),
    ...(powerW === undefined ? {} : { powerW }),
    // The sign follows the power flow; the vocabulary knows the size alone.
    ...(powerFactor === undefined ? {} : { powerFactor: Math.min(1, Math.abs(powerFactor)) }),
  };
}

/** kWh as Wh, without the dust of binary fractions. */
export const wattHours = (kilo: unknown): number | undefined => {
  const value = number(kilo);
  return value === undefined || value < 0 ? undefined : Math.round(value * 1e6) / 1000;
};

/** Sum of phase powers to the digits they have, W. */
export const totalW = (phases: readonly Phase[]): number =>
  Math.round(phases.reduce((sum, { powerW = 0 }) => sum + powerW, 0) * 1000) / 1000;
