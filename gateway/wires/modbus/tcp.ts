import { CodecError } from '../../../drivers/driver.ts';
import type { Answer, Question } from '../../../drivers/modbus/frame.ts';
import {
  answerOfPdu,
  encodeTcpQuestion,
  maxTcpLength,
  nextTcp,
} from '../../../drivers/modbus/tcp.ts';
import type { Channel } from '../poll/channel.ts';
import { NoAnswer } from '../poll/line.ts';
import { createMaster, type Scanned } from '../poll/master.ts';
import { type Asker, type AskerSettings, fits, noAnswer } from './ask.ts';

interface Heard {
  readonly transaction: number;
  readonly pdu: Uint8Array;
}

const lastTransaction = 0xffff;
const headerBytes = 6;

/** Questions over Modbus TCP: the number of a transaction tells a late answer from the one that is waited for. */
export function createTcpAsker(channel: Channel, settings: AskerSettings): Asker {
  const master = createMaster<Heard>(channel, {
    ...settings,
    scan,
    longestAnswer: headerBytes + maxTcpLength,
  });
  let transaction = 0;
  return {
    async ask(question) {
      transaction = transaction === lastTransaction ? 1 : transaction + 1;
      const asked = transaction;
      const outcome = await master.exchange(
        encodeTcpQuestion({ transaction: asked, said: question }),
        (heard) => (heard.transaction === asked ? heard.pdu : null),
      );
      if (outcome.kind === 'taken') return answerTo(question, outcome.value);
      throw noAnswer(outcome);
    },
    close: master.close,
  };
}

function answerTo(question: Question, pdu: Uint8Array): Answer {
  let answer: Answer;
  try {
    answer = answerOfPdu(pdu);
  } catch (cause) {
    if (!(cause instanceof CodecError)) throw cause;
    throw new NoAnswer('garbled', cause.message, { cause });
  }
  if (!fits(question, answer)) throw new NoAnswer('garbled', 'The answer to something else');
  return answer;
}

/** A stream has no noise: what is no frame is another protocol, and the connection is opened anew. */
function scan(bytes: Uint8Array): Scanned<Heard> {
  const frames: Heard[] = [];
  let end = 0;
  for (;;) {
    const next = nextTcp(bytes.subarray(end));
    if (next === null) break;
    frames.push(next);
    end += next.end;
  }
  return { frames, trouble: end < bytes.length ? 'cut short' : null, end };
}
