import type { Point } from '../site.ts';
import { circuitLimit } from './limit.ts';
import { nominalV } from './supply.ts';

/** What can flow at a point by physics; Infinity where nobody knows. */
export interface Most {
  /** Above this a breaker must have opened within two minutes, A a phase: test c of IEC 60898-1 is 2.55 In. */
  readonly lastingA: number;
  /** Above this it opens at once, whatever its curve, A a phase: 20 In; for one reading, too. */
  readonly momentA: number;
  /** The same for meters of watts alone, W in all. */
  readonly lastingW: number;
  readonly momentW: number;
}

/** No breaker surveyed: no wire of the house carries six times its limit for minutes. */
const lastingTimes = 6;
const mustTripTimes = 2.55;
const magneticTimes = 20;
/** A house of three phases and 63 A draws 41 kW: a thousand is none, surveyed or not, W. */
const houseW = 1_000_000;

/** The most that may flow at `point`, or past a meter that stands nowhere. */
export function mostOf(point: Point | undefined): Most {
  const none = Number.POSITIVE_INFINITY;
  const limit = circuitLimit(point?.limits);
  if (!limit) {
    const isHouse = point !== undefined && point.kind !== 'feeder' && point.kind !== 'transformer';
    return { lastingA: none, momentA: none, lastingW: none, momentW: isHouse ? houseW : none };
  }
  const ratedA = point?.limits?.breaker?.ratedA;
  const lastingA = ratedA === undefined ? lastingTimes * limit.limitA : mustTripTimes * ratedA;
  const momentA = magneticTimes * (ratedA ?? limit.limitA);
  // Which phases the watts are on is not known: all three may carry as much.
  const wattsOf = (ampere: number) => 3 * nominalV * ampere;
  return { lastingA, momentA, lastingW: wattsOf(lastingA), momentW: wattsOf(momentA) };
}
