import type { FastifyReply, FastifyRequest, preHandlerAsyncHookHandler } from 'fastify';
import { Refusal } from './refusal.ts';
import { may, type Right, type Role } from './roles.ts';
import type { Account, Sessions } from './sessions.ts';
import type { Trail } from './trail.ts';

export { Refusal } from './refusal.ts';

export const cookieName = 'gatehouse';

/** Who may call a route: everybody, whoever is logged in, or whoever has a right. */
export type Access = 'anyone' | 'member' | Right;

/** A check that says of itself whom it lets through, so that no route can be without one. */
export type Check = preHandlerAsyncHookHandler & { readonly access: Access };

export interface Guard {
  /** Refuses what another page sends in the name of somebody who is logged in. */
  origin(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  needs(right: Right): Check;
  /** Anybody who is logged in. */
  readonly member: Check;
  /** Everybody: logging in, and what describes the API. */
  readonly anyone: Check;
  /** Who asks; only after `needs` or `member`. */
  account(request: FastifyRequest): Account;
  /** Who asks, if anybody does. */
  session(request: FastifyRequest): Promise<Account | undefined>;
}

/** Stands before every route of the API. `factorFor` roles do nothing before their second factor is set up. */
export function createGuard(
  sessions: Pick<Sessions, 'find'>,
  options: {
    readonly https: boolean;
    readonly factorFor: readonly Role[];
    /** Called for each request with a session that is none, or from another origin. */
    readonly strange: Trail['strange'];
  },
): Guard {
  const known = new WeakMap<FastifyRequest, Account>();
  const session = async (request: FastifyRequest) => {
    const token = request.cookies[cookieName];
    if (token === undefined) return undefined;
    return sessions.find(token, byPerson(request));
  };
  const identify = async (request: FastifyRequest): Promise<Account> => {
    const account = await session(request);
    if (!account) {
      // Forged, or ended: to whoever sends it the answer is the same.
      if (request.cookies[cookieName]) options.strange('session');
      throw new Refusal(401, 'LOGIN', '请先登录', 'Log in first');
    }
    known.set(request, account);
    return account;
  };
  const check = (access: Access, work: (request: FastifyRequest) => Promise<void>): Check =>
    Object.assign(async (request: FastifyRequest) => work(request), { access });
  return {
    async origin(request) {
      if (request.method === 'GET' || request.method === 'HEAD') return;
      if (!isForeign(request, options.https)) return;
      options.strange('origin');
      throw new Refusal(403, 'ORIGIN', '请求来源不明', 'The request comes from elsewhere');
    },
    needs: (right) =>
      check(right, async (request) => {
        const { role, factor } = await identify(request);
        if (!may(role, right))
          throw new Refusal(403, 'ROLE', '您的角色无权进行此操作', 'Your role may not do this');
        if (options.factorFor.includes(role) && !factor)
          throw new Refusal(403, 'FACTOR', '请先设置动态验证码', 'Set up your second factor first');
      }),
    member: check('member', async (request) => {
      await identify(request);
    }),
    anyone: check('anyone', async () => {}),
    account(request) {
      const account = known.get(request);
      if (!account) throw new Refusal(401, 'LOGIN', '请先登录', 'Log in first');
      return account;
    },
    session,
  };
}

/** The pages say when somebody touched the screen since they last asked; a page left alone keeps no session alive. */
const byPerson = ({ headers, method }: FastifyRequest): boolean =>
  method !== 'GET' || headers['x-gatehouse-person'] === '1';

/**
 * Strict same-origin check of everything that writes: a header that no form and no page of another origin can set
 * (it would need our CORS answer, and we give none); and where the browser names the origin, it must be ours.
 */
function isForeign(request: FastifyRequest, https: boolean): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers;
  return (
    request.headers['x-gatehouse'] !== '1' ||
    (origin !== undefined && !isOwn(origin, request.host, https)) ||
    (site !== undefined && site !== 'same-origin')
  );
}

/** `null` (a sandboxed frame, a file) is nobody's origin. */
function isOwn(origin: string, host: string, https: boolean): boolean {
  if (!URL.canParse(origin)) return false;
  const { host: of, protocol } = new URL(origin);
  return of === host && (protocol === 'https:' || (protocol === 'http:' && !https));
}
