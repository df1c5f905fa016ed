import { circuitLimit } from '../../rules/circuit/limit.ts';
import type { Site } from '../../rules/site.ts';
import type { DailyInput, LoadLine } from '../desk/daily-report.ts';
import type { Journal, Quarter } from '../journal/contract.ts';
import { completePercent, meterOf, quarterMs, worstPhaseA } from './quarters.ts';

/** Of how many buildings the report tells. */
const mostLines = 10;
const quarterMin = quarterMs / 60_000;
/** At this share of the limit a building is close to it, per cent. */
const closePercent = 90;

/** What the meters of all buildings said in a time: peaks against the limits, energy, completeness. Undefined without meters. */
export async function loadFigures(
  journal: Pick<Journal, 'quarters'>,
  site: Pick<Site, 'points' | 'devices'>,
  fromMs: number,
  toMs: number,
): Promise<DailyInput['load']> {
  const buildings = site.points.flatMap(({ id, title, kind, limits }) => {
    const device = meterOf(site, id);
    return kind === 'building' && device ? [{ title, limits, device }] : [];
  });
  if (buildings.length === 0) return undefined;
  const devices = buildings.map(({ device }) => device);
  // The quarter that begins with the end is none of it.
  const quarters = await journal.quarters({ fromMs, toMs: toMs - 1, devices });
  const lines: LoadLine[] = [];
  let [energyWh, complete] = [0, 0];
  for (const { title, limits, device } of buildings) {
    const own = quarters.get(device) ?? [];
    energyWh += own.reduce((sum, quarter) => sum + quarter.energyWh, 0);
    complete += completePercent(own, toMs - fromMs);
    const limit = circuitLimit(limits);
    if (limit && own.length > 0) lines.push(lineOf(title, own, limit.limitA));
  }
  const measured = [...quarters.values()].some((own) => own.length > 0);
  return {
    untilMs: toMs,
    top: lines
      .sort((a, b) => b.peakPercent - a.peakPercent || byPlace(a.place, b.place))
      .slice(0, mostLines),
    energyKwh: measured ? energyWh / 1000 : undefined,
    completePercent: complete / buildings.length,
  };
}

const byPlace = (a: string, b: string): number => a.localeCompare(b, 'zh', { numeric: true });

/** By the worst phase: its highest current, and the quarters whose mean was close to the limit. */
function lineOf(place: string, quarters: readonly Quarter[], limitA: number): LoadLine {
  const share = (currentA: number) => (100 * currentA) / limitA;
  return {
    place,
    peakPercent: share(Math.max(...quarters.map((one) => worstPhaseA(one, 'max')))),
    minutesAbove90:
      quarterMin * quarters.filter((one) => share(worstPhaseA(one, 'mean')) >= closePercent).length,
  };
}
