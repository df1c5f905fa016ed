import type { Case } from './compose.ts';

export interface Line extends Case {
  readonly houseDays: number;
  readonly charges: number;
  readonly bestF1: number;
  readonly interval: readonly [number, number];
  readonly goal: number | null;
  /** Precision and recall at the levels probable and confirmed. */
  readonly probable: { readonly precision: number; readonly recall: number };
  readonly confirmed: { readonly precision: number; readonly recall: number };
  readonly wrongFindingsADay: number;
  readonly wrongAlertsADay: number;
  /** Median minutes from plugging in to probable. */
  readonly delayMin: number | null;
}

/** Goals of best F1: mild and summer; winter has none of its own. */
const goals: Readonly<Record<string, number>> = {
  'house/P/mild': 0.15,
  'house/PF/mild': 0.2,
  'house/THD/mild': 0.75,
  'house/P/summer': 0.1,
  'house/PF/summer': 0.12,
  'house/THD/summer': 0.45,
  'phase/P/mild': 0.45,
  'phase/PF/mild': 0.58,
  'phase/THD/mild': 0.85,
  'phase/P/summer': 0.3,
  'phase/PF/summer': 0.42,
  'phase/THD/summer': 0.72,
  'room/P/mild': 0.75,
  'room/PF/mild': 0.82,
  'room/THD/mild': 0.9,
  'room/P/summer': 0.65,
  'room/PF/summer': 0.75,
  'room/THD/summer': 0.86,
};
export const goalOf = ({ place, metering, season }: Case): number | null =>
  goals[`${place}/${metering}/${season}`] ?? null;

/** Cut, not rounded up: 0.449 must not look like a goal of 0.45. */
const cut = (value: number): string => (Math.floor(value * 1000) / 1000).toFixed(3);

const cell = (value: number | null, digits = 2): string =>
  value === null || Number.isNaN(value) ? '—' : value.toFixed(digits);

export function table(lines: readonly Line[]): string {
  const head =
    '| meter | channel | season | best F1 (90 %) | goal | precision / recall at probable | at confirmed | wrong findings a building-day | wrong alerts a building-day | delay, min |';
  const rows = lines.map(
    (line) =>
      `| ${line.place} | ${line.metering} | ${line.season} | ${cut(line.bestF1)} (${cell(line.interval[0])}–${cell(line.interval[1])}) | ${cell(line.goal)}${line.goal === null ? '' : line.bestF1 >= line.goal ? ' ✓' : ' ✗'} | ${cell(line.probable.precision)} / ${cell(line.probable.recall)} | ${cell(line.confirmed.precision)} / ${cell(line.confirmed.recall)} | ${cell(line.wrongFindingsADay)} | ${cell(line.wrongAlertsADay, 4)} | ${cell(line.delayMin, 0)} |`,
  );
  return [head, '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |', ...rows].join(
    '\n',
  );
}

/** Bars of the best F1, a mark where the goal is. */
export function plot(lines: readonly Line[]): string {
  const [left, row, width] = [150, 20, 420];
  const height = lines.length * row + 40;
  const bars = lines.map((line, i) => {
    const y = 20 + i * row;
    const goal =
      line.goal === null
        ? ''
        : `<line x1="${left + width * line.goal}" x2="${left + width * line.goal}" y1="${y}" y2="${y + 14}" stroke="#b3261e" stroke-width="2"/>`;
    return `<text x="${left - 8}" y="${y + 11}" text-anchor="end">${line.place} ${line.metering} ${line.season}</text><rect x="${left}" y="${y}" width="${(width * line.bestF1).toFixed(1)}" height="14" fill="#1b5e4b"/>${goal}<text x="${left + width * line.bestF1 + 6}" y="${y + 11}">${line.bestF1.toFixed(2)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 ${height}" font-family="sans-serif" font-size="11"><rect width="640" height="${height}" fill="#fff"/><text x="${left}" y="12">best F1 of single charges; red: goal</text>${bars.join('')}</svg>\n`;
}

export function page(parts: {
  readonly lines: readonly Line[];
  readonly thermal: readonly string[];
  readonly command: string;
  readonly date: string;
  readonly seeds: string;
}): string {
  const { lines, thermal, command, date, seeds } = parts;
  const alerting = lines.filter(
    ({ place, metering }) =>
      (place === 'room' && metering !== 'P') || (place === 'phase' && metering === 'THD'),
  );
  const worst = Math.max(...alerting.map(({ wrongAlertsADay }) => wrongAlertsADay));
  return `# How good the rules are

Made by \`${command}\` on ${date}; ${seeds}. Days of ten-room houses are composed by \`simulators/house\` (appliances, people, chargers by
model, meters that lose and drift), and run through the real rule. A charge counts as found when a suspicion on its meter and phase begins
within ten minutes of it. Every charge of more than ten minutes is in the truth, also those cut short and those of corrected chargers.

![best F1](images/evaluation.svg)

${table(lines)}

Worst rate of wrong alerts where a message may go out: ${worst.toFixed(4)} a building-day (goal 0.004), which for 473 such houses would be ${(worst * 473).toFixed(1)} a village-day before the desk's budget of three.

## Overload: trip times against IEC 60255-149

${thermal.map((line) => `- ${line}`).join('\n')}

## What this does not show

- No Chinese lead-acid charger was recorded by anybody whose data we can reach: the chargers are a model, anchored on three recorded Bosch
  charges and one lead-acid battery. The weights were set by hand, not fitted by regression; the choice of signal, of the unrest threshold and of
  the level that alerts was made on seeds below 20,000, which is why the test seeds begin there. The recorded charges are tests of the rule, not
  part of this table; a ranking of nights is not measured yet.
- "Best F1" picks its threshold on the days that it scores, as its goal was defined: it is the optimistic end. The delay is that of the charges
  that were found. A rate of 0.004 wrong alerts could only be shown on 750 house-days without one; this run has far fewer.
- \`confirmed\` is asked for before a room with harmonics may alert, where the first proposal asked for \`probable\`: stricter, and hardly later.
- The harmonics of the simulated loads add almost linearly, which flatters THD meters. The simulated evenings have more edges than real ones,
  which does the opposite.
- A corrected charger (one in ten here) has no mark but its shape, and a charge cut short has no end: both are in the truth and lower the recall.
- A meter cannot see a cable, a battery or a room. \`load.ebike\` suspects; a person on site confirms.
`;
}
