import { writeSync } from 'node:fs';
import { systemClock } from '../../../gateway/clock.ts';
import type { Journal } from '../../../gateway/journal/contract.ts';
import { openJournal } from '../../../gateway/journal/journal.ts';
import { loadMigrations } from '../../../gateway/journal/migrations.ts';
import { gateMigrations } from '../../../gateway/migrations.ts';
import { openStore, type Store } from '../../../gateway/store/store.ts';
import { readingOf } from './truth.ts';

const inFlight = 64;

const pauseMs = 2;
const pause = new Int32Array(new SharedArrayBuffer(4));

/** Says a line to whoever tries the box; at once, since it may be killed. */
export function say(text: string): void {
  for (;;) {
    try {
      writeSync(1, `${text}\n`);
      return;
    } catch (error) {
      // Whoever listens is busy, and the pipe is full: a line is short, so nothing of it was written.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(pause, 0, 0, pauseMs);
    }
  }
}

/** What a box was told on its command line: numbers from `first` to `last`, and how long a commit may gather. */
export interface Keeping {
  readonly dataDir: string;
  readonly first: number;
  readonly last: number;
  readonly windowMs: number;
  /** Beside the journal: called when it stands, before the first message. */
  readonly beside?: (store: Store, journal: Journal) => { stop(): Promise<void> };
}

/** From the command line: data directory, first number, highest number, window in ms. */
export function told(argv: readonly string[]): Keeping {
  const [dataDir = '', first = '0', last = '1e9', windowMs = '0'] = argv;
  return { dataDir, first: Number(first), last: Number(last), windowMs: Number(windowMs) };
}

/**
 * A box that does nothing but keep readings: 20 devices, each with several messages on the way. Says "ready", then
 * "a NUMBER" for each that was acknowledged, "n REASON" where one was refused (it is sent again), "fatal" and ends
 * where the disk lies. SIGTERM ends it in order.
 */
export async function keep({ dataDir, first, last, windowMs, beside }: Keeping): Promise<void> {
  try {
    const store = await openStore({
      dataDir,
      load: loadMigrations,
      gate: gateMigrations,
      nowMs: systemClock.nowMs(),
    });
    const fatal = () => {
      say('fatal');
      process.exit(3);
    };
    const journal = await openJournal({
      store,
      clock: systemClock,
      windowMs,
      reserveBytes: 0,
      onFatal: fatal,
    });
    const other = beside?.(store, journal);
    process.on('SIGTERM', async () => {
      await other?.stop();
      await journal.close();
      await store.close();
      process.exit(0);
    });
    say('ready');

    let next = first;
    const send = (number: number) => {
      journal.append([readingOf(number)], (error) => {
        if (error) {
          say(`n ${error.message}`);
          setTimeout(() => send(number), 200);
          return;
        }
        say(`a ${number}`);
        more();
      });
    };
    const more = () => {
      if (next > last) return;
      send(next);
      next += 1;
    };
    for (let i = 0; i < inFlight; i += 1) more();
  } catch (error) {
    say(`n ${(error as Error).message}`);
    say('fatal');
    process.exitCode = 3;
  }
}
