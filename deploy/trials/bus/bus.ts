import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { Presets, SingleBar } from 'cli-progress';
import { type Options, oneOf, wholeNumber } from '../options.ts';
import { type Case, goalCases, otherCases } from './cases.ts';
import { measure } from './measure.ts';
import { type Measured, page, verdict } from './page.ts';
import { reckon } from './reckon.ts';

export const usage = `npm run trial:bus [-- --rounds N] [--baud N] [--end tcp]
  how long a round of ten meters on one RS-485 bus takes, measured; writes docs/buses.md for 2400 bit/s on a pty
  --rounds  of each case (8)
  --baud    bits a second (2400)
  --end     pty, or tcp: behind a converter (pty)
`;
export const options = {
  rounds: { type: 'string', default: '8' },
  end: { type: 'string', default: 'pty' },
  baud: { type: 'string', default: '2400' },
} as const;

/** `npm run trial:bus`. 0 if the goals are reached. */
export async function main(values: Options<typeof options>): Promise<number> {
  const rounds = wholeNumber(values.rounds, 'rounds');
  const baudRate = wholeNumber(values.baud, 'baud');
  const end = oneOf(values.end, ['pty', 'tcp'], 'end');
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
