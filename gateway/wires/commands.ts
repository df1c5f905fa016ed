import { randomUUID } from 'node:crypto';
import type { Command, CommandAnswer, Message } from '../../drivers/driver.ts';
import type { Clock } from '../clock.ts';
import type { Device } from '../config/device.ts';
import type { Group } from '../journal/contract.ts';

/** A wire that can carry a message to a device. */
export interface Carrier {
  /** False where the device is not there now: nothing is kept for it. */
  reaches(device: Device): boolean;
  /** Sends at once, without a promise and without keeping. */
  send(device: Device, message: Message): void;
}

/** The wires that can carry commands. */
export type Carriers = Readonly<Partial<Record<Device['driver']['wire'], Carrier>>>;

/** What became of a command. `accepted` is the device's word; only the arm's position says that it moved. */
export interface Outcome {
  readonly id: string;
  readonly device: string;
  readonly result: 'accepted' | 'refused' | 'no answer' | 'offline' | 'busy' | 'impossible';
  readonly reason?: string;
  /** True: the arm was seen to move afterwards. False: it was not. Absent: nobody watches the arm, or not accepted. */
  readonly moved?: boolean;
}

/** Asks devices to do something: one pulse, once, now or not at all. */
export interface Commander {
  /** Opens a lane by the first of its devices that can. */
  open(lane: string): Promise<Outcome>;
  /** Sets a device's clock to the box's. */
  setTime(device: string): Promise<Outcome>;
  /** True if one of the lane's devices has a command for opening. */
  canOpen(lane: string): boolean;
  /** Whatever a device says while it owes an answer; the intake asks before it reads. */
  hear(device: Device, message: Message): void;
  /** What the journal has kept: the arm's position. */
  watch(group: Group): void;
}

export interface CommanderParts {
  readonly devices: readonly Device[];
  /** By wire; absent where nothing can be sent over it. */
  readonly carriers: () => Carriers;
  readonly clock: Clock;
}

/** A command that was not answered by then is over; what comes later is not for it, ms. */
export const answerWithinMs = 10_000;
/** The arm is watched for so long after an answer, ms: a barrier takes 1 to 6 s (makers' manuals). */
export const movesWithinMs = 8000;
/** Between two pulses for one lane, ms: a second press must not close what the first opened. */
export const pauseMs = 3000;

interface Owed {
  readonly id: string;
  readonly settle: (answer: CommandAnswer) => void;
}

export function createCommander(parts: CommanderParts): Commander {
  const { devices, clock } = parts;
  const byId = new Map(devices.map((device) => [device.id, device]));
  /** One command at a time for a device. */
  const owed = new Map<string, Owed>();
  /** When a lane was last sent a pulse, monotonic. */
  const pulsed = new Map<string, number>();
  const watching = new Map<string, Set<() => void>>();

  const openers = (lane: string) =>
    devices.filter((device) => device.lane === lane && commandOf(device, 'open') !== null);

  const send = async (device: Device, kind: 'open' | 'time'): Promise<Outcome> => {
    const id = randomUUID();
    const outcome = (result: Outcome['result'], reason?: string): Outcome => ({
      id,
      device: device.id,
      result,
      ...(reason === undefined ? {} : { reason }),
    });
    const carrier = parts.carriers()[device.driver.wire];
    const messages = commandOf(device, kind, { kind, id, atMs: clock.nowMs() });
    if (!messages || !carrier) return outcome('impossible', 'this device takes no such command');
    if (!carrier.reaches(device)) return outcome('offline', 'the device is not connected');
    if (owed.has(device.id)) return outcome('busy', 'a command is under way');
    const { driver } = device;
    if (!driver.answer) {
      for (const message of messages) carrier.send(device, message);
      return outcome('no answer', 'this device never answers');
    }
    const answer = await new Promise<CommandAnswer | null>((resolve) => {
      const timer = setTimeout(() => {
        owed.delete(device.id);
        resolve(null);
      }, answerWithinMs);
      owed.set(device.id, {
        id,
        settle(said) {
          clearTimeout(timer);
          owed.delete(device.id);
          resolve(said);
        },
      });
      for (const message of messages) carrier.send(device, message);
    });
    if (!answer) return outcome('no answer', `nothing within ${answerWithinMs / 1000} s`);
    return outcome(answer.result, answer.reason);
  };

  /** True as soon as an arm of the lane is open or on its way. */
  const moves = (
    lane: string,
  ): { readonly seen: Promise<boolean>; readonly cancel: () => void } => {
    let cancel = () => {};
    const seen = new Promise<boolean>((resolve) => {
      const set = watching.get(lane) ?? new Set();
      watching.set(lane, set);
      const done = (moved: boolean) => {
        clearTimeout(timer);
        set.delete(yes);
        resolve(moved);
      };
      const yes = () => done(true);
      const timer = setTimeout(() => done(false), answerWithinMs + movesWithinMs);
      set.add(yes);
      cancel = () => done(false);
    });
    return { seen, cancel };
  };

  return {
    canOpen: (lane) => openers(lane).length > 0,

    async open(lane) {
      const all = openers(lane);
      const carriers = parts.carriers();
      const device = all.find((one) => carriers[one.driver.wire]?.reaches(one) === true) ?? all[0];
      if (!device) {
        return {
          id: randomUUID(),
          device: lane,
          result: 'impossible',
          reason: 'no device here opens',
        };
      }
      const nowMs = clock.monoMs();
      const before = pulsed.get(lane);
      if (before !== undefined && nowMs - before < pauseMs) {
        const reason = `${pauseMs / 1000} s between two pulses`;
        return { id: randomUUID(), device: device.id, result: 'busy', reason };
      }
      pulsed.set(lane, nowMs);
      const { seen, cancel } = moves(lane);
      const outcome = await send(device, 'open');
      const watched = devices.some(
        (one) => one.lane === lane && one.driver.kinds.includes('barrier'),
      );
      if (outcome.result !== 'accepted' || !watched) {
        cancel();
        return outcome;
      }
      const timer = setTimeout(cancel, movesWithinMs);
      const moved = await seen;
      clearTimeout(timer);
      return { ...outcome, moved };
    },

    async setTime(name) {
      const device = byId.get(name);
      const id = randomUUID();
      if (!device) return { id, device: name, result: 'impossible', reason: 'no such device' };
      return send(device, 'time');
    },

    hear(device, message) {
      const waiting = owed.get(device.id);
      if (!waiting) return;
      let said: CommandAnswer | null | undefined;
      try {
        said = device.driver.answer?.(message, device.options);
      } catch {
        // It cannot be read; the intake says so.
        return;
      }
      // Makers whose answer names no command: only one is under way.
      if (said && (said.id === null || said.id === waiting.id)) waiting.settle(said);
    },

    watch({ readings }) {
      for (const reading of readings) {
        if (reading.kind !== 'barrier') continue;
        if (reading.state !== 'open' && reading.state !== 'moving') continue;
        for (const told of [...(watching.get(reading.lane) ?? [])]) told();
      }
    },
  };
}

function commandOf(
  { driver, options, id: name }: Device,
  kind: 'open' | 'time',
  command: Command = { kind, id: 'x', atMs: 0 },
): Message[] | null {
  return driver.command?.(command, options, name) ?? null;
}
