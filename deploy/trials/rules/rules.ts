import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { resolve } from 'node:path';
import { startProgress } from '../../../gateway/commands/progress.ts';
import { chosenRules } from '../../../gateway/replay/chosen.ts';
import { armRules } from '../../../rules/fold.ts';
import { rules } from '../../../rules/index.ts';
import { type Options, wholeNumber } from '../options.ts';
import { costOf, costOfLines } from './cost.ts';
import { memoryOf } from './memory.ts';
import { page, type Result } from './page.ts';
import { storedCost } from './stored-days.ts';
import { createVillage } from './village.ts';

const houses = 473;
/** Enough to see growth, few enough that a month takes minutes. */
const memoryHouses = 8;
const storedHours = 3;

export const usage = `npm run bench:rules [-- --days N] [--out FILE]
  what the rules cost, together and each alone, live and over a month, and a replay from the store
  --days  how long memory is looked at (30)
  --out   where the page goes (docs/rules-speed.md)
`;
export const options = {
  days: { type: 'string', default: '30' },
  out: { type: 'string', default: 'docs/rules-speed.md' },
} as const;

/** `npm run bench:rules`. 0 if it ran. */
export async function main(values: Options<typeof options>): Promise<number> {
  const days = wholeNumber(values.days, 'days');
  const busy = loadavg()[0] ?? 0;
  const armed = armRules(rules);
  const village = createVillage(houses, 10);
  const { perHour } = village;
  const everySecond = createVillage(houses, 1);
  const progress = startProgress('rules', armed.length + 6);
  let done = 0;
  const step = <T>(value: T): T => {
    done += 1;
    progress.to(done);
    return value;
  };
  const every10 = step(costOf(village, armed, 2 * perHour, 2 * perHour));
  const every1 = step(costOf(everySecond, armed, everySecond.perHour / 3, everySecond.perHour / 3));
  const none = step(costOf(village, [], perHour, perHour / 2));
  const lines = step(costOfLines(village, perHour / 2, perHour / 4));
  const alone = armed.map((one) => {
    const cost = costOf(village, chosenRules(armed, one.rule.id), perHour, perHour / 2);
    return step({ id: one.rule.id, hears: one.rule.hears ?? [], cost });
  });
  const memory = step(memoryOf(createVillage(memoryHouses, 10), memoryHouses, days));
  const stored = step(await storedCost(village, storedHours, 'load.overload'));
  progress.stop();
  const result: Result = {
    atMs: Date.now(),
    machine: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores, Node ${process.versions.node}`,
    busy,
    houses,
    every10,
    every1,
    none,
    lines,
    rules: alone,
    memory,
    memoryHouses,
    stored,
  };
  const target = resolve(values.out);
  writeFileSync(target, page(result));
  process.stderr.write(`gatehouse: wrote ${target}\n`);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return 0;
}
