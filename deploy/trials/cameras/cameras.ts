import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runLoad } from '../bench/load.ts';
import { compileTools, sourceOf } from '../bench/tools.ts';
import { type Options, wholeNumber } from '../options.ts';
import { startBox } from './box.ts';
import { page } from './page.ts';
import { writePlan } from './plan.ts';
import { startCameras } from './push-load.ts';
import type { Calm, Result, Round } from './result.ts';

/** A village has ten cameras; a hundred is ten times as many, each at a car a second. */
const cameras = 100;
const pictureBytes = 300_000;
/** Meters of 473 houses that speak every ten seconds, messages a second. */
const paceOfVillage = 50;
const closedLoop = { conns: 50, window: 8, readers: 0 } as const;
const loopS = 12;
const warmS = 3;
/** What a plan is longer than what it is planned for: waits, and a machine that is slow. */
const spareS = 20;

export const usage = `npm run test:cameras [-- --seconds N] [--rounds N] [--note TEXT] [--out FILE]
  a hundred cameras push a picture a second each to a real gateway, and meters speak beside them
  --seconds  how long it goes on (60)
  --rounds   how often the closed loop is measured (3)
  --note     what the page has to say about this run
  --out      where the page goes (docs/cameras.md)
`;
export const options = {
  seconds: { type: 'string', default: '60' },
  rounds: { type: 'string', default: '3' },
  note: { type: 'string', default: '' },
  out: { type: 'string', default: 'docs/cameras.md' },
} as const;

/** `npm run test:cameras`. 0 if it ran. */
export async function main(values: Options<typeof options>): Promise<number> {
  const seconds = wholeNumber(values.seconds, 'seconds');
  const rounds = wholeNumber(values.rounds, 'rounds');
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-cameras-'));
  const tools = compileTools(folder);
  const program = join(folder, 'push-load');
  const compiled = spawnSync('cc', ['-O2', '-o', program, sourceOf('cameras', 'push-load.c')]);
  if (!tools || compiled.status !== 0) throw new Error('It needs a C compiler (cc) for its loads');
  // Before anything is measured: encoding costs time.
  const plans = Array.from({ length: rounds }, (_, round) => {
    const file = join(folder, `plan-${round}`);
    const forS = (round === 0 ? seconds : 0) + loopS + warmS + spareS;
    writePlan(file, { cameras, pictureBytes, seconds: forS, round, fromMs: Date.now() });
    return file;
  });
  const busyBefore = loadavg()[0] ?? 0;
  const box = await startBox({ folder, cameras });
  const sink = fork(fileURLToPath(new URL('./sink.js', import.meta.url)));
  try {
    const [sinkPort] = (await once(sink, 'message')) as [number];
    const meters = (rate: number, forS: number) =>
      runLoad({
        ...closedLoop,
        rate,
        program: tools.load,
        port: box.mqttPort,
        pid: box.pid,
        login: true,
        seconds: forS,
        warmS,
      });
    const push = (port: number, round: number) =>
      startCameras({ program, port, plan: plans[round] ?? '' });
    const seen: Round[] = [];
    let calm: Calm | null = null;
    for (let round = 0; round < rounds; round += 1) {
      const quiet = round === 0 ? await meters(paceOfVillage, loopS) : null;
      const alone = await meters(0, loopS);
      const load = push(box.pushPort, round);
      if (quiet) {
        box.forgetPeak();
        const waitedS = box.waitedS();
        const paced = await meters(paceOfVillage, seconds - warmS);
        const pushes = await load.take();
        const waitedPercent = (100 * (box.waitedS() - waitedS)) / seconds;
        calm = { quiet, paced, pushes, waitedPercent, rssMb: box.rssMb(), peakMb: box.peakMb() };
      }
      const beside = await meters(0, loopS);
      const busy = await load.take();
      await load.stop();
      const elsewhere = push(sinkPort, round);
      const control = await meters(0, loopS);
      await elsewhere.stop();
      seen.push({ alone, beside, control, busy });
    }
    if (!calm) throw new Error('No round');
    const result: Result = {
      atMs: Date.now(),
      machine: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores, Node ${process.versions.node}`,
      busyBefore,
      note: values.note,
      cameras,
      pictureBytes,
      seconds,
      calm,
      rounds: seen,
    };
    const target = resolve(values.out);
    writeFileSync(target, page(result));
    process.stderr.write(`gatehouse: wrote ${target}\n`);
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return [calm.pushes, ...seen.map(({ busy }) => busy)].every(({ failed }) => failed === 0)
      ? 0
      : 1;
  } finally {
    await box.stop();
    sink.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}
