import type { Site } from '../../rules/site.ts';
import type { CurveChannel, Quarter } from '../journal/contract.ts';

export const quarterMs = 900_000;

const currents: readonly CurveChannel[] = ['l1A', 'l2A', 'l3A', 'currentA'];

/** Current of the phase that carries most in a quarter of an hour, A. */
export const worstPhaseA = (quarter: Quarter, figure: 'max' | 'mean'): number =>
  Math.max(0, ...currents.map((channel) => quarter.figures[channel]?.[figure] ?? 0));

/** Share of a time that readings cover, per cent. */
export const completePercent = (quarters: readonly Quarter[], ms: number): number =>
  Math.min(
    100,
    (100 * quarters.reduce((sum, { completeness }) => sum + completeness, 0)) / (ms / quarterMs),
  );

/** The meter of a whole building; undefined where it has none. */
export const meterOf = ({ devices }: Pick<Site, 'devices'>, building: string): string | undefined =>
  devices.find(({ point, kinds }) => point === building && kinds.includes('power'))?.id;
