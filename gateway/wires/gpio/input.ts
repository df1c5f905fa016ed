import type { Clock } from '../../clock.ts';
import { GatewayError } from '../../errors.ts';
import { createContact, type Level } from './contact.ts';
import type { Onoff } from './library.ts';
import { gpioError } from './trouble.ts';

/** A line that something is wired to. */
export interface Input {
  /** Reads the line, whether or not an edge was told: none may be missed for good. */
  look(): void;
  level(): Level | null;
  counts(): { readonly edges: number; readonly bounces: number };
  close(): void;
}

export interface InputParts {
  readonly number: number;
  readonly debounceMs: number;
  readonly clock: Pick<Clock, 'monoMs'>;
  /** A level that has held. */
  readonly onLevel: (level: Level) => void;
  /** The line cannot be read any more. */
  readonly onLost: (error: GatewayError) => void;
}

/** Watches both edges of a line. Its first level is told like every other. */
export function openInput({ Gpio }: Onoff, parts: InputParts): Input {
  const { number, debounceMs, clock } = parts;
  const doing = `Cannot watch line ${number}`;
  const contact = createContact(debounceMs);
  let edges = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let last: Level = 0;
  let line: InstanceType<Onoff['Gpio']>;
  try {
    line = new Gpio(number, 'in', 'both', { activeLow: false });
  } catch (cause) {
    throw gpioError(cause, doing);
  }
  const lost = (cause: unknown) => {
    if (closed) return;
    close();
    parts.onLost(gpioError(cause, doing));
  };
  const settle = () => {
    timer = undefined;
    // Read anew: while the loop was busy the line may have moved without being heard of.
    const now = line.readSync();
    if (closed) return;
    contact.see(now, clock.monoMs(), false);
    const level = contact.settle(clock.monoMs());
    if (level !== null) parts.onLevel(level);
    wait();
  };
  const wait = () => {
    const dueMs = contact.dueMs();
    if (closed || dueMs === null || timer) return;
    timer = setTimeout(settle, Math.max(0, Math.ceil(dueMs - clock.monoMs())));
  };
  const moved = (level: Level, edge: boolean) => {
    if (closed) return;
    contact.see(level, clock.monoMs(), edge);
    wait();
  };
  const close = () => {
    closed = true;
    clearTimeout(timer);
    try {
      line.unexport();
    } catch {
      // Gone already.
    }
  };

  // onoff reads in a callback of its own, where an error would end the process.
  const read = line.readSync.bind(line);
  line.readSync = () => {
    try {
      if (!closed) last = read();
    } catch (cause) {
      lost(cause);
    }
    return last;
  };
  try {
    // Where a line was exported before, onoff keeps to itself that it could not set it.
    if (line.direction() !== 'in' || line.edge() !== 'both') {
      throw new GatewayError('GPIO_DIRECTION', `${doing}: EPERM`);
    }
    last = read();
    line.watch((error, level) => {
      edges += 1;
      if (error) lost(error);
      else moved(level, true);
    });
    moved(last, false);
  } catch (cause) {
    close();
    throw gpioError(cause, doing);
  }
  return {
    look: () => moved(line.readSync(), false),
    level: contact.settled,
    counts: () => ({ edges, bounces: contact.bounces() }),
    close,
  };
}
