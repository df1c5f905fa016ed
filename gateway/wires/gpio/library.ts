import { createRequire } from 'node:module';
import { GatewayError } from '../../errors.ts';
import type { Level } from './contact.ts';

/** What we use of onoff. Said here and not imported: the box must build and run where it is not installed. */
export interface OnoffLine {
  readSync(): Level;
  writeSync(level: Level): void;
  watch(told: (error: Error | null | undefined, level: Level) => void): void;
  direction(): string;
  edge(): string;
  unexport(): void;
}

export interface Onoff {
  readonly Gpio: {
    new (
      number: number,
      direction: 'in',
      edge: 'both',
      options: { readonly activeLow: false },
    ): OnoffLine;
    new (
      number: number,
      direction: 'low' | 'high',
      options: { readonly activeLow: false },
    ): OnoffLine;
  };
}

const load = createRequire(import.meta.url);

/** onoff is optional: it is compiled at installation, which not every machine can. */
export function loadOnoff(name = 'onoff'): Onoff {
  try {
    return load(name) as Onoff;
  } catch (cause) {
    throw new GatewayError('GPIO_LIBRARY', `Cannot load ${name}`, { cause });
  }
}
