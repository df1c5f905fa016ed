import type { Message } from '../../drivers/driver.ts';
import type { Reading } from '../../drivers/reading.ts';

/** The line of one device to the box. */
export interface Line {
  /** `done(true)` when the box has acknowledged it, `done(false)` when the device gave up. */
  send(message: Message, done: (acknowledged: boolean) => void): void;
  connected(): boolean;
  stop(): Promise<void>;
}

/** A device: what it says, and the line on which it says it. */
export interface Speaker extends Line {
  readonly encode: (reading: Reading) => readonly Message[];
}

/** A device that is not answered holds back so many messages and forgets what comes on top, as small devices do. */
export const maxWaiting = 200;
