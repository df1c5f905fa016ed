import { setTimeout as wait } from 'node:timers/promises';
import {
  type Answer,
  encodeQuestion,
  maxFrameBytes,
  type Question,
  scanAnswers,
} from '../../../drivers/modbus/frame.ts';
import type { Channel } from '../poll/channel.ts';
import { createMaster } from '../poll/master.ts';
import { type Asker, type AskerSettings, fits, noAnswer } from './ask.ts';

/**
 * Questions as RTU frames. On a line an answer says who answers and how much, not what was asked: one that comes too
 * late would be taken for the next one of the same unit and size. Before such a question its time is waited out.
 */
export function createRtuAsker(channel: Channel, settings: AskerSettings): Asker {
  const master = createMaster<Answer>(channel, {
    ...settings,
    scan: scanAnswers,
    longestAnswer: maxFrameBytes,
  });
  let lost: Question | null = null;
  return {
    async ask(question) {
      if (lost && confusable(lost, question)) await wait(settings.timeoutMs);
      lost = null;
      const outcome = await master.exchange(encodeQuestion(question), (answer) =>
        fits(question, answer) ? answer : null,
      );
      if (outcome.kind === 'taken') return outcome.value;
      lost = question;
      throw noAnswer(outcome);
    },
    close: master.close,
  };
}

const confusable = (one: Question, other: Question): boolean =>
  one.unitId === other.unitId &&
  one.code === other.code &&
  one.count === other.count &&
  one.start !== other.start;
