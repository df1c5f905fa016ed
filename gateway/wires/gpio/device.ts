import { utf8 } from '../../../drivers/codec/text.ts';
import type { Lines, Message } from '../../../drivers/driver.ts';
import type { Clock } from '../../clock.ts';
import type { Device } from '../../config/device.ts';
import { GatewayError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Intake } from '../intake.ts';
import type { Level } from './contact.ts';
import type { Onoff } from './library.ts';
import { openPins, type Pins } from './pins.ts';

/** How the pins of a device are. Counts since the start. */
export interface GpioState {
  readonly device: string;
  readonly chip: string;
  /** Absent until the chip was found. */
  readonly base?: number;
  readonly up: boolean;
  /** Why it failed last, with the remedy; absent while it is up. */
  readonly reason?: string;
  readonly failures: number;
  readonly edges: number;
  readonly bounces: number;
  readonly pulses: number;
  readonly pulsesRefused: number;
  readonly lines: readonly {
    readonly line: number;
    readonly name: string;
    readonly level: Level | null;
  }[];
}

export interface GpioDevice {
  readonly device: Device;
  numbers(): readonly number[];
  state(): GpioState;
  /** Carries out a command of the driver, and answers it as the device would. */
  take(message: Message): void;
  /** Releases the relay, at once. */
  off(): void;
  stop(): void;
}

/** Every line is read so often though no edge was told, ms. */
const lookMs = 1000;
/** The device says that it is there at least so often, s. */
const aliveS = 60;
/** Pauses before lines are taken again, ms: doubled each time. */
const again = { firstMs: 1000, longestMs: 60_000 } as const;
const order = /^pulse (\d{1,5})$/;

/** Keeps a device on its pins: takes them, says their levels, pulses its relay, and starts again where they are lost. */
export function startGpioDevice(parts: {
  readonly device: Device;
  readonly lines: Lines;
  readonly onoff: () => Onoff;
  readonly takenBy: (number: number) => string | undefined;
  readonly intake: Pick<Intake, 'take'>;
  readonly clock: Clock;
  readonly log: Log;
}): GpioDevice {
  const { device, lines, intake, clock, log } = parts;
  const { id } = device;
  const counts = { failures: 0, edges: 0, bounces: 0, pulses: 0, pulsesRefused: 0 };
  let pins: Pins | undefined;
  let base: number | undefined;
  let reason: string | undefined;
  let failuresInARow = 0;
  let retry: NodeJS.Timeout | undefined;
  let toldAliveMs = Number.NEGATIVE_INFINITY;
  let stopped = false;
  /** Levels that are on the disk, and lines whose level is on its way there: one at a time for each. */
  const kept = new Map<number, Level>();
  const underWay = new Set<number>();

  const say = (line: number) => {
    const level = pins?.inputs.get(line)?.level() ?? null;
    if (level === null || level === kept.get(line) || underWay.has(line)) return;
    underWay.add(line);
    intake.take(device, { topic: `gpio/${line}`, body: utf8(String(level)) }, (error) => {
      underWay.delete(line);
      // The disk refuses: said again at the next look, as it is then.
      if (error) return;
      kept.set(line, level);
      say(line);
    });
  };

  const down = (cause: GatewayError) => {
    const open = pins;
    pins = undefined;
    for (const input of open?.inputs.values() ?? []) {
      const { edges, bounces } = input.counts();
      counts.edges += edges;
      counts.bounces += bounces;
    }
    open?.close();
    if (stopped) return;
    counts.failures += 1;
    // One line for each new reason: pins that are gone for a week must not fill the card.
    if (cause.message !== reason)
      log.warn({ device: id, err: cause }, 'the pins are lost: tried again');
    reason = cause.message;
    const pauseMs = Math.min(again.longestMs, again.firstMs * 2 ** Math.min(10, failuresInARow));
    failuresInARow += 1;
    clearTimeout(retry);
    retry = setTimeout(up, pauseMs);
  };

  const up = () => {
    try {
      const open = openPins({
        onoff: parts.onoff(),
        lines,
        clock,
        takenBy: parts.takenBy,
        onLevel: say,
        onLost: down,
      });
      pins = open;
      base = open.chip.base;
      if (reason !== undefined) log.info({ device: id }, 'the pins are there again');
      reason = undefined;
      kept.clear();
    } catch (cause) {
      if (!(cause instanceof GatewayError)) throw cause;
      down(cause);
    }
  };

  const look = () => {
    if (!pins) return;
    for (const [line, input] of pins.inputs) {
      input.look();
      say(line);
    }
    if (!pins || clock.monoMs() - toldAliveMs < Math.min(aliveS, device.intervalS) * 1000) return;
    failuresInARow = 0;
    toldAliveMs = clock.monoMs();
    intake.take(device, { topic: 'gpio/status', body: utf8('alive') }, (error) => {
      if (error) toldAliveMs = Number.NEGATIVE_INFINITY;
    });
  };

  const off = () => {
    try {
      pins?.relay?.off();
    } catch {
      // Lines that are gone are driven by nobody.
    }
  };

  up();
  const timer = setInterval(look, lookMs);
  return {
    device,
    numbers: () => pins?.numbers ?? [],
    state() {
      const live = [...(pins?.inputs.values() ?? [])].map((input) => input.counts());
      const sum = (of: 'edges' | 'bounces') => live.reduce((n, one) => n + one[of], counts[of]);
      return {
        device: id,
        chip: lines.chip,
        ...(base === undefined ? {} : { base }),
        up: pins !== undefined,
        ...(reason === undefined ? {} : { reason }),
        ...counts,
        edges: sum('edges'),
        bounces: sum('bounces'),
        lines: Object.entries(lines.inputs).map(([line, name]) => ({
          line: Number(line),
          name,
          level: pins?.inputs.get(Number(line))?.level() ?? null,
        })),
      };
    },
    take({ topic, body }) {
      const answer = (text: string) =>
        intake.take(device, { topic: `${topic}/answer`, body: utf8(text) }, () => {
          // Nothing of it is kept: who waits for the answer has heard it.
        });
      const [, ms] = order.exec(Buffer.from(body).toString('utf8')) ?? [];
      const relay = topic === `gpio/${lines.relay?.line}` ? pins?.relay : undefined;
      if (!relay || ms === undefined) {
        counts.pulsesRefused += 1;
        answer('refused: no such relay now');
        return;
      }
      relay.pulse(Number(ms)).then(
        () => {
          counts.pulses += 1;
          answer('accepted');
        },
        (cause: Error) => {
          counts.pulsesRefused += 1;
          answer(`refused: ${cause.message}`.slice(0, 300));
          if (cause instanceof GatewayError && pins?.relay === relay) down(cause);
        },
      );
    },
    off,
    stop() {
      stopped = true;
      clearInterval(timer);
      clearTimeout(retry);
      for (const input of pins?.inputs.values() ?? []) input.close();
      off();
      pins = undefined;
    },
  };
}
