import type { Watch } from './box-findings.ts';

/** Says late in a month that no drill was held in it, until one is. `missing` is that month, as of the last look. */
export function drillWatch(missing: () => string | null): Watch {
  return {
    rule: 'notice.drill_due',
    severity: 'minor',
    holdMs: 0,
    ill() {
      const month = missing();
      if (month === null) return null;
      return {
        text: {
          zh: `${month}还没有做短信演练，请主任在“排班”页开始一次。`,
          en: `No SMS drill was held in ${month}: the chair starts one on the page "Roster".`,
        },
        evidence: { month },
      };
    },
  };
}
