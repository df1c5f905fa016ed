import type { IncomingMessage } from 'node:http';
import { performance } from 'node:perf_hooks';
import { type Line, NoAnswer, type OpenLine } from '../poll/line.ts';
import { createHttpClient } from './client.ts';
import { createKeeper } from './keeper.ts';

/** Longest answer to a question, bytes. */
export const maxAnswerBytes = 256 * 1024;
/** An answer that has begun must have ended by then, ms. */
const wholeAnswerMs = 10_000;

/** A device that is asked over HTTP, as a bus of its own. */
export const openHttp: OpenLine = async (bus, password): Promise<Line> => {
  const client = createHttpClient({
    address: bus.address ?? '',
    username: bus.username,
    password,
    timeoutMs: bus.timeoutMs,
    monoMs: () => performance.now(),
  });
  return {
    async ask(poll) {
      if (poll.wire !== 'http') throw new Error(`No question for HTTP: ${poll.wire}`);
      const response = await client.get(poll.path);
      const body = await whole(response);
      const contentType = response.headers['content-type'];
      return { topic: poll.path, body, ...(contentType === undefined ? {} : { contentType }) };
    },
    close: async () => client.close(),
  };
};

/** The body of an answer, to its end. Throws NoAnswer where it is too long, or breaks off. */
export async function whole(response: IncomingMessage): Promise<Buffer> {
  const keeper = createKeeper(maxAnswerBytes);
  const late = setTimeout(() => response.destroy(new Error('it never ends')), wholeAnswerMs);
  try {
    for await (const chunk of response) {
      if (keeper.held() + (chunk as Buffer).length > maxAnswerBytes)
        throw new Error(`longer than ${maxAnswerBytes} bytes`);
      keeper.keep(chunk as Buffer);
    }
    return keeper.bytes();
  } catch (cause) {
    response.destroy();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new NoAnswer('garbled', `The answer broke off: ${why}`, { cause });
  } finally {
    clearTimeout(late);
  }
}
