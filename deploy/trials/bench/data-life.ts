import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hourMs } from '../../../gateway/journal/hour.ts';
import { dayMs } from '../../../gateway/journal/rollup.ts';
import { openStored } from '../../../gateway/journal/stored.ts';
import { walkingMeters } from '../../../gateway/journal/trial.ts';
import { openKept } from '../../../gateway/open-kept.ts';
import { type Candidate, startCandidate } from './candidates.ts';
import { runLoad } from './load.ts';
import { median } from './median.ts';
import { cpuMsOf, rssMbOf } from './process.ts';
import type { Tools } from './tools.ts';

/** What becomes of a day and an hour of 473 meters: how a box starts with them, packs them, and reads them. */
export interface DataLife {
  readonly starts: readonly Start[];
  readonly catchingUp: CatchingUp;
  readonly packing: Packing;
  /** Blocks and quarters, without the pages around them. */
  readonly bytesPerReading: number;
  /** The file load.db by reading, pages, indexes and all; unpacked groups, which may be deleted later, too. */
  readonly fileBytesPerReading: number;
  readonly dayOfOneMs: number;
  readonly dayOfAllMs: number;
}

interface Start {
  readonly what: string;
  readonly ms: number;
  /** From the start of the process until the rules had seen all that was on the disk, ms. */
  readonly caughtUpMs: number;
}

/** The first of the starts again, while 473 meters speak. */
interface CatchingUp {
  /** True: the rules caught up for longer than was measured. */
  readonly lasted: boolean;
  readonly seconds: number;
  /** PUBACK meanwhile. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Packing {
  /** What was there to pack. */
  readonly readings: number;
  readonly left: number;
  readonly beforeMb: number;
  readonly peakMb: number;
  /** Of the whole box while it packed and took in 473 readings a second, s, and how long it took. */
  readonly cpuS: number;
  readonly seconds: number;
  readonly walMb: number;
  /** PUBACK meanwhile. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const meters = 473;
/** Of one day, a reading from every meter so often; from one of them each second. */
const dayStepMs = 15_000;
const groupMs = 1000;
/** What the rules have not in a checkpoint when the power goes: at most what came since the last, 15 min (engine.ts). */
const tailMs = 15 * 60_000;
/** The box looks for past hours 20 s after its start; before, its memory is that of a box that just takes in. */
const beforePackingMs = 15_000;
const loadS = 40;
/** The rules catch up for longer than this. */
const catchingUpS = 8;
const longestCatchUpMs = 120_000;
const longestPackingMs = 180_000;
const [warmups, rounds] = [5, 11];

/** About two minutes. Everything by the real program, but the past, which is put in faster than it passed. */
export async function measureDataLife(folder: string, tools: Tools): Promise<DataLife> {
  const home = mkdtempSync(join(folder, 'life-'));
  const dataDir = join(home, 'data');
  mkdirSync(dataDir);
  try {
    const nowMs = Date.now();
    const day = Math.floor((nowMs - 3 * hourMs) / dayMs) * dayMs - dayMs;
    const hour = Math.floor(nowMs / hourMs) * hourMs - 2 * hourMs;
    const read = walkingMeters(meters);
    const all = Array.from({ length: meters }, (_, meter) => meter);
    let readings = await fill(dataDir, day, day + dayMs, dayStepMs, (atMs) => [
      ...all.map((meter) => read(meter, atMs)),
      ...Array.from({ length: dayStepMs / 1000 - 1 }, (_, i) => read(0, atMs + (i + 1) * 1000)),
    ]);
    const starts: Start[] = [];
    const open = (of: string) =>
      startCandidate({ name: 'gatehouse', folder, home: of, conns: 0, windowMs: 10 });
    const start = async (what: string | null): Promise<Candidate> => {
      const box = await open(home);
      const caughtUpMs = await caughtUp(box);
      if (what !== null) starts.push({ what, ms: box.startMs, caughtUpMs });
      return box;
    };
    const catchingUp = await watchCatchingUp(home, open, tools);
    const one = await start(
      `no checkpoint of the rules at all, a day of 473 meters every 15 s (${millions(readings)} readings)`,
    );
    await one.stop();
    const everySecond = (atMs: number) => all.map((meter) => read(meter, atMs));
    readings += await fill(dataDir, hour, hour + hourMs - tailMs, groupMs, everySecond);
    const two = await start(null);
    await two.stop();
    const tail = await fill(dataDir, hour + hourMs - tailMs, hour + hourMs, groupMs, everySecond);
    readings += tail;
    const box = await start(
      `a day behind it, off just before a checkpoint (${millions(tail)} readings)`,
    );
    const packing = await watchPacking(box, dataDir, readings, tools);
    await box.stop();
    return { starts, catchingUp, packing, ...(await askPast(dataDir, day)) };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

const millions = (n: number): string => `${(n / 1e6).toFixed(1)} million`;

type Readings = ReturnType<ReturnType<typeof walkingMeters>>[];

/** Keeps readings as they came then, a group every `stepMs`. Returns how many. */
async function fill(
  dataDir: string,
  fromMs: number,
  toMs: number,
  stepMs: number,
  at: (atMs: number) => Readings,
): Promise<number> {
  let nowMs = fromMs;
  const clock = { nowMs: () => nowMs, monoMs: () => nowMs, trusted: () => true };
  const { journal, close } = await openKept(dataDir, { clock });
  let n = 0;
  for (; nowMs < toMs; nowMs += stepMs) {
    const readings = at(nowMs);
    n += readings.length;
    await new Promise<void>((resolve, reject) => {
      journal.append(readings, (error) => (error ? reject(error) : resolve()));
    });
  }
  await close();
  return n;
}

/** Waits until the rules have seen what is on the disk. Returns how long that was after the start of the process, ms. */
async function caughtUp(box: Candidate): Promise<number> {
  const readyMs = performance.now();
  for (;;) {
    const { tailGroups } = await box.figures();
    const tookMs = performance.now() - readyMs;
    if (tailGroups === 0) return box.startMs + tookMs;
    if (tookMs > longestCatchUpMs) throw new Error(`The rules are ${tailGroups} groups behind`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** On a copy, for what 473 meters say now does not belong into the past that is measured. */
async function watchCatchingUp(
  home: string,
  open: (home: string) => Promise<Candidate>,
  tools: Tools,
): Promise<CatchingUp> {
  const copy = `${home}-copy`;
  cpSync(home, copy, { recursive: true });
  try {
    const box = await open(copy);
    const { p50Ms, p99Ms } = await speak(box, tools, catchingUpS);
    const { tailGroups = 0 } = await box.figures();
    await box.stop();
    return { lasted: tailGroups > 0, seconds: catchingUpS, p50Ms, p99Ms };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** 473 meters, a reading a second each. */
const speak = (box: Candidate, tools: Tools, seconds: number) =>
  runLoad({
    program: tools.load,
    port: box.port,
    pid: box.pid,
    login: box.login,
    conns: meters,
    window: 64,
    rate: meters,
    readers: 0,
    seconds,
    warmS: 1,
  });

/** Lets the box pack while 473 meters speak. */
async function watchPacking(
  box: Candidate,
  dataDir: string,
  readings: number,
  tools: Tools,
): Promise<Packing> {
  await new Promise((resolve) => setTimeout(resolve, beforePackingMs));
  const beforeMb = rssMbOf(box.pid);
  const stored = await openStored(dataDir);
  const packed = async () =>
    (await stored.load.get<{ n: number | null }>('SELECT sum(n) AS n FROM hour'))?.n ?? 0;
  let [beganMs, endedMs, peakMb, walMb, cpuMs] = [0, 0, 0, 0, 0];
  const look = async () => {
    peakMb = Math.max(peakMb, rssMbOf(box.pid));
    walMb = Math.max(walMb, statSync(join(dataDir, 'load.db-wal')).size / 1e6);
    if (endedMs > 0) return;
    const n = await packed();
    if (n > 0 && beganMs === 0) [beganMs, cpuMs] = [performance.now(), cpuMsOf(box.pid)];
    if (n < readings) return;
    endedMs = performance.now();
    cpuMs = cpuMsOf(box.pid) - cpuMs;
  };
  let looking = true;
  const watching = (async () => {
    while (looking) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  const measured = await speak(box, tools, loadS);
  const untilMs = performance.now() + longestPackingMs;
  while (endedMs === 0 && performance.now() < untilMs) {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  looking = false;
  await watching;
  const left = Math.max(0, readings - (await packed()));
  await stored.close();
  const { p50Ms, p99Ms } = measured;
  return {
    readings,
    left,
    beforeMb,
    peakMb: Math.max(peakMb, measured.peakMb),
    cpuS: endedMs > 0 ? cpuMs / 1000 : Number.NaN,
    seconds: endedMs > 0 ? (endedMs - beganMs) / 1000 : Number.NaN,
    walMb,
    p50Ms,
    p99Ms,
  };
}

/** What is asked of packed days, warm. */
async function askPast(dataDir: string, day: number) {
  const { journal, store, close } = await openKept(dataDir);
  const span = { fromMs: day, toMs: day + dayMs - 1 };
  const curve = () =>
    journal.curve({ devices: ['m0000'], channel: 'powerW', ...span, maxPoints: 1000 });
  const counted = (await curve()).reduce((sum, { n }) => sum + n, 0);
  if (counted !== dayMs / 1000) throw new Error(`The day has ${counted} readings of one meter`);
  const maxima = () => journal.maxima({ ...span, channel: 'powerW' });
  const of = await maxima();
  if (of.size !== meters) throw new Error(`The day has ${of.size} meters`);
  const dayOfOneMs = await timed(curve);
  const dayOfAllMs = await timed(maxima);
  const sums = await store.load.get<{ bytes: number; n: number }>(
    `SELECT (SELECT sum(length(body)) FROM hour) + (SELECT sum(length(body)) FROM day) AS bytes,
       (SELECT sum(n) FROM hour) AS n`,
  );
  await close();
  const { bytes = Number.NaN, n = 0 } = sums ?? {};
  const fileBytes = statSync(join(dataDir, 'load.db')).size;
  return {
    bytesPerReading: bytes / n,
    fileBytesPerReading: fileBytes / n,
    dayOfOneMs,
    dayOfAllMs,
  };
}

async function timed(ask: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < warmups + rounds; i += 1) {
    const fromMs = performance.now();
    await ask();
    if (i >= warmups) times.push(performance.now() - fromMs);
  }
  return median(times);
}

/** The part of the page. */
export function dataLifeTable(life: DataLife): string {
  const { starts, catchingUp, packing } = life;
  const figure = (value: number, digits = 0) => value.toFixed(digits);
  const rows: ReadonlyArray<readonly [string, string]> = [
    ...starts.map(
      ({ what, ms, caughtUpMs }) =>
        [
          `start to \`ready\` / until the rules have caught up, ${what}`,
          `${figure(ms)} / ${figure(caughtUpMs)} ms`,
        ] as const,
    ),
    [
      `PUBACK of 473 readings a second while the rules catch up with that day (${catchingUp.seconds} s${catchingUp.lasted ? '' : ', which was too long'}), p50 / p99`,
      `${figure(catchingUp.p50Ms, 2)} / ${figure(catchingUp.p99Ms, 2)} ms`,
    ],
    ['readings packed, 1.7 million of them of one hour', millions(packing.readings)],
    ['RSS before, with nothing to do', `${figure(packing.beforeMb)} MB`],
    ['highest RSS, packing and 473 readings a second', `${figure(packing.peakMb)} MB`],
    [
      'time and CPU time for all of it',
      `${figure(packing.seconds, 1)} s, ${figure(packing.cpuS, 1)} s`,
    ],
    ['PUBACK meanwhile, p50 / p99', `${figure(packing.p50Ms, 2)} / ${figure(packing.p99Ms, 2)} ms`],
    ['longest WAL', `${figure(packing.walMb, 1)} MB`],
    ['bytes a reading: blocks and quarters', figure(life.bytesPerReading, 2)],
    [
      'bytes a reading: the whole file, with the groups of the last two hours',
      figure(life.fileBytesPerReading, 2),
    ],
    ['curve of 24 h of one building, a reading a second', `${figure(life.dayOfOneMs, 1)} ms`],
    ['highest 15-minute values of 473 for a day', `${figure(life.dayOfAllMs, 1)} ms`],
  ];
  const lines = rows.map(([what, value]) => `| ${what} | ${value} |`);
  return [
    '## What becomes of the data: a day and an hour of 473 meters, six channels',
    `| what | figure |\n| --- | --- |\n${lines.join('\n')}`,
  ].join('\n\n');
}
