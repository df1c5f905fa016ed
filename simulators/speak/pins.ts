import type { BarrierReading, Reading } from '../../drivers/reading.ts';
import { changes, order, piPins } from '../gpio/stand-in.ts';
import { driverOf, type VillageDevice } from '../village-devices.ts';
import { pinsLane } from '../village-lanes.ts';
import type { Speaker } from './speaker.ts';

/** The arm is up after this, and comes down again, ms. */
const upMs = 1500;
const downMs = 7000;
/** The relay is looked at so often, ms: a pulse is longer. */
const lookMs = 100;

/** The yard before anybody looks: the arm is down, no loop is occupied. Without it both limit switches are closed, a fault. */
export function restPins(simFile: string): void {
  const inputs = (pinsLane.options?.inputs ?? {}) as Readonly<Record<string, string>>;
  for (const [line, input] of Object.entries(inputs))
    order(simFile, `${piPins.base + Number(line)} ${input === 'closed-limit' ? 0 : 1}`);
}

/**
 * What is wired to the box's own pins, on the stand-in behind them: loops and limit switches are driven as the world has
 * them, and a pulse on the relay lifts the arm.
 */
export function wirePins(device: VillageDevice, simFile: string): Speaker {
  const { driver, options } = driverOf(device);
  const relay = driver.lines?.(options).relay;
  const drive = (reading: Reading) => {
    for (const { topic = '', body } of driver.encode(reading, options)) {
      const [, line] = /^gpio\/(\d+)$/.exec(topic) ?? [];
      // That the pins are there says the box itself.
      if (line !== undefined)
        order(simFile, `${piPins.base + Number(line)} ${Buffer.from(body).toString('utf8')}`);
    }
  };
  const arm = (state: BarrierReading['state']) =>
    drive({ kind: 'barrier', device: device.id, lane: device.lane ?? device.id, atMs: 0, state });
  arm('closed');
  let seen = changes(simFile).length;
  const timers = new Set<NodeJS.Timeout>();
  const later = (ms: number, state: BarrierReading['state']) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      arm(state);
    }, ms);
    timers.add(timer);
  };
  const looking = setInterval(() => {
    const all = changes(simFile);
    const drawn = all
      .slice(seen)
      .some(({ line, level }) => line === piPins.base + (relay?.line ?? -1) && level === relay?.on);
    seen = all.length;
    if (!drawn) return;
    later(upMs, 'open');
    later(downMs, 'closed');
  }, lookMs);
  return {
    encode(reading) {
      drive(reading);
      return [];
    },
    send: (_message, done) => done(false),
    connected: () => true,
    async stop() {
      clearInterval(looking);
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
