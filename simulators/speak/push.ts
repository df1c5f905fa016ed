import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from '../../drivers/driver.ts';
import { type Credentials, digestAnswer } from './digest.ts';
import { type Line, maxWaiting } from './speaker.ts';

/** A device that is not answered sends again after these, ms: at once where the kept connection had gone. */
const againMs = [50, 500, 3000, 3000] as const;
const answerMs = 10_000;

/**
 * A device that pushes over HTTP to `url`, one message at a time on a kept connection, until it is answered 200. With
 * `login` it answers a challenge by Digest, and what it was challenged with once serves until it is challenged anew.
 */
export function dialPush(url: string, login?: Credentials): Line {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const queue: Array<{ readonly message: Message; readonly done: (kept: boolean) => void }> = [];
  let busy = false;
  let answered = false;
  let challenge: string | undefined;
  let answers = 0;
  const stopping = new AbortController();

  const post = ({ topic = '', method = 'POST', contentType, body }: Message) =>
    new Promise<boolean>((resolve) => {
      answers += 1;
      const { pathname, search } = new URL(url + topic);
      const authorization =
        login && digestAnswer(challenge, login, { method, uri: pathname + search }, answers);
      const sent = request(
        url + topic,
        {
          agent,
          method,
          timeout: answerMs,
          headers: {
            'content-length': body.length,
            ...(authorization ? { authorization } : {}),
            ...(contentType === undefined ? {} : { 'content-type': contentType }),
          },
        },
        (response) => {
          response.resume();
          if (response.statusCode === 401) {
            challenge = response.headers['www-authenticate'];
            answers = 0;
          }
          response.on('end', () => resolve(response.statusCode === 200));
          response.on('error', () => resolve(false));
        },
      );
      sent.on('timeout', () => sent.destroy());
      sent.on('error', () => resolve(false));
      sent.end(body);
    });

  const work = async () => {
    if (busy) return;
    busy = true;
    for (let next = queue[0]; next && !stopping.signal.aborted; next = queue[0]) {
      answered = false;
      for (let n = 0; n <= againMs.length && !answered && !stopping.signal.aborted; n += 1) {
        if (n > 0)
          await sleep(againMs[n - 1], undefined, { signal: stopping.signal }).catch(() => {});
        answered = await post(next.message);
      }
      queue.shift();
      next.done(answered);
    }
    busy = false;
  };

  return {
    send(message, done) {
      if (stopping.signal.aborted || queue.length >= maxWaiting) {
        done(false);
        return;
      }
      queue.push({ message, done });
      void work();
    },
    connected: () => answered,
    async stop() {
      stopping.abort();
      agent.destroy();
    },
  };
}
