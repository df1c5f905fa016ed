import type { Message, Poll } from '../../../drivers/driver.ts';
import type { Device } from '../../config/device.ts';
import type { Bus } from '../../config/schema.ts';

/**
 * Why a question has no usable answer though the line is well: nobody spoke in time; what came cannot be read
 * (noise, a wrong checksum, another device's answer); the device says that it has no such thing.
 */
export type Unanswered = 'silent' | 'garbled' | 'refused';

/** The line is well, this question has no answer. Whatever else `ask` throws is a failure of the line itself. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly why: Unanswered;

  constructor(why: Unanswered, message: string, options?: ErrorOptions) {
    super(message, options);
    this.why = why;
  }
}

/** An open bus. Its master asks one question at a time. */
export interface Line {
  /**
   * The answer as the device's driver reads it. Throws NoAnswer where none has begun after the bus's `timeoutMs`, and
   * the time that the question itself needs on the line.
   */
  ask(poll: Poll, device: Device): Promise<Message>;
  /** Ends a question that waits; resolves when port or socket are free again. */
  close(): Promise<void>;
}

/** Opens the line of one bus; throws where the port or the converter cannot be reached. */
export type OpenLine = (bus: Bus, password: string | undefined) => Promise<Line>;
