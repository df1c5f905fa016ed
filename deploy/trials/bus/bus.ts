import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';
import type { PowerReading } from '../../../drivers/reading.ts';
import { systemClock } from '../../../gateway/clock.ts';
import { fromSource } from '../../../gateway/config/load.ts';
import { openJournal } from '../../../gateway/journal/journal.ts';
import { eventMigrations, loadMigrations } from '../../../gateway/journal/migrations.ts';
import { openSqlite } from '../../../gateway/store/sqlite.ts';
import { openStore } from '../../../gateway/store/store.ts';
import { createIntake } from '../../../gateway/wires/intake.ts';
import { startBuses } from '../../../gateway/wires/poll/buses.ts';
import { startDlt645Bus } from '../../../simulators/bus/dlt645-bus.ts';

const meters = 10;
/** Wanted: ten meters, four items each, in at most so long, s. */
const goalS = 20;
/** Wanted: a dead meter makes the others wait at most so much longer. */
const goalShare = 0.1;

interface Case {
  readonly title: string;
  /** Meters on the bus, and how many of them are dead. */
  readonly meters: number;
  readonly dead: number;
}

const cases: readonly Case[] = [
  { title: 'ten meters', meters, dead: 0 },
  { title: 'nine meters', meters: meters - 1, dead: 0 },
  { title: 'nine meters and a dead one', meters, dead: 1 },
];

/** `npm run trial:bus [-- --rounds N --delay MS --end tcp]`: how long a round takes at 2,400 bit/s, measured. */
export async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      rounds: { type: 'string', default: '8' },
      delay: { type: 'string', default: '100' },
      end: { type: 'string', default: 'pty' },
      baud: { type: 'string', default: '2400' },
    },
  });
  const [rounds, delayMs, baudRate] = [values.rounds, values.delay, values.baud].map(Number);
  if (!rounds || !delayMs || !baudRate) throw new Error('Whole numbers above 0 are needed');
  const end = values.end === 'tcp' ? 'tcp' : 'pty';
  const bar = new SingleBar(
    { format: '{title} {bar} {value}/{total} rounds', stream: process.stderr },
    Presets.shades_classic,
  );
  const meanS: number[] = [];
  process.stdout.write(
    `${baudRate} bit/s, ${end}, meters answer after ${delayMs} ms, four items each\n`,
  );
  for (const one of cases) {
    if (process.stderr.isTTY) bar.start(rounds, 0, one);
    const periodsS = await measure(one, { rounds, delayMs, baudRate, end }, (n) => bar.update(n));
    bar.stop();
    const mean = periodsS.reduce((sum, s) => sum + s, 0) / periodsS.length;
    meanS.push(mean);
    const worst = Math.max(...periodsS);
    process.stdout.write(
      `${one.title}: a round ${mean.toFixed(2)} s on average, ${worst.toFixed(2)} s at worst, of ${periodsS.length}\n`,
    );
  }
  const [ten = 0, nine = 0, withDead = 0] = meanS;
  const share = withDead / nine - 1;
  process.stdout.write(`the dead one costs the others ${(share * 100).toFixed(1)} %\n`);
  const reached = ten <= goalS && share <= goalShare;
  process.stdout.write(
    `${reached ? 'reached' : 'missed'}: at most ${goalS} s, at most ${goalShare * 100} %\n`,
  );
  return reached ? 0 : 1;
}

/** Times between two readings of the first living meter, s, on a bus that never rests. */
async function measure(
  one: Case,
  line: {
    readonly rounds: number;
    readonly delayMs: number;
    readonly baudRate: number;
    readonly end: 'pty' | 'tcp';
  },
  step: (done: number) => void,
): Promise<readonly number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bus-'));
  const addresses = Array.from({ length: one.meters }, (_, n) => `2026031601${10 + n}`);
  const reading: PowerReading = {
    kind: 'power',
    device: '-',
    atMs: 0,
    powerW: 1234.5,
    phases: [{ voltageV: 228.1, currentA: 5.71, powerW: 1234.5, powerFactor: 0.95 }],
  };
  const bus = await startDlt645Bus({
    baudRate: line.baudRate,
    end: line.end,
    meters: addresses.map((address, n) => ({
      address,
      reading: () => reading,
      delayMs: line.delayMs,
      dead: n >= one.meters - one.dead,
    })),
  });
  const store = await openStore({
    dataDir: folder,
    load: loadMigrations,
    gate: eventMigrations,
    nowMs: Date.now(),
  });
  const reader = await openSqlite(join(folder, 'load.db'));
  const journal = await openJournal({
    store,
    reader,
    clock: systemClock,
    windowMs: 10,
    reserveBytes: 0,
    onFatal: (error) => {
      throw error;
    },
  });
  const place =
    line.end === 'tcp'
      ? { kind: 'dlt645-tcp', address: bus.where }
      : { kind: 'dlt645', path: bus.where };
  const settings = fromSource(
    {
      site: { name: 'trial' },
      // Shorter than any round: the bus never rests.
      buses: [{ id: 'b1', everyS: 1, baudRate: line.baudRate, ...place }],
      devices: addresses.map((address, n) => ({
        id: `m${n + 1}`,
        driver: 'dlt645',
        bus: 'b1',
        options: { address },
      })),
    },
    folder,
  );
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const intake = createIntake({ devices: settings.devices, journal, clock: systemClock, log });
  const heardMs: number[] = [];
  // The dead one is found out in the first two rounds; what it costs from then on is measured.
  const settling = one.dead > 0 ? 3 : 1;
  let over = () => {};
  const done = new Promise<void>((resolve) => {
    over = resolve;
  });
  const buses = startBuses({
    settings,
    log,
    intake: {
      take(device, message, kept) {
        if (device.id === 'm1') {
          heardMs.push(performance.now());
          step(Math.max(0, heardMs.length - settling));
          if (heardMs.length >= line.rounds + settling) over();
        }
        intake.take(device, message, kept);
      },
    },
  });
  await done;
  await buses.stop();
  await journal.close();
  await reader.close();
  await store.close();
  await bus.stop();
  rmSync(folder, { recursive: true, force: true });
  return heardMs
    .slice(settling - 1)
    .flatMap((atMs, n, all) => (n === 0 ? [] : [(atMs - (all[n - 1] ?? atMs)) / 1000]));
}
