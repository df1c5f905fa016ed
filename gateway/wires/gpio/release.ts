import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Device } from '../../config/device.ts';
import type { GatewayError } from '../../errors.ts';
import { findChip, numberOf, sysfs } from './chip.ts';
import { gpioError } from './trouble.ts';

/** What became of the relay of one device. */
export interface Released {
  readonly device: string;
  readonly line: number;
  /** `untaken`: no process has it; the kernel drives nothing there. */
  readonly state: 'released' | 'untaken' | 'failed';
  readonly reason?: GatewayError;
}

/**
 * Releases every configured relay, for the moment when nobody else does: gateway and pulse were both killed with
 * SIGKILL, and the line stays as it was. Without onoff, by the files of the kernel alone, so that nothing has to be
 * compiled for it; a line that nobody exported is left alone.
 */
export function releaseRelays(devices: readonly Device[]): readonly Released[] {
  return devices.flatMap((device): Released[] => {
    const lines = device.driver.lines?.(device.options);
    if (!lines?.relay) return [];
    const { line, on } = lines.relay;
    const of = { device: device.id, line };
    try {
      const number = numberOf(findChip(lines.chip, lines.base), line);
      const place = join(sysfs, `gpio${number}`);
      // The level is set with the direction, at once: there is no moment in between.
      writeFileSync(join(place, 'direction'), on === 1 ? 'low' : 'high');
      const level = readFileSync(join(place, 'value'), 'utf8').trim();
      if (level === String(on)) throw new Error('it stays');
      return [{ ...of, state: 'released' }];
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [{ ...of, state: 'untaken' }];
      const reason = gpioError(cause, `Cannot release line ${line}`);
      return [{ ...of, state: 'failed', reason }];
    }
  });
}
