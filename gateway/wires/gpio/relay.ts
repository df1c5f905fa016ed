import { pulse as limits } from '../../../drivers/gpio-barrier.ts';
import { GatewayError } from '../../errors.ts';
import { sysfs } from './chip.ts';
import type { Level } from './contact.ts';
import { type Guard, startGuard } from './guard.ts';
import type { Onoff } from './library.ts';
import { gpioError } from './trouble.ts';

/** A relay that is drawn for a moment and otherwise released. */
export interface Relay {
  /** Draws for `ms` and releases; rejects with a reason where it cannot. Never two at once. */
  pulse(ms: number): Promise<void>;
  /** Releases at once. The line stays ours: given back to the kernel it is an input, on which a relay may float. */
  off(): void;
  /** Releases, and gives the line back, after a failure. */
  close(): void;
}

/** Takes the line and releases it: a relay may have been left drawn by a process that was killed. */
export function openRelay({ Gpio }: Onoff, number: number, on: Level): Relay {
  const released: Level = on === 1 ? 0 : 1;
  const doing = `Cannot drive line ${number}`;
  let line: InstanceType<Onoff['Gpio']>;
  try {
    line = new Gpio(number, released === 0 ? 'low' : 'high', { activeLow: false });
  } catch (cause) {
    throw gpioError(cause, doing);
  }
  let guard: Guard | undefined;
  const off = () => {
    // Killed first: it must not draw after it was released here.
    guard?.kill();
    guard = undefined;
    line.writeSync(released);
  };
  const check = () => {
    // Where a line was exported before, onoff keeps to itself that it could not set it.
    if (line.direction() !== 'out') throw new GatewayError('GPIO_DIRECTION', `${doing}: EPERM`);
    if (line.readSync() !== released) throw new GatewayError('GPIO_FAILED', `${doing}: it stays`);
  };
  const close = () => {
    try {
      off();
      line.unexport();
    } catch {
      // Gone already; what is gone is driven by nobody.
    }
  };
  try {
    check();
  } catch (cause) {
    close();
    throw gpioError(cause, doing);
  }
  return {
    off,
    close,
    async pulse(ms) {
      if (!(ms >= limits.shortestMs && ms <= limits.longestMs)) {
        throw new RangeError(`A pulse takes ${limits.shortestMs} to ${limits.longestMs} ms`);
      }
      if (guard) throw new Error('a pulse is under way');
      try {
        check();
        guard = startGuard(`${sysfs}/gpio${number}/value`, on, ms);
        const drawn = await guard.ended;
        off();
        check();
        if (!drawn) throw new Error('the pulse was not carried out');
      } catch (cause) {
        guard = undefined;
        throw gpioError(cause, doing);
      }
    },
  };
}
