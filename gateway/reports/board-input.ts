import { circuitLimit } from '../../rules/circuit/limit.ts';
import type { Site } from '../../rules/site.ts';
import type { BoardFigures } from '../desk/boards.ts';
import type { CaseState } from '../desk/cases.ts';
import { atLocal, localTime } from '../desk/local-time.ts';
import type { Journal, Quarter } from '../journal/contract.ts';
import type { Sqlite } from '../store/sqlite.ts';
import { monthBefore } from './month-input.ts';
import { completePercent, meterOf, worstPhaseA } from './quarters.ts';

const hoursOfQuarter = 0.25;

interface Step {
  readonly case_id: number;
  readonly place: string;
  readonly rule: string;
  readonly severity: string | null;
  readonly state: CaseState;
  readonly at_ms: number;
}

/** Every building's figures of the month that ends before `day`: what was verified on site, and what its meter says. */
export async function boardFigures(
  parts: {
    readonly gate: Pick<Sqlite, 'all'>;
    readonly journal: Pick<Journal, 'quarters'>;
    readonly site: Pick<Site, 'points' | 'devices'>;
    readonly zone: string;
  },
  day: string,
): Promise<readonly BoardFigures[]> {
  const { gate, journal, site, zone } = parts;
  const fromMs = atLocal(monthBefore(day), 0, zone);
  const toMs = atLocal(day, 0, zone);
  const steps = await gate.all<Step>(
    `SELECT case_id, cases.place, cases.rule, alerts.severity, case_steps.state, case_steps.at_ms
     FROM case_steps JOIN cases ON cases.id = case_id LEFT JOIN alerts ON alerts.id = cases.alert_id
     WHERE case_steps.at_ms >= ? AND case_steps.at_ms < ? ORDER BY case_steps.id`,
    [fromMs, toMs],
  );
  const late = await gate.all<{ place: string }>(
    `SELECT place FROM cases WHERE state IN ('rechecked_bad', 'reported', 'handed_over')
       OR (state IN ('notified', 'rectifying') AND due_ms < ?)`,
    [toMs],
  );
  const buildings = site.points.filter(({ kind }) => kind === 'building');
  const devices = buildings.flatMap(({ id }) => meterOf(site, id) ?? []);
  const quarters = await journal.quarters({ fromMs, toMs: toMs - 1, devices });
  return buildings.map(({ id, title, limits }): BoardFigures => {
    const own = steps.filter(({ place }) => place === title);
    const device = meterOf(site, id);
    const measured = device === undefined ? undefined : (quarters.get(device) ?? []);
    const limitA = circuitLimit(limits)?.limitA;
    return {
      place: title,
      ...judged(own, zone),
      openPastRecheck: late.filter(({ place }) => place === title).length,
      overloadHours: limitA === undefined ? 0 : hoursAbove(measured ?? [], limitA),
      completePercent: measured && completePercent(measured, toMs - fromMs),
    };
  });
}

/** What people found on site. A suspicion that nobody has verified counts nothing. */
function judged(steps: readonly Step[], zone: string) {
  const verified = (rule: (one: Step) => boolean) =>
    steps.filter((one) => one.state === 'verified' && rule(one)).length;
  const dayOf = (state: CaseState, id: number) => {
    const step = steps.find((one) => one.case_id === id && one.state === state);
    return step && localTime(step.at_ms, zone).day;
  };
  return {
    confirmedCharging: verified(({ rule }) => rule.startsWith('load.ebike')),
    confirmedOverloads: verified(
      ({ rule, severity }) => rule === 'load.overload' && severity === 'critical',
    ),
    notRectified: steps.filter(({ state }) => state === 'rechecked_bad').length,
    rectifiedSameDay: steps.filter(
      ({ state, case_id }) =>
        state === 'rechecked_ok' && dayOf('notified', case_id) === dayOf('rechecked_ok', case_id),
    ).length,
  };
}

/** Hours in which the mean of the worst phase was at or above the limit. */
const hoursAbove = (quarters: readonly Quarter[], limitA: number): number =>
  hoursOfQuarter * quarters.filter((one) => worstPhaseA(one, 'mean') >= limitA).length;
