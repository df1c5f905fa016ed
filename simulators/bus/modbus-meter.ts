import { CodecError, type Driver, type Message } from '../../drivers/driver.ts';
import { type Answer, decodeAnswer, type Question } from '../../drivers/modbus/frame.ts';
import type { PowerReading } from '../../drivers/reading.ts';

/** A Modbus meter on the wall. What is not `readonly` may be changed while it runs. */
export interface ModbusMeterPlan {
  readonly unitId: number;
  /** Which meter it is, and its options. */
  readonly driver: Driver;
  readonly options?: Record<string, unknown>;
  readonly reading: () => PowerReading;
  /** Pause before an answer, ms. */
  delayMs?: number;
  /** No power, a wire off. */
  dead?: boolean;
  /** So many answers to come have a byte turned over. */
  garble?: number;
  /** Refuses everything with this exception. */
  exception?: number;
}

/** What a meter says to a question, or null where it keeps silent. */
export function answerOf(plan: ModbusMeterPlan, question: Question): Answer | null {
  const { unitId, code, start, count } = question;
  if (plan.dead || unitId !== plan.unitId) return null;
  if (plan.exception !== undefined) return { unitId, code, exception: plan.exception };
  const { driver } = plan;
  const options = driver.options.parse({ ...plan.options, unitId });
  const known = new Map<number, number>();
  for (const { start: from = 0, body } of blocksOf(driver, plan.reading(), options)) {
    const answer = decodeAnswer(body);
    if (answer.code !== code) return { unitId, code, exception: 1 };
    if ('exception' in answer) continue;
    for (const [n, word] of answer.registers.entries()) known.set(from + n, word);
  }
  const registers = Array.from({ length: count }, (_, n) => known.get(start + n));
  return registers.every((word) => word !== undefined)
    ? { unitId, code, registers }
    : { unitId, code, exception: 2 };
}

function blocksOf(driver: Driver, reading: PowerReading, options: unknown): readonly Message[] {
  try {
    return driver.encode(reading, options).flatMap((one) => [one, ...(one.rest ?? [])]);
  } catch (error) {
    // What it measures has no place in its registers: it has none of them.
    if (error instanceof CodecError) return [];
    throw error;
  }
}
