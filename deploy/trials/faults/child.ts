import { writeSync } from 'node:fs';
import type { Reading } from '../../../drivers/reading.ts';
import { systemClock } from '../../../gateway/clock.ts';
import { openJournal } from '../../../gateway/journal/journal.ts';
import { eventMigrations, loadMigrations } from '../../../gateway/journal/migrations.ts';
import { openStore } from '../../../gateway/store/store.ts';
import { figureAt, plateAt } from './truth.ts';

/*
 * A box that does nothing but keep readings: 20 devices, each with several messages on the way. Arguments: data
 * directory, first number, highest number, window in ms. Says "ready", then "a NUMBER" for each that was
 * acknowledged, "n REASON" where one was refused (it is sent again), "fatal" and ends where the disk lies.
 */
const [dataDir = '', first = '0', last = '1e9', window = '0'] = process.argv.slice(2);
const inFlight = 64;
const say = (text: string) => writeSync(1, `${text}\n`);

try {
  const store = await openStore({
    dataDir,
    load: loadMigrations,
    gate: eventMigrations,
    nowMs: systemClock.nowMs(),
  });
  const fatal = () => {
    say('fatal');
    process.exit(3);
  };
  const journal = await openJournal({
    store,
    clock: systemClock,
    windowMs: Number(window),
    reserveBytes: 0,
    onFatal: fatal,
  });
  process.on('SIGTERM', async () => {
    await journal.close();
    await store.close();
    process.exit(0);
  });
  say('ready');

  const readingOf = (number: number): Reading =>
    number % 10 === 9
      ? {
          kind: 'passage',
          device: `cam-${number % 3}`,
          atMs: number,
          lane: 'in-1',
          direction: 'in',
          credential: 'plate',
          result: 'registered',
          plate: plateAt(number),
          event: `e${number}`,
        }
      : { kind: 'power', device: `m${number % 20}`, atMs: number, powerW: figureAt(number) };
  let next = Number(first);
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
    if (next > Number(last)) return;
    send(next);
    next += 1;
  };
  for (let i = 0; i < inFlight; i += 1) more();
} catch (error) {
  say(`n ${(error as Error).message}`);
  say('fatal');
  process.exitCode = 3;
}
