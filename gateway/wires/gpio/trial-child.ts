import { createInterface } from 'node:readline';
import { driverById } from '../../../drivers/index.ts';
import { systemClock } from '../../clock.ts';
import { toDevice } from '../../config/device.ts';
import type { Log } from '../../log.ts';
import { createCommander } from '../commands.ts';
import { createIntake } from '../intake.ts';
import { startGpio } from './wire.ts';

/**
 * The wire on its own, for tests that need it where the pins are: `trial-child LIBRARY OPTIONS…`, options of each device
 * as JSON. Says readings, states and outcomes as NDJSON, and takes words on its standard input.
 */
const [library = 'onoff', ...sources] = process.argv.slice(2);
const driver = driverById('gpio-barrier');
if (!driver) throw new Error('No driver gpio-barrier');
const devices = sources.map((source, i) =>
  toDevice(
    { id: `pins-${i + 1}`, driver: driver.id, lane: 'in-1' },
    driver,
    driver.options.parse(JSON.parse(source)),
    'in',
  ),
);
const tell = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const note = (...said: readonly unknown[]) => tell({ log: said.at(-1) });
const log: Log = { debug() {}, info: note, warn: note, error: note };
let diskRefuses = false;
const commander = createCommander({
  devices,
  carriers: () => ({ gpio: wire.carrier }),
  clock: systemClock,
});
const intake = createIntake({
  devices,
  clock: systemClock,
  log,
  journal: {
    append(readings, done) {
      if (diskRefuses) return done(new Error('The disk refuses'));
      for (const reading of readings) tell({ reading });
      commander.watch({ events: readings });
      done(null);
    },
    quarantine: (row, done) => {
      tell({ quarantined: row.reason });
      done(null);
    },
  },
  onMessage: commander.hear,
});
const wire = startGpio({ devices, intake, clock: systemClock, log, library });
const states = () => tell({ states: wire.states() });

const words: Readonly<Record<string, (rest: string) => unknown>> = {
  state: states,
  open: async () => tell({ outcome: await commander.open('in-1') }),
  /** Tells that it will not listen for so long, ms, and does not. */
  stall: (ms) => {
    tell({ stalled: true });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(ms));
  },
  disk: (word) => {
    diskRefuses = word === 'refuses';
  },
  throw: () => {
    throw new Error('A mistake of ours');
  },
  end: () => {
    wire.stop();
    process.exit(0);
  },
};
createInterface({ input: process.stdin }).on('line', (line) => {
  const [word = '', rest = ''] = line.split(' ');
  words[word]?.(rest);
});
states();
