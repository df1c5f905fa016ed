import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';
import { type Case, goalCases, otherCases } from './cases.ts';
import { measure } from './measure.ts';
import { type Measured, page, verdict } from './page.ts';
import { reckon } from './reckon.ts';

/** `npm run trial:bus [-- --rounds N --end tcp --baud N]`: how long a round takes, measured; writes docs/buses.md. */
export async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      rounds: { type: 'string', default: '8' },
      end: { type: 'string', default: 'pty' },
      baud: { type: 'string', default: '2400' },
    },
  });
  const [rounds, baudRate] = [values.rounds, values.baud].map(Number);
  if (!rounds || !baudRate) throw new Error('Whole numbers above 0 are needed');
  const end = values.end === 'tcp' ? 'tcp' : 'pty';
  const bar = new SingleBar(
    { format: '{title} {bar} {value}/{total} rounds', stream: process.stderr },
    Presets.shades_classic,
  );
  const of = async (one: Case): Promise<Measured> => {
    if (process.stderr.isTTY) bar.start(rounds, 0, one);
    const periodsS = await measure(one, { rounds, baudRate, end }, (n) => bar.update(n));
    bar.stop();
    const meanS = periodsS.reduce((sum, s) => sum + s, 0) / periodsS.length;
    const reckoned = reckon(one.options, one.reading, { baudRate, delayMs: one.delayMs });
    const measured = { ...one, meanS, worstS: Math.max(...periodsS), reckoned };
    const { title, worstS } = measured;
    process.stdout.write(
      `${title}: ${meanS.toFixed(2)} s a round, ${worstS.toFixed(2)} at worst\n`,
    );
    return measured;
  };
  const [ten, nine, withDead] = [
    await of(goalCases[0]),
    await of(goalCases[1]),
    await of(goalCases[2]),
  ];
  const others: Measured[] = [];
  for (const one of otherCases) others.push(await of(one));
  const result = {
    atMs: Date.now(),
    machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
    rounds,
    baudRate,
    end,
    ten,
    nine,
    withDead,
    others,
  } as const;
  const usual = baudRate === 2400 && end === 'pty';
  if (usual) writeFileSync('docs/buses.md', page(result));
  const { reached, told } = verdict(result);
  process.stdout.write(`${told}\n`);
  return reached ? 0 : 1;
}
