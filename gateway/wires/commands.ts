import { randomUUID } from 'node:crypto';
import { plateOf } from '../../drivers/codec/plate.ts';
import type { Command, CommandAnswer, Message } from '../../drivers/driver.ts';
import type { Clock } from '../clock.ts';
import type { Device } from '../config/device.ts';
import type { Group } from '../journal/contract.ts';

/** A wire that can carry a message to a device. */
export interface Carrier {
  /** False where the device is not there now: nothing is kept for it. */
  reaches(device: Device): boolean;
  /** Sends at once, without keeping. Where a promise rejects, the device was not told, or nobody knows. */
  send(device: Device, message: Message): void | Promise<void>;
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
  /** Changes the list of every device of the lane that keeps one, and reads each back. Empty: none keeps a list. */
  plate(lane: string, change: PlateChange): Promise<readonly PlateOutcome[]>;
  /** Sets a device's clock to the box's. */
  setTime(device: string): Promise<Outcome>;
  /** True if one of the lane's devices keeps a list of plates that can be changed and read back. */
  keepsPlates(lane: string): boolean;
  /** True if one of the lane's devices has a command for opening. */
  canOpen(lane: string): boolean;
  /** Whatever a device says while it owes an answer; the intake asks before it reads. */
  hear(device: Device, message: Message): void;
  /** What the journal has kept: the arm's position. */
  watch(group: Pick<Group, 'events'>): void;
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

/** What is to become of a plate on the lists that cameras keep themselves. */
export type PlateChange = {
  readonly kind: 'plate-add' | 'plate-remove';
  readonly plate: string;
};

/** What became of a change, by the device's word and by its list as it was read back. */
export interface PlateOutcome extends Outcome {
  /** Whether the plate stands on the list now; absent where the list could not be read. */
  readonly listed?: boolean;
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
    devices.filter(
      (device) => device.lane === lane && commandOf(device, { kind: 'open' }) !== null,
    );

  const keepers = (lane: string) =>
    devices.filter(
      (device) => device.lane === lane && commandOf(device, { kind: 'plate-list' }) !== null,
    );

  const send = async (
    device: Device,
    wish: Wish,
  ): Promise<Outcome & { readonly plates?: readonly string[] }> => {
    const id = randomUUID();
    const outcome = (result: Outcome['result'], reason?: string): Outcome => ({
      id,
      device: device.id,
      result,
      ...(reason === undefined ? {} : { reason }),
    });
    const carrier = parts.carriers()[device.driver.wire];
    const messages = commandOf(device, wish, { id, atMs: clock.nowMs() });
    if (!messages || !carrier) return outcome('impossible', 'this device takes no such command');
    if (!carrier.reaches(device)) return outcome('offline', 'the device is not connected');
    if (owed.has(device.id)) return outcome('busy', 'a command is under way');
    const { driver } = device;
    const sendAll = async () => {
      for (const message of messages) await carrier.send(device, message);
    };
    if (!driver.answer) {
      sendAll().catch(() => {
        // Nobody would say so either way.
      });
      return outcome('no answer', 'this device never answers');
    }
    const answer = await new Promise<CommandAnswer | string>((resolve) => {
      const over = (said: CommandAnswer | string) => {
        clearTimeout(timer);
        if (owed.get(device.id)?.id === id) owed.delete(device.id);
        resolve(said);
      };
      const timer = setTimeout(over, answerWithinMs, `nothing within ${answerWithinMs / 1000} s`);
      owed.set(device.id, { id, settle: over });
      sendAll().catch((cause: Error) => over(cause.message));
    });
    if (typeof answer === 'string') return outcome('no answer', answer);
    const { plates } = answer;
    return { ...outcome(answer.result, answer.reason), ...(plates ? { plates } : {}) };
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
      const outcome = await send(device, { kind: 'open' });
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

    keepsPlates: (lane) => keepers(lane).length > 0,

    async plate(lane, change) {
      return Promise.all(
        keepers(lane).map(async (device): Promise<PlateOutcome> => {
          const outcome = await send(device, change);
          if (outcome.result !== 'accepted') return outcome;
          const { plates } = await send(device, { kind: 'plate-list' });
          if (!plates) return outcome;
          return {
            ...outcome,
            listed: plates.some((one) => plateOf(one) === plateOf(change.plate)),
          };
        }),
      );
    },

    async setTime(name) {
      const device = byId.get(name);
      const id = randomUUID();
      if (!device) return { id, device: name, result: 'impossible', reason: 'no such device' };
      return send(device, { kind: 'time' });
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

    watch({ events }) {
      for (const reading of events) {
        if (reading.kind !== 'barrier') continue;
        if (reading.state !== 'open' && reading.state !== 'moving') continue;
        for (const told of [...(watching.get(reading.lane) ?? [])]) told();
      }
    },
  };
}

/** A command without who asks and when. */
type Wish = { readonly kind: 'open' | 'time' | 'plate-list' } | PlateChange;

function commandOf(
  { driver, options, id: name }: Device,
  wish: Wish,
  { id, atMs }: Pick<Command, 'id' | 'atMs'> = { id: 'x', atMs: 0 },
): Message[] | null {
  return driver.command?.({ ...wish, id, atMs }, options, name) ?? null;
}
