import { randomBytes } from 'node:crypto';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { NoAnswer } from '../poll/line.ts';
import { authorizationFor, type Challenge, challengeOf } from './challenge.ts';

export interface ClientParts {
  /** http://HOST or https://HOST, with a path before every path that is asked for, if need be. */
  readonly address: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** So long a device may take to begin its answer, ms. */
  readonly timeoutMs: number;
  readonly monoMs: () => number;
}

/** A request that is more than a question. */
export interface Outgoing {
  readonly method: string;
  readonly path: string;
  readonly body: Uint8Array;
  readonly contentType?: string | undefined;
}

/** Asks one device over HTTP, and logs in as it wants it: Digest with SHA-256 or MD5, or Basic. */
export interface HttpClient {
  /**
   * The answer, whose head has come and which is a success. Throws NoAnswer: `silent` where nobody answered in time,
   * `refused` where the answer is no success, or the log-in is wrong.
   */
  get(path: string): Promise<IncomingMessage>;
  /**
   * The same for a request that carries something. Sent again only where the device has refused it for want of a
   * log-in: what was not answered may have been done.
   */
  send(request: Outgoing): Promise<IncomingMessage>;
  /** Ends what is open. */
  close(): void;
}

/**
 * After a log-in that the device has refused, nothing is asked for so long, ms: cameras lock the account after a few
 * wrong ones (Hikvision for 30 minutes), and then the guard cannot log in either.
 */
export const wrongLoginRestMs = 1_800_000;
/** Of the body of an answer that is no success so much is read, bytes; then the connection goes. */
const maxRefusalBytes = 64 * 1024;

export function createHttpClient(parts: ClientParts): HttpClient {
  const base = new URL(parts.address);
  const { request: open, Agent } = base.protocol === 'https:' ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const { username, password } = parts;
  const user = username === undefined ? null : { username, password: password ?? '' };
  let challenge: Challenge | null = null;
  let nc = 0;
  let restsUntilMs = Number.NEGATIVE_INFINITY;

  const once = (
    { method, path, body, contentType }: Outgoing,
    authorization: string | undefined,
  ): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const silent = (why: string, cause?: Error) =>
        reject(new NoAnswer('silent', `${base.host}: ${why}`, { cause }));
      const request = open({
        host: base.hostname.replace(/^\[|\]$/g, ''),
        ...(base.port === '' ? {} : { port: base.port }),
        method,
        path,
        agent,
        headers: {
          host: base.host,
          ...(contentType === undefined ? {} : { 'content-type': contentType }),
          ...(body.length === 0 ? {} : { 'content-length': body.length }),
          // Small devices compress badly, and a small text may unfold to a very large one.
          'accept-encoding': 'identity',
          ...(authorization === undefined ? {} : { authorization }),
        },
      });
      const timer = setTimeout(() => {
        silent(`no answer in ${parts.timeoutMs} ms`);
        request.destroy();
      }, parts.timeoutMs);
      request.once('response', (response) => {
        clearTimeout(timer);
        resolve(response);
      });
      request.on('error', (cause) => {
        clearTimeout(timer);
        silent(cause.message, cause);
      });
      request.end(body);
    });

  const authorization = ({ method, path: uri }: Outgoing): string | undefined => {
    if (!challenge || !user) return undefined;
    nc += 1;
    const cnonce = randomBytes(16).toString('hex');
    return authorizationFor(challenge, user, { method, uri, nc, cnonce });
  };

  const send = async (asked: Outgoing): Promise<IncomingMessage> => {
    if (parts.monoMs() < restsUntilMs)
      throw new NoAnswer('refused', 'Not asked: it refused the user name or password before');
    const outgoing = { ...asked, path: `${base.pathname.replace(/\/$/, '')}${asked.path}` };
    // Without a challenge first to hear one; with one that has grown old, once more with the new one.
    for (let triesLeft = challenge === null ? 1 : 2; ; triesLeft -= 1) {
      const answered = challenge !== null && user !== null;
      const response = await once(outgoing, authorization(outgoing));
      const { statusCode = 0 } = response;
      if (statusCode >= 200 && statusCode < 300) return response;
      const said = challengeOf(header(response, 'www-authenticate'));
      await thrownAway(response);
      if (statusCode !== 401) throw new NoAnswer('refused', `${base.host} answers ${statusCode}`);
      if (!user) throw new NoAnswer('refused', `${base.host} wants a user name and password`);
      if (!said)
        throw new NoAnswer('refused', `${base.host} wants a log-in that is not spoken here`);
      const stale = said.kind === 'digest' && said.stale;
      if (answered && !stale && triesLeft <= 1) {
        restsUntilMs = parts.monoMs() + wrongLoginRestMs;
        challenge = null;
        throw new NoAnswer('refused', `${base.host} refuses the user name or password`);
      }
      if (triesLeft < 0) throw new NoAnswer('refused', `${base.host} takes no nonce of its own`);
      challenge = said;
      nc = 0;
    }
  };

  return {
    close: () => agent.destroy(),
    get: (path) => send({ method: 'GET', path, body: nothing }),
    send,
  };
}

const nothing = new Uint8Array();

/** All values of a header, which Node would join. */
const header = ({ rawHeaders }: IncomingMessage, name: string): string[] =>
  rawHeaders.filter((_, n) => n % 2 === 1 && rawHeaders[n - 1]?.toLowerCase() === name);

/** Reads an answer to its end, so that its connection can be used again; or ends it where it is long. */
function thrownAway(response: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxRefusalBytes) response.destroy();
    });
    response.on('error', () => {
      // It is thrown away all the same.
    });
    response.once('close', () => resolve());
  });
}
