import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Keys } from '../privacy/keys.ts';

export const deviceCookieName = 'gatehouse-device';
/** A browser is known for so long after the last log-in, days. */
export const deviceDays = 180;
/** Names that one browser is known for: the guard room's serves several people; the oldest is forgotten. */
export const mostNames = 5;
const dayMs = 86_400_000;

/**
 * Marks a browser in which somebody has logged in, as OWASP describes it: it lets nobody in, but its wrong tries are
 * counted apart from those of strangers. The name is not in it, only a keyed hash over it.
 */
export interface DeviceCookies {
  /** The cookie for a browser in which `name` has just logged in; `before` is the one that it sent. */
  issue(name: string, before: string | undefined): string;
  /** What the browser's tries for this name are counted under; undefined for a stranger. */
  find(cookie: string | undefined, name: string): string | undefined;
}

interface Mark {
  readonly nonce: string;
  readonly day: number;
  readonly proof: string;
}

export function createDeviceCookies(
  keys: Pick<Keys, 'pseudonym'>,
  clock: Pick<Clock, 'nowMs'>,
): DeviceCookies {
  const today = () => Math.floor(clock.nowMs() / dayMs);
  const proofOf = (name: string, nonce: string, day: number) =>
    keys.pseudonym('browser', JSON.stringify([name, nonce, day]));
  const isGood = ({ nonce, day, proof }: Mark, name: string) =>
    proof === proofOf(name, nonce, day) && today() - day <= deviceDays;
  return {
    issue(name, before) {
      const marks = marksOf(before);
      const own = marks.find((mark) => isGood(mark, name));
      const nonce = own?.nonce ?? randomBytes(12).toString('base64url');
      const day = today();
      const fresh = { nonce, day, proof: proofOf(name, nonce, day) };
      return [fresh, ...marks.filter((mark) => mark !== own)]
        .slice(0, mostNames)
        .map((mark) => `${mark.nonce}.${mark.day}.${mark.proof}`)
        .join('~');
    },
    find: (cookie, name) => marksOf(cookie).find((mark) => isGood(mark, name))?.nonce,
  };
}

const shape = /^([\w-]{16})\.(\d{1,6})\.([\w-]{22})$/;

/** What is no mark is left out: anybody can send any cookie. */
const marksOf = (cookie = ''): readonly Mark[] =>
  cookie.split('~', mostNames).flatMap((part) => {
    const [, nonce = '', day = '', proof = ''] = shape.exec(part) ?? [];
    return nonce === '' ? [] : [{ nonce, day: Number(day), proof }];
  });
