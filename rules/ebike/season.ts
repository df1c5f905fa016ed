/** The weather decides what else runs. */
export type Season = 'mild' | 'summer' | 'winter';

const hourMs = 3_600_000;

/** Season of Shanghai by the local month, 1 to 12, where nobody measures the air. */
export function seasonOf(
  atMs: number,
  utcOffsetMs: number,
  { summerMonths, winterMonths }: Months,
): Season {
  const month = monthOf(Math.floor((atMs + utcOffsetMs) / (24 * hourMs)));
  if (summerMonths.includes(month)) return 'summer';
  return winterMonths.includes(month) ? 'winter' : 'mild';
}

export interface Months {
  readonly summerMonths: readonly number[];
  readonly winterMonths: readonly number[];
}

/** Month of a day since 1970-01-01, by the civil calendar. */
function monthOf(day: number): number {
  // Years begin on 1 March here: the leap day is a year's last (Hinnant, chrono-compatible date algorithms).
  const shifted = day + 719_468;
  const ofEra = ((shifted % 146_097) + 146_097) % 146_097;
  const year = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) /
      365,
  );
  const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  return fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
}
