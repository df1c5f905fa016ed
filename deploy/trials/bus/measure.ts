import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PowerReading } from '../../../drivers/reading.ts';
import { systemClock } from '../../../gateway/clock.ts';
import { fromSource } from '../../../gateway/config/load.ts';
import { openKept } from '../../../gateway/open-kept.ts';
import { createIntake } from '../../../gateway/wires/intake.ts';
import { startBuses } from '../../../gateway/wires/poll/buses.ts';
import { startDlt645Bus } from '../../../simulators/bus/dlt645-bus.ts';
import type { Case } from './cases.ts';

/** Times between two readings of the first living meter, s, on a bus that never rests. */
export async function measure(
  one: Case,
  line: {
    readonly rounds: number;
    readonly baudRate: number;
    readonly end: 'pty' | 'tcp';
  },
  step: (done: number) => void,
): Promise<readonly number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bus-'));
  const addresses = Array.from({ length: one.meters }, (_, n) => `2026031601${10 + n}`);
  const reading: PowerReading = one.reading;
  const bus = await startDlt645Bus({
    baudRate: line.baudRate,
    end: line.end,
    meters: addresses.map((address, n) => ({
      address,
      reading: () => reading,
      delayMs: one.delayMs,
      dead: n >= one.meters - one.dead,
    })),
  });
  const { journal, close } = await openKept(folder, { windowMs: 10 });
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
        options: { address, ...one.options },
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
  await close();
  await bus.stop();
  rmSync(folder, { recursive: true, force: true });
  return heardMs
    .slice(settling - 1)
    .flatMap((atMs, n, all) => (n === 0 ? [] : [(atMs - (all[n - 1] ?? atMs)) / 1000]));
}
