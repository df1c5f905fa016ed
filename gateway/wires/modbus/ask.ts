import type { Answer, Question } from '../../../drivers/modbus/frame.ts';
import { NoAnswer } from '../poll/line.ts';
import type { Outcome } from '../poll/master.ts';

/** The one who asks units, over whatever carries it. */
export interface Asker {
  /** The answer of the unit, also where it is an exception. Throws NoAnswer where there is none. */
  ask(question: Question): Promise<Answer>;
  close(): Promise<void>;
}

export interface AskerSettings {
  /** bit/s on the line, also behind a converter. */
  readonly baudRate: number;
  /** How long a unit may take to begin its answer, ms. */
  readonly timeoutMs: number;
}

/** Whether this can be the answer. */
export const fits = ({ unitId, code, count }: Question, answer: Answer): boolean =>
  answer.unitId === unitId &&
  answer.code === code &&
  ('exception' in answer || answer.registers.length === count);

/** Why nothing was taken. */
export function noAnswer(outcome: Exclude<Outcome<unknown>, { readonly kind: 'taken' }>): NoAnswer {
  if (outcome.kind === 'silent') return new NoAnswer('silent', 'No answer');
  const { trouble } = outcome;
  return new NoAnswer(
    'garbled',
    trouble === null ? 'The answer to something else' : `The answer cannot be read: ${trouble}`,
  );
}
