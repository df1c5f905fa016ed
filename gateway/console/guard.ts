import type { FastifyReply, FastifyRequest, preHandlerAsyncHookHandler } from 'fastify';
import type { Account, Accounts } from './accounts.ts';
import { may, type Right } from './roles.ts';

/** An answer that people can read, in place of what was asked for. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly statusCode: number;
  readonly code: string;
  readonly zh: string;
  readonly en: string;

  constructor(statusCode: number, code: string, zh: string, en: string) {
    super(en);
    this.statusCode = statusCode;
    this.code = code;
    this.zh = zh;
    this.en = en;
  }
}

export const cookieName = 'gatehouse';

export interface Guard {
  /** Refuses what another page sends in the name of somebody who is logged in. */
  origin(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  needs(right: Right): preHandlerAsyncHookHandler;
  /** Anybody who is logged in. */
  readonly member: preHandlerAsyncHookHandler;
  /** Who asks; only after `needs` or `member`. */
  account(request: FastifyRequest): Account;
}

/** Stands before every route of the API. */
export function createGuard(accounts: Accounts): Guard {
  const known = new WeakMap<FastifyRequest, Account>();
  const identify = async (request: FastifyRequest): Promise<Account> => {
    const token = request.cookies[cookieName];
    const account = token === undefined ? undefined : await accounts.session(token);
    if (!account) throw new Refusal(401, 'LOGIN', '请先登录', 'Log in first');
    known.set(request, account);
    return account;
  };
  return {
    async origin(request) {
      if (request.method === 'GET' || request.method === 'HEAD') return;
      const { origin, host } = request.headers;
      const foreign = origin !== undefined && new URL(origin).host !== host;
      // A form on another page cannot set this header; our own pages always do.
      if (foreign || request.headers['x-gatehouse'] !== '1') {
        throw new Refusal(403, 'ORIGIN', '请求来源不明', 'The request comes from elsewhere');
      }
    },
    needs: (right) => async (request) => {
      const { role } = await identify(request);
      if (!may(role, right))
        throw new Refusal(403, 'ROLE', '您的角色无权进行此操作', 'Your role may not do this');
    },
    member: async (request) => {
      await identify(request);
    },
    account(request) {
      const account = known.get(request);
      if (!account) throw new Refusal(401, 'LOGIN', '请先登录', 'Log in first');
      return account;
    },
  };
}
