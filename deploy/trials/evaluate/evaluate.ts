import { mkdirSync, writeFileSync } from 'node:fs';
import { Presets, SingleBar } from 'cli-progress';
import { createFold } from '../../../rules/fold.ts';
import { overload } from '../../../rules/overload.ts';
import { createRandom } from '../../../simulators/random.ts';
import { cases, firstTestSeed, judgeHouse } from './compose.ts';
import { goalOf, type Line, page, plot, table } from './page.ts';
import { bestF1, interval, type Judged, qualityAt, quantile } from './score.ts';

const daysEach = 2;

/** `npm run evaluate [-- --houses N]`: composes days, runs the real rules, prints how good they are. */
export async function main(argv: readonly string[]): Promise<number> {
  const houses = Number(argv[argv.indexOf('--houses') + 1]) || 40;
  const bar = new SingleBar(
    { format: 'houses {bar} {percentage}% | {eta_formatted} left', stream: process.stderr },
    Presets.shades_classic,
  );
  if (process.stderr.isTTY) bar.start(cases.length * houses, 0);
  const lines: Line[] = [];
  for (const one of cases) {
    const days: Judged[] = [];
    for (let i = 0; i < houses; i += 1) {
      days.push(judgeHouse(one, firstTestSeed + i, daysEach));
      bar.increment();
      // Lets the bar and Ctrl-C through.
      await new Promise((resolve) => setImmediate(resolve));
    }
    lines.push(summarise(one, days, houses * daysEach));
  }
  bar.stop();
  const thermal = thermalTrips();
  process.stdout.write(`${table(lines)}\n\n${thermal.join('\n')}\n`);
  mkdirSync('docs/images', { recursive: true });
  const date = new Date().toISOString().slice(0, 10);
  const seeds = `test seeds ${firstTestSeed} to ${firstTestSeed + houses - 1}, ${daysEach} days each`;
  writeFileSync('docs/images/evaluation.svg', plot(lines));
  writeFileSync(
    'docs/evaluation.json',
    `${JSON.stringify({ date, seeds, lines, thermal }, null, 1)}\n`,
  );
  writeFileSync(
    'docs/evaluation.md',
    page({ lines, thermal, command: 'npm run evaluate', date, seeds }),
  );
  return 0;
}

function summarise(one: (typeof cases)[number], days: readonly Judged[], houseDays: number): Line {
  const random = createRandom(`bootstrap/${one.place}/${one.metering}/${one.season}`);
  const all = days.flatMap(({ suspicions }) => suspicions);
  const wrong = all.filter(({ truth }) => truth === null);
  const delays = all.flatMap(({ probableMs }) =>
    probableMs === null ? [] : [probableMs / 60_000],
  );
  return {
    ...one,
    houseDays,
    charges: days.reduce((sum, { charges }) => sum + charges, 0),
    bestF1: bestF1(days),
    interval: interval(days, (below) => random.integer(0, below - 1)),
    goal: goalOf(one),
    probable: qualityAt(days, 1.5),
    confirmed: qualityAt(days, 3),
    wrongFindingsADay: wrong.length / houseDays,
    wrongAlertsADay: wrong.filter(({ alerted }) => alerted).length / houseDays,
    delayMin: delays.length > 0 ? quantile(delays, 0.5) : null,
  };
}

/** tau 600 s, 42 A: cold, hot from 30 A, and never; sampled at 1 and 10 s. */
function thermalTrips(): string[] {
  const config = overload.config.parse({
    rushHoldS: 3600,
    criticalHoldMin: 60,
    alarmHoldMin: 1000,
  });
  const site = {
    name: 'trip',
    utcOffsetMs: 0,
    lanes: [],
    points: [{ id: 'b', title: 'b', kind: 'building' as const, limits: { contractA: 42 } }],
    devices: [{ id: 'm', point: 'b', kinds: ['power' as const], intervalS: 1 }],
  };
  const trip = (everyS: number, preA: number, currentA: number): number | null => {
    const fold = createFold(site, [{ rule: overload, config, mode: 'live' }]);
    const preS = preA > 0 ? 7200 : 0;
    for (let s = 0; s <= preS + 20_000; s += everyS) {
      const phases = [{ currentA: s < preS ? preA : currentA }];
      for (const { stage } of fold.take({
        kind: 'power',
        device: 'm',
        atMs: 1e12 + s * 1000,
        powerW: 1,
        phases,
      })) {
        if (stage === 3) return s - preS;
      }
    }
    return null;
  };
  return (
    [
      [0, 63, 352.7],
      [30, 63, 198.4],
      [0, 41, null],
    ] as const
  ).flatMap(([preA, currentA, expected]) =>
    [1, 10].map((everyS) => {
      const found = trip(everyS, preA, currentA);
      const error =
        expected === null || found === null
          ? ''
          : `, ${((100 * (found - expected)) / expected).toFixed(1)} % off`;
      return `${currentA} A on 42 A${preA > 0 ? `, hot from ${preA} A` : ''}, sampled every ${everyS} s: ${found ?? 'never'}${found === null ? '' : ' s'} (expected ${expected ?? 'never'}${expected === null ? '' : ' s'}${error})`;
    }),
  );
}
