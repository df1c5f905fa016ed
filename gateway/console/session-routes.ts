import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Accounts } from './accounts.ts';
import { cookieName, type Guard, Refusal } from './guard.ts';

const Login = z.strictObject({
  name: z.string().min(1).max(64),
  password: z.string().min(1).max(256),
  remember: z.boolean().default(false),
});
const Setup = z.strictObject({
  code: z.string().min(1).max(64),
  name: z.string().regex(/^[\w.-]{1,32}$/),
  password: z.string().min(10, '至少10个字符').max(256),
});

export interface SessionParts {
  readonly accounts: Accounts;
  readonly guard: Guard;
  /** The code for the first account; undefined once it was used. */
  readonly setupCode: () => string | undefined;
  readonly used: () => void;
  readonly https: boolean;
}

/** Logging in and out, and the very first account. */
export function sessionRoutes(
  api: FastifyInstance,
  { accounts, guard, setupCode, used, https }: SessionParts,
): void {
  const strict = { config: { rateLimit: { max: 30, timeWindow: 60_000 } } };
  api.get('/session', async (request) => {
    const token = request.cookies[cookieName];
    const account = token === undefined ? undefined : await accounts.session(token);
    return { account: account ?? null, needsSetup: setupCode() !== undefined };
  });
  api.post('/session', strict, async (request, reply) => {
    const { name, password, remember } = Login.parse(request.body);
    const result = await accounts.login(name, password, remember);
    if ('refused' in result) {
      throw result.refused === 'locked'
        ? new Refusal(
            429,
            'LOCKED',
            '连续输错，账号已锁定15分钟',
            'Too many wrong passwords: locked for 15 minutes',
          )
        : new Refusal(401, 'WRONG', '账号或密码不对', 'Wrong name or password');
    }
    reply.setCookie(cookieName, result.token, {
      path: '/',
      httpOnly: true,
      sameSite: 'strict',
      secure: https,
    });
    return reply.send({ ok: true });
  });
  api.delete('/session', { preHandler: guard.member }, async (request, reply) => {
    await accounts.logout(request.cookies[cookieName] ?? '');
    reply.clearCookie(cookieName, { path: '/' });
    return reply.send({ ok: true });
  });
  api.post('/setup', strict, async (request, reply) => {
    const { code, name, password } = Setup.parse(request.body);
    if (setupCode() === undefined || code !== setupCode()) {
      throw new Refusal(403, 'CODE', '设置码不对', 'Wrong set-up code');
    }
    await accounts.create(name, 'chair', password);
    used();
    return reply.send({ ok: true });
  });
}
