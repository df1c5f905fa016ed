import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startProgress } from '../../../gateway/commands/progress.ts';
import { type Options, oneOf } from '../options.ts';
import { startCandidate } from './candidates.ts';
import { measureDataLife } from './data-life.ts';
import { measureFlush } from './flush.ts';
import { goalsOf } from './goals.ts';
import { runLoad } from './load.ts';
import { median } from './median.ts';
import { installNodeRed, measureNodeRed } from './node-red.ts';
import { page, plot, tables } from './page.ts';
import { type Form, planOf, type Run } from './plan.ts';
import { cpuMsOf, rssMbOf } from './process.ts';
import type { Idle, Machine, Report, Result } from './result.ts';
import { compileTools, type Tools } from './tools.ts';

const parts = [
  'throughput',
  'slow',
  'latency',
  'bytes',
  'reader',
  'stalled',
  'data-life',
  'node-red',
] as const;

export const usage = `npm run bench [-- --short | --full] [--write DIR] [--only PART]
  measures the gateway beside plain aedes and mosquitto, and prints tables.
  --short   one round, about three minutes; --full  five rounds, about twenty. Otherwise three, about fifteen
  --only    one of ${parts.join(', ')}
            (data-life takes two minutes and is not in the short form. Node-RED is installed once, with a Node of its own, below node_modules/.cache; not in the short form)
  --write   where performance.md, performance.json and images/ go; docs without --short and --only
  GATEHOUSE_PROFILE=DIR in the environment: a CPU profile of each gateway goes there, and the figures are worth less
`;
export const options = {
  short: { type: 'boolean', default: false },
  full: { type: 'boolean', default: false },
  only: { type: 'string' },
  write: { type: 'string' },
} as const;

/** So long that each of 473 meters has spoken, and what they waited for the first time is over. */
const warmS = 3;
const starts = 5;
const idleS = 4;
/** A box stands for months: what its start left is collected after two seconds, and every program waits as long. */
const settleS = 3;

/** `npm run bench`. 0 if it ran; figures that were not reached are marked, and no failure. */
export async function main(values: Options<typeof options>): Promise<number> {
  const { only } = values;
  if (only !== undefined) oneOf(only, parts, 'only');
  const form: Form = values.short ? 'short' : values.full ? 'full' : 'normal';
  const target = values.write ?? (form === 'short' || only !== undefined ? undefined : 'docs');
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
  try {
    const tools = compileTools(folder);
    if (tools === null) {
      process.stderr.write('A C compiler is needed: apt-get install gcc libc6-dev\n');
      return 1;
    }
    const report = await measure(form, only, folder, tools);
    process.stdout.write(`${tables(report)}\n`);
    if (target !== undefined) write(report, target);
    const missed = goalsOf(report).filter(({ ok }) => !ok);
    process.stderr.write(`${missed.length} figures are not reached\n`);
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(
  form: Form,
  only: string | undefined,
  folder: string,
  tools: Tools,
): Promise<Report> {
  const machine = { ...machineOf(), flushMs: measureFlush(folder) };
  const plan = planOf(form).filter(
    ({ part, name }) =>
      (only === undefined || part === only) &&
      (name !== 'mosquitto' || machine.mosquitto !== 'absent'),
  );
  const cost = ({ seconds }: Run) => seconds + warmS + settleS + 1;
  const bar = startProgress(
    'measuring',
    plan.reduce((sum, run) => sum + cost(run), starts + idleS),
  );
  const idle = await measureIdle(folder);
  let done = starts + idleS;
  const results: Result[] = [];
  for (const run of plan) {
    bar.to(done);
    results.push(await measureRun(run, folder, tools));
    done += cost(run);
  }
  bar.stop();
  const wanted = (part: string) => only === part || (only === undefined && form !== 'short');
  const dataLife = wanted('data-life') ? await measureDataLife(folder, tools) : null;
  const nodeRed = wanted('node-red') ? await peer(folder, tools) : null;
  const command = `npm run bench${form === 'normal' ? '' : ` -- --${form}`}`;
  return {
    date: new Date().toISOString().slice(0, 10),
    command,
    machine,
    idle,
    results,
    ...(dataLife ? { dataLife } : {}),
    ...(nodeRed ? { nodeRed } : {}),
  };
}

/** The job as a user would build it otherwise; null where it cannot be installed. */
async function peer(folder: string, tools: Tools) {
  const installed = join('node_modules', '.cache', 'gatehouse-node-red');
  if (installNodeRed(resolve(installed))) return measureNodeRed(resolve(installed), folder, tools);
  process.stderr.write('Node-RED could not be installed: left out\n');
  return null;
}

/** Every run has a fresh process and an empty store. */
async function measureRun(run: Run, folder: string, tools: Tools): Promise<Result> {
  const { name, conns, windowMs, slowMs } = run;
  const slow = slowMs > 0 ? { slow: { library: tools.slowFlush, ms: slowMs } } : {};
  const candidate = await startCandidate({ name, folder, conns, windowMs, ...slow });
  try {
    const { port, pid, login } = candidate;
    await sleep(settleS * 1000);
    const measured = await runLoad({
      ...run,
      program: tools.load,
      port,
      pid,
      login,
      warmS,
      onWindow: () => void candidate.figures(),
    });
    const figures = await candidate.figures();
    const { stored, duplicates = 0 } = figures;
    const lost =
      stored === undefined ? {} : { lost: Math.max(0, measured.acked - stored - duplicates) };
    return { ...run, ...measured, ...figures, ...lost, startMs: candidate.startMs };
  } finally {
    await candidate.stop();
  }
}

async function measureIdle(folder: string): Promise<Idle> {
  const startsMs: number[] = [];
  let [rssMb, cpuPercent] = [0, 0];
  for (let i = 0; i < starts; i += 1) {
    const box = await startCandidate({ name: 'gatehouse', folder, conns: 0, windowMs: 10 });
    startsMs.push(box.startMs);
    if (i === starts - 1) {
      await sleep(settleS * 1000);
      const before = cpuMsOf(box.pid);
      await sleep(idleS * 1000);
      cpuPercent = (cpuMsOf(box.pid) - before) / (idleS * 10);
      rssMb = rssMbOf(box.pid);
    }
    await box.stop();
  }
  return { rssMb, cpuPercent, startMs: median(startsMs) };
}

function machineOf(): Omit<Machine, 'flushMs'> {
  const first = cpus()[0]?.model.trim() ?? 'unknown';
  const { stdout, error } = spawnSync('mosquitto', ['-h'], { encoding: 'utf8' });
  return {
    cpu: first,
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    system: `Linux ${release().split('-')[0]}`,
    node: process.versions.node,
    mosquitto: error ? 'absent' : (/version (\S+)/.exec(stdout)?.[1] ?? 'unknown'),
  };
}

function write(report: Report, target: string): void {
  mkdirSync(join(target, 'images'), { recursive: true });
  writeFileSync(join(target, 'performance.json'), `${JSON.stringify(report, null, 1)}\n`);
  writeFileSync(join(target, 'performance.md'), page(report));
  writeFileSync(join(target, 'images/performance.svg'), plot(report));
}
