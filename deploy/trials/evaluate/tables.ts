import { mayAlert } from '../../../rules/ebike/metering.ts';
import {
  delayGoal,
  type Line,
  type NightLine,
  type Side,
  village,
  type WeekLine,
} from './lines.ts';
import type { Quality } from './score.ts';
import { behind } from './village.ts';

/** Cut, not rounded up: 0.449 must not look like a goal of 0.45. */
export const cut = (value: number): string => (Math.floor(value * 1000) / 1000).toFixed(3);

const cell = (value: number | null, digits = 2): string =>
  value === null || Number.isNaN(value) ? '—' : value.toFixed(digits);

const rows = (head: string, lines: readonly string[]): string =>
  [head, head.replaceAll(/[^|]+/g, ' --- '), ...lines].join('\n');

const quality = ({ precision, recall, f1 }: Quality): string =>
  recall === 0 && precision === 0 ? 'never' : `${cell(precision)} / ${cell(recall)} / ${cell(f1)}`;

/** Best F1, what is told at each level, and how soon. */
export const table = (lines: readonly Line[]): string =>
  rows(
    '| meter | channel | season | best F1 (90 %) | goal | possible: precision / recall / F1 | probable | confirmed | wrong findings a meter-day | delay to probable, min |',
    lines.map((line) => {
      const mark = line.goal === null ? '' : line.bestF1 >= line.goal ? ' ✓' : ' ✗';
      const late = line.delayMin !== null && line.delayMin > delayGoal(line) ? ' ✗' : '';
      return `| ${line.place} | ${line.metering} | ${line.season} | ${cut(line.bestF1)} (${cell(line.interval[0])}–${cell(line.interval[1])}) | ${cell(line.goal)}${mark} | ${quality(line.possible)} | ${quality(line.probable)} | ${quality(line.confirmed)} | ${cell(line.wrongFindingsAMeterDay, 3)} | ${cell(line.delayMin, 0)}${late} |`;
    }),
  );

/** Where a message may go out at once. */
export const mayMessage = ({ place, metering }: Line): boolean =>
  mayAlert(behind(place), metering) !== null;

export const alertTable = (lines: readonly Line[]): string =>
  rows(
    '| meter | channel | season | building-days | alerts | of them wrong | wrong a building-day | upper 95 % bound | alerts a village-day | wrong a village-day |',
    lines
      .filter(mayMessage)
      .map(
        (line) =>
          `| ${line.place} | ${line.metering} | ${line.season} | ${line.houseDays} | ${line.alerts} | ${line.wrongAlerts} | ${cell(line.wrongAlertsADay, 4)} | ${cell(line.wrongAlertsUpper, 4)} | ${cell((line.alerts / line.houseDays) * village, 0)} | ${cell(line.wrongAlertsADay * village, 1)} |`,
      ),
  );

export const missTable = (lines: readonly Line[]): string =>
  rows(
    '| meter | channel | season | charges | told | corrected charger | under an hour | no step of its own | score too low |',
    lines.map(({ place, metering, season, charges, missed }) => {
      const { corrected, short, unseen, unsure } = missed;
      return `| ${place} | ${metering} | ${season} | ${charges} | ${charges - corrected - short - unseen - unsure} | ${corrected} | ${short} | ${unseen} | ${unsure} |`;
    }),
  );

export const nightTable = (nights: readonly NightLine[]): string =>
  rows(
    '| season | nights | with charging | area under the curve (90 %) |',
    nights.map(
      ({ season, nights: n, charged, area, interval }) =>
        `| ${season} | ${n} | ${charged} | ${cell(area)} (${cell(interval[0])}–${cell(interval[1])}) |`,
    ),
  );

export const weekTable = (weeks: readonly WeekLine[]): string =>
  rows(
    '| meter | channel | season | house-weeks | meters with three nights or more | of them told | findings | of them wrong | alerts | of them wrong | nobody rides: findings | alerts |',
    weeks.map(
      (line) =>
        `| ${line.place} | ${line.metering} | ${line.season} | ${line.houses} | ${line.repeaters} | ${line.told} | ${line.findings} | ${line.wrong} | ${line.alerts} | ${line.wrongAlerts} | ${line.without?.findings ?? '—'} | ${line.without?.alerts ?? '—'} |`,
    ),
  );

export const sideTable = (lines: readonly Line[], sides: readonly Side[]): string =>
  rows(
    '| meter | channel | season | goal | as above | 2.5 charges a day | no computer without correction |',
    lines.map((line) => {
      const of = (name: Side['name']) =>
        sides.find(
          (one) =>
            one.name === name &&
            one.place === line.place &&
            one.metering === line.metering &&
            one.season === line.season,
        )?.bestF1;
      return `| ${line.place} | ${line.metering} | ${line.season} | ${cell(line.goal)} | ${cut(line.bestF1)} | ${cut(of('more charges') ?? Number.NaN)} | ${cut(of('no old computers') ?? Number.NaN)} |`;
    }),
  );
