import type { Lines } from '../../../drivers/driver.ts';
import type { Clock } from '../../clock.ts';
import { GatewayError } from '../../errors.ts';
import { type Chip, findChip, numberOf } from './chip.ts';
import type { Level } from './contact.ts';
import { type Input, openInput } from './input.ts';
import type { Onoff } from './library.ts';
import { openRelay, type Relay } from './relay.ts';

/** All lines of one device. */
export interface Pins {
  readonly chip: Chip;
  readonly inputs: ReadonlyMap<number, Input>;
  readonly relay: Relay | undefined;
  /** The kernel's numbers of all its lines. */
  readonly numbers: readonly number[];
  close(): void;
}

/** Takes the lines of a device, the relay first: whatever fails afterwards, it is released. */
export function openPins(parts: {
  readonly onoff: Onoff;
  readonly lines: Lines;
  readonly clock: Pick<Clock, 'monoMs'>;
  /** The device that has a line already. */
  readonly takenBy: (number: number) => string | undefined;
  readonly onLevel: (line: number, level: Level) => void;
  readonly onLost: (error: GatewayError) => void;
}): Pins {
  const { onoff, lines, clock } = parts;
  const chip = findChip(lines.chip, lines.base);
  const claim = (line: number): number => {
    const number = numberOf(chip, line);
    const owner = parts.takenBy(number);
    if (owner === undefined) return number;
    throw new GatewayError('GPIO_TAKEN', `Line ${line} is used by the device ${owner}`);
  };
  const numbers: number[] = [];
  const inputs = new Map<number, Input>();
  let relay: Relay | undefined;
  const close = () => {
    for (const input of inputs.values()) input.close();
    relay?.close();
  };
  try {
    if (lines.relay) {
      const number = claim(lines.relay.line);
      relay = openRelay(onoff, number, lines.relay.on);
      numbers.push(number);
    }
    for (const line of Object.keys(lines.inputs).map(Number)) {
      const number = claim(line);
      const input = openInput(onoff, {
        number,
        debounceMs: lines.debounceMs,
        clock,
        onLevel: (level) => parts.onLevel(line, level),
        onLost: parts.onLost,
      });
      inputs.set(line, input);
      numbers.push(number);
    }
  } catch (cause) {
    close();
    throw cause;
  }
  return { chip, inputs, relay, numbers, close };
}
