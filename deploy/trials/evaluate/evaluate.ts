import { mkdirSync, writeFileSync } from 'node:fs';
import { Presets, SingleBar } from 'cli-progress';
import type { MeterPlace } from '../../../simulators/house/compose.ts';
import { createRandom } from '../../../simulators/random.ts';
import { type Options, wholeNumber } from '../options.ts';
import { startCrew } from './crew.ts';
import { chargesADay, fitWeights } from './fit.ts';
import type { judgeHouse, Night } from './judge-house.ts';
import { firstWeekSeed, type judgeWeek, sumOfWeeks } from './judge-week.ts';
import type { JudgeTask } from './judge-worker.ts';
import { goalOf, type Line, type NightLine, type Side, type WeekLine } from './lines.ts';
import { page } from './page.ts';
import { plotF1, plotNights } from './plots.ts';
import {
  areaUnder,
  bestF1,
  interval,
  type Judged,
  qualityAt,
  quantile,
  upperRate,
} from './score.ts';
import { table } from './tables.ts';
import { thermalTrips } from './thermal.ts';
import { type Case, type Habits, meterings, places, seasons } from './village.ts';
import type { WeekTask } from './week-worker.ts';

/** Seeds from here on are for testing; weights and levels were fitted on seeds below 10,000 (fit.ts). */
export const firstTestSeed = 20_000;
const daysEach = 2;
const usual: Habits = { charges: chargesADay };
/** What else the reference's figures may have been made with: its estimate of a village's charges, and computers that all obey IEC 61000-3-2. */
const others: ReadonlyArray<readonly [name: Side['name'], habits: Habits]> = [
  ['more charges', { charges: 2.5 }],
  ['no old computers', { charges: chargesADay, oldComputers: 0 }],
];

export const usage = `npm run evaluate [-- --houses N | --fit]
  composes days of houses, runs the real rules over them, prints how good they are and writes docs/evaluation.md
  --houses  of each place and season, two days each, and weeks of a tenth of them (100: about twenty minutes on two cores)
  --fit     fits the weights of the charging rule instead, which takes half an hour on two cores
`;
export const options = {
  houses: { type: 'string', default: '100' },
  fit: { type: 'boolean', default: false },
} as const;

/** `npm run evaluate`. 0 if it ran; what is not reached is marked on the page, and no failure. */
export async function main(values: Options<typeof options>): Promise<number> {
  const date = new Date().toISOString().slice(0, 10);
  if (values.fit) {
    await fitWeights(date, (line) => process.stderr.write(`${line}\n`));
    process.stderr.write('rules/ebike/weights.ts is written: npm run format, then evaluate\n');
    return 0;
  }
  const houses = wholeNumber(values.houses, 'houses');
  const fewer = Math.ceil(houses / 3);
  const bar = new SingleBar(
    { format: 'houses {bar} {percentage}% | {eta_formatted} left', stream: process.stderr },
    Presets.shades_classic,
  );
  const weekly = Math.ceil(houses / 10);
  const total =
    places.length * seasons.length * (houses + others.length * fewer + weekly) +
    (places.length - 1) * seasons.length * weekly;
  if (process.stderr.isTTY) bar.start(total, 0);
  const crew = startCrew<JudgeTask, ReturnType<typeof judgeHouse>>('judge-worker');
  const lines: Line[] = [];
  const nights: NightLine[] = [];
  const sides: Side[] = [];
  for (const place of places)
    for (const season of seasons) {
      const run = async (habits: Habits, count: number) => {
        const judged = new Map(meterings.map((one) => [one, [] as Judged[]]));
        const seen: Night[] = [];
        const tasks = Array.from({ length: count }, (_, i) => {
          return { place, season, seed: firstTestSeed + i, days: daysEach, habits };
        });
        for (const house of await crew.work(tasks, () => bar.increment())) {
          for (const [metering, days] of house.byMetering) judged.get(metering)?.push(days);
          seen.push(...house.nights);
        }
        return { judged, seen };
      };
      if (!process.stderr.isTTY) process.stderr.write(`${place} ${season}\n`);
      const { judged, seen } = await run(usual, houses);
      for (const [metering, days] of judged)
        lines.push(summarise({ place, metering, season }, days, houses * daysEach));
      if (place === 'house') nights.push(summariseNights(season, seen));
      for (const [name, habits] of others)
        for (const [metering, days] of (await run(habits, fewer)).judged)
          sides.push({ name, place, metering, season, bestF1: bestF1(days) });
    }
  await crew.end();
  const weeks = await judgeWeeks(weekly, () => bar.increment());
  bar.stop();
  const thermal = thermalTrips();
  process.stdout.write(`${table(lines)}\n\n${thermal.join('\n')}\n`);
  mkdirSync('docs/images', { recursive: true });
  const seeds = `test seeds ${firstTestSeed} to ${firstTestSeed + houses - 1}, ${daysEach} days each`;
  writeFileSync('docs/images/evaluation.svg', plotF1(lines));
  writeFileSync('docs/images/evaluation-nights.svg', plotNights(nights));
  const short = nights.map(({ roc: _points, ...rest }) => rest);
  writeFileSync(
    'docs/evaluation.json',
    `${JSON.stringify({ date, seeds, lines, nights: short, weeks, sides, thermal }, null, 1)}\n`,
  );
  const command = `npm run evaluate -- --houses ${houses}`;
  writeFileSync(
    'docs/evaluation.md',
    page({ lines, nights, weeks, sides, thermal, command, date, seeds }),
  );
  return 0;
}

/** Weeks of houses that keep their riders, for repeated nights: in every place and season, measured in every way. */
async function judgeWeeks(houses: number, seen: () => void): Promise<WeekLine[]> {
  const crew = startCrew<WeekTask, ReturnType<typeof judgeWeek>>('week-worker');
  const lines: WeekLine[] = [];
  for (const place of places)
    for (const season of seasons) {
      const judge = (charges: number) => {
        const tasks = Array.from({ length: houses }, (_, i) => {
          return { place, season, seed: firstWeekSeed + i, charges };
        });
        return crew.work(tasks, seen);
      };
      // Two riders of ten rooms, each every second night.
      const judged = await judge(1);
      const quiet = place === 'room' ? null : await judge(0);
      for (const metering of meterings) {
        const of = (weeks: typeof judged) =>
          sumOfWeeks(weeks.flatMap((one) => one.get(metering) ?? []));
        const without = quiet && of(quiet);
        lines.push({ place, metering, season, houses, ...of(judged), without });
      }
    }
  await crew.end();
  return lines;
}

const metersOf: Readonly<Record<MeterPlace, number>> = { house: 1, phase: 3, room: 10 };

function summarise(one: Case, houses: readonly Judged[], houseDays: number): Line {
  const random = createRandom(`bootstrap/${one.place}/${one.metering}/${one.season}`);
  const pick = (below: number) => random.integer(0, below - 1);
  const all = houses.flatMap(({ suspicions }) => suspicions);
  const delays = all.flatMap(({ probableMs }) =>
    probableMs === null ? [] : [probableMs / 60_000],
  );
  const wrongAlerts = all.filter(({ wrongAlert }) => wrongAlert).length;
  const f1 = bestF1(houses);
  const missed = houses.flatMap((house) => house.missed);
  return {
    ...one,
    houseDays,
    charges: houses.reduce((sum, { charges }) => sum + charges, 0),
    bestF1: f1,
    interval: interval(houses, bestF1, pick),
    goal: goalOf(one),
    possible: qualityAt(houses, 'possible'),
    probable: qualityAt(houses, 'probable'),
    confirmed: qualityAt(houses, 'confirmed'),
    missed: {
      corrected: missed.filter((one) => one === 'corrected').length,
      short: missed.filter((one) => one === 'short').length,
      unseen: missed.filter((one) => one === 'unseen').length,
      unsure: missed.filter((one) => one === 'unsure').length,
    },
    wrongFindingsAMeterDay:
      all.filter(({ level, truth }) => level !== null && truth === null).length /
      (houseDays * metersOf[one.place]),
    alerts: all.filter(({ alerted }) => alerted).length,
    wrongAlerts,
    wrongAlertsADay: wrongAlerts / houseDays,
    wrongAlertsUpper: upperRate(wrongAlerts, houseDays),
    repeatAlerts: houses.reduce((sum, { repeatAlerts }) => sum + repeatAlerts, 0),
    delayMin: delays.length > 0 ? quantile(delays, 0.5) : null,
  };
}

function summariseNights(season: Case['season'], nights: readonly Night[]): NightLine {
  const random = createRandom(`bootstrap/nights/${season}`);
  const ranked = [...nights].sort((a, b) => b.scoreW - a.scoreW);
  const charged = ranked.filter((one) => one.charged).length;
  let [right, wrong] = [0, 0];
  const roc = ranked.map((one): readonly [number, number] => {
    if (one.charged) right += 1;
    else wrong += 1;
    return [wrong / Math.max(1, ranked.length - charged), right / Math.max(1, charged)];
  });
  return {
    season,
    nights: ranked.length,
    charged,
    area: areaUnder(ranked),
    interval: interval(ranked, areaUnder, (below) => random.integer(0, below - 1), 100),
    roc,
  };
}
