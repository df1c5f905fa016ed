import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GatewayError } from '../../errors.ts';
import { gpioError } from './trouble.ts';

/** Where the kernel shows its lines; onoff knows no other place. */
export const sysfs = '/sys/class/gpio';

/** A GPIO controller. The kernel numbers its lines from `base` on: 0 on old kernels, 512 or anything on new ones. */
export interface Chip {
  readonly label: string;
  readonly base: number;
  readonly count: number;
}

/** The chip of that label; `base` decides where several have it. */
export function findChip(label: string, base?: number): Chip {
  const chips = readChips();
  const found = chips.filter((one) => one.label === label && (base ?? one.base) === one.base);
  const [chip] = found;
  if (chip && found.length === 1) return chip;
  const seen = chips.map((one) => `${one.label} (base ${one.base})`).join(', ') || 'none';
  const wanted = base === undefined ? label : `${label} with base ${base}`;
  throw new GatewayError(
    'GPIO_ABSENT',
    found.length > 1 ? `Several chips are called ${wanted}: ${seen}` : `No chip ${wanted}: ${seen}`,
  );
}

/** The kernel's number of a chip's line. */
export function numberOf({ label, base, count }: Chip, line: number): number {
  if (line < count) return base + line;
  throw new GatewayError('GPIO_NO_LINE', `${label} has ${count} lines, none is ${line}`);
}

function readChips(): readonly Chip[] {
  try {
    return readdirSync(sysfs)
      .filter((name) => /^gpiochip\d+$/.test(name))
      .map((name) => {
        const read = (file: string) => readFileSync(join(sysfs, name, file), 'utf8').trim();
        return { label: read('label'), base: Number(read('base')), count: Number(read('ngpio')) };
      });
  } catch (cause) {
    throw gpioError(cause, `Cannot read ${sysfs}`);
  }
}
