import { type Arrival, CodecError, type Memory, type Message } from '../../drivers/driver.ts';
import type { Reading } from '../../drivers/reading.ts';
import type { Clock } from '../clock.ts';
import type { Device } from '../config/device.ts';
import type { Journal } from '../journal/contract.ts';
import type { Log } from '../log.ts';
import { type ClockWatch, watchClock } from './clock-watch.ts';
import { createRate, type Rate } from './rate.ts';
import { createStrangers, type Strangers, type UnknownDevice } from './strangers.ts';

/** How a device is doing, as the devices page shows it. */
export interface DeviceState {
  readonly device: string;
  readonly driver: string;
  readonly messages: number;
  /** Messages a minute, lately. */
  readonly perMinute: number;
  readonly readings: number;
  readonly rejected: number;
  /** Why the last rejected message could not be read; never its content. */
  readonly lastReason?: string;
  readonly lastMs?: number;
  /** Device minus box, ms, where the device told its time. */
  readonly skewMs?: number;
  /** When it last sent more about a person than may be, ms. */
  readonly tooMuchMs?: number;
  /** Of drivers of persons: members of messages that are on no allow-list, and messages about children, all let go. */
  readonly dropped?: number;
  readonly minors?: number;
}

/** The one place where a message of a known device becomes an acknowledged reading. */
export interface Intake {
  /**
   * Reads and keeps a message. `done(null)` comes after the flush (also for what went to the quarantine); `done(error)` when
   * the disk refuses: then nothing may be acknowledged. `onRead` hears at once what was read; whoever does not ask for it
   * lets the readings go before the flush.
   */
  take(
    device: Device,
    message: Message,
    done: (error: Error | null) => void,
    onRead?: (readings: readonly Reading[]) => void,
  ): void;
  /**
   * Keeps what came on a topic of several devices and is of none of them: in the quarantine under nobody's name, and
   * among the strangers under its topic. `done` as for `take`.
   */
  refuse(
    devices: readonly Device[],
    message: Message,
    reason: string,
    done: (error: Error | null) => void,
  ): void;
  /** Somebody is not in the list; with what was said, its driver is guessed. */
  stranger: Strangers['note'];
  /** Somebody talks on a topic of no device; listed only where a driver understands it. */
  overheard: Strangers['overheard'];
  states(): readonly DeviceState[];
  strangers(): readonly UnknownDevice[];
}

interface Counters {
  readonly device: Device;
  readonly memory: Memory;
  readonly rate: Rate;
  readonly clockWatch: ClockWatch;
  messages: number;
  readings: number;
  rejected: number;
  lastReason: string | undefined;
  lastMs: number | undefined;
  skewMs: number | undefined;
  tooMuchMs: number | undefined;
  loggedMonoMs: number;
  /** The last time that was given to something it said, ms. */
  momentMs: number;
}

/** A message about a person is no longer than this, bytes (PR-02): what is longer carries a picture. */
export const maxPersonalBytes = 4096;
/** One line for each device and hour: a device that sends rubbish must not fill the card with log lines. */
const logEveryMs = 3_600_000;
/** So far the given times may run ahead of the clock when a device says much at once, ms. */
const sameMomentMs = 1000;
/** In the quarantine, in place of a device, where a message is of none. */
export const nobody = '';

export function createIntake(parts: {
  readonly devices: readonly Device[];
  readonly journal: Pick<Journal, 'append' | 'quarantine'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Hears everything that known devices say, before it is read: answers to commands are among it. */
  readonly onMessage?: (device: Device, message: Message) => void;
}): Intake {
  const { journal, clock, log } = parts;
  const counters = new Map<string, Counters>();
  for (const device of parts.devices) counters.set(device.id, fresh(device, clock.monoMs));
  const strangers = createStrangers(clock);
  let refusedMonoMs = Number.NEGATIVE_INFINITY;

  const reject = (
    of: Counters,
    message: Message,
    why: { readonly reason: string; readonly personal: boolean },
    atMs: number,
    done: (error: Error | null) => void,
  ) => {
    const { reason } = why;
    of.rejected += 1;
    of.lastReason = reason;
    if (clock.monoMs() - of.loggedMonoMs >= logEveryMs) {
      of.loggedMonoMs = clock.monoMs();
      log.warn(
        { device: of.device.id, reason, rejected: of.rejected },
        'message cannot be read: noted in the quarantine',
      );
    }
    const withheld = why.personal || isOfPersons(of.device);
    keep(of.device.id, message, { reason, withheld }, atMs, done);
  };

  const keep = (
    device: string,
    message: Message,
    { reason, withheld }: { readonly reason: string; readonly withheld: boolean },
    atMs: number,
    done: (error: Error | null) => void,
  ) => {
    const { topic = '', rest = [] } = message;
    const body =
      rest.length === 0
        ? message.body
        : Buffer.concat([message.body, ...rest.map((answer) => answer.body)]);
    // Some terminals say who it was in the address.
    const kept = withheld ? { topic: topic.split('?')[0] ?? '' } : { topic, payload: body };
    journal.quarantine({ device, atMs, reason, bytes: body.length, ...kept }, done);
  };

  /** Rules know only what readings say: of a meter's clock that is wrong they are told as cameras tell of theirs. */
  const withClock = (
    { device, clockWatch, lastMs }: Counters,
    readings: readonly Reading[],
    skewMs: number | undefined,
  ): readonly Reading[] => {
    if (skewMs === undefined || readings[0]?.kind !== 'power' || !clock.trusted()) return readings;
    const clockSkewMs = clockWatch.note(skewMs);
    if (clockSkewMs === undefined) return readings;
    const atMs = lastMs ?? clock.nowMs();
    return [...readings, { kind: 'status', device: device.id, atMs, online: true, clockSkewMs }];
  };

  return {
    take(device, message, done, onRead) {
      const of = counters.get(device.id) ?? fresh(device, clock.monoMs);
      const atMs = clock.nowMs();
      of.messages += 1;
      of.rate.note();
      of.lastMs = atMs;
      if (message.retained) {
        // It was said some other time: kept by a broker, never acted upon.
        done(null);
        return;
      }
      if (device.driver.personal && message.body.length > maxPersonalBytes) {
        of.tooMuchMs = atMs;
        const reason = `More than ${maxPersonalBytes} bytes about a person: turn its pictures off`;
        reject(of, message, { reason, personal: true }, atMs, done);
        return;
      }
      parts.onMessage?.(device, message);
      let readings: Reading[];
      try {
        const { id, lane, direction } = device;
        // A reading is known by device and time: two messages of one millisecond must not pass for one.
        const ahead = of.momentMs - atMs;
        const moment = ahead >= 0 && ahead < sameMomentMs ? of.momentMs + 1 : atMs;
        const arrival: Arrival = { device: id, atMs: moment, lane, direction };
        readings = device.driver.decode(message, device.options, arrival, of.memory);
        of.momentMs = lastMoment(moment, readings);
      } catch (error) {
        // Whatever a driver throws, this message is at fault, and the box goes on.
        const why =
          error instanceof CodecError
            ? { reason: error.message, personal: error.personal }
            : { reason: `The driver failed: ${(error as Error).name}`, personal: false };
        reject(of, message, why, atMs, done);
        return;
      }
      if (readings.length === 0) {
        done(null);
        return;
      }
      of.readings += readings.length;
      const skewMs = skewOf(readings, atMs, of.momentMs);
      of.skewMs = skewMs ?? of.skewMs;
      onRead?.(readings);
      journal.append(withClock(of, readings, skewMs), done);
    },

    refuse(devices, message, reason, done) {
      // As in `take`: what a broker kept was said some other time.
      if (message.retained) {
        done(null);
        return;
      }
      const { topic = '' } = message;
      strangers.note(topic, 'mqtt', reason, message);
      if (clock.monoMs() - refusedMonoMs >= logEveryMs) {
        refusedMonoMs = clock.monoMs();
        log.warn({ topic, reason }, 'message is of no device: noted in the quarantine');
      }
      const withheld = devices.some(isOfPersons);
      keep(nobody, message, { reason, withheld }, clock.nowMs(), done);
    },

    stranger: strangers.note,
    overheard: strangers.overheard,

    states: () =>
      [...counters.values()].map(
        ({
          device,
          rate,
          messages,
          readings,
          rejected,
          lastReason,
          lastMs,
          skewMs,
          tooMuchMs,
          memory,
        }) => ({
          device: device.id,
          driver: device.driver.id,
          messages,
          perMinute: rate.perMinute(),
          readings,
          rejected,
          ...(lastReason === undefined ? {} : { lastReason }),
          ...(lastMs === undefined ? {} : { lastMs }),
          ...(skewMs === undefined ? {} : { skewMs }),
          ...(tooMuchMs === undefined ? {} : { tooMuchMs }),
          ...(device.driver.personal
            ? { dropped: countOf(memory.dropped), minors: countOf(memory.minors) }
            : {}),
        }),
      ),
    strangers: strangers.list,
  };
}

/**
 * The device's clock minus the box's, where a message told it: in so many words, or by the time of something that
 * happened now. What is replayed happened then, and a reading without a time of its own was given one of ours.
 */
function skewOf(readings: readonly Reading[], atMs: number, momentMs: number): number | undefined {
  for (let i = readings.length - 1; i >= 0; i -= 1) {
    const reading = readings[i];
    if (reading === undefined) continue;
    if (reading.kind === 'status' && reading.clockSkewMs !== undefined) return reading.clockSkewMs;
    if (reading.kind === 'passage' && reading.replayed) continue;
    if (reading.atMs >= atMs && reading.atMs <= momentMs) continue;
    return reading.atMs - atMs;
  }
  return undefined;
}

/** Where a message held several readings without a time, the last of the times they were given. */
function lastMoment(moment: number, readings: readonly Reading[]): number {
  let last = moment;
  for (const { atMs } of readings) {
    if (atMs > last && atMs - moment < sameMomentMs) last = atMs;
  }
  return last;
}

/** What speaks of a person is not kept, not even as rubbish; unread bytes from a gate may hold a plate in clear. */
const isOfPersons = ({ driver, point }: Device): boolean =>
  driver.personal === true || (point === undefined && driver.kinds.includes('passage'));

const countOf = (kept: unknown): number => (typeof kept === 'number' ? kept : 0);

function fresh(device: Device, monoMs: () => number): Counters {
  return {
    device,
    memory: {},
    rate: createRate(monoMs),
    clockWatch: watchClock(monoMs),
    messages: 0,
    readings: 0,
    rejected: 0,
    lastReason: undefined,
    lastMs: undefined,
    skewMs: undefined,
    tooMuchMs: undefined,
    loggedMonoMs: Number.NEGATIVE_INFINITY,
    momentMs: Number.NEGATIVE_INFINITY,
  };
}
