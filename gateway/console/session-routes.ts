import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ActorName } from '../desk/register.ts';
import type { Accounts } from './accounts.ts';
import { deviceCookieName, deviceDays } from './device-cookie.ts';
import { cookieName, type Guard, Refusal } from './guard.ts';
import type { Login, LoginRefusal, Origin } from './login.ts';
import { plainCode } from './one-time-code.ts';
import { passwordFault, passwordLength } from './passwords.ts';
import { type Role, rightsOf } from './roles.ts';
import { longestMs, type Sessions } from './sessions.ts';
import type { Trail } from './trail.ts';

const Password = z.string().min(1).max(256);
const OneTime = z.string().min(1).max(32);
const LoginBody = z.strictObject({
  name: z.string().min(1).max(64),
  password: Password,
  remember: z.boolean().default(false),
  code: OneTime.optional(),
});
const SetupBody = z.strictObject({
  code: z.string().min(1).max(64),
  name: ActorName,
  password: Password,
});
const ChooseBody = z.strictObject({
  name: z.string().min(1).max(64),
  code: OneTime,
  password: Password,
});
const ChangeBody = z.strictObject({ old: Password, password: Password });

export interface SessionParts {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly login: Login;
  readonly guard: Guard;
  readonly trail: Trail;
  /** The code for the first account; undefined once it was used. */
  readonly setupCode: () => string | undefined;
  readonly used: () => void;
  readonly https: boolean;
  /** Roles that may not be without a second factor. */
  readonly factorFor: readonly Role[];
  /** Time and place, for the bar of every page. */
  readonly place: () => object;
}

const refusals: Readonly<Record<LoginRefusal, readonly [number, string, string, string]>> = {
  wrong: [401, 'WRONG', '账号、密码或验证码不对', 'Wrong name, password or code'],
  locked: [
    429,
    'LOCKED',
    '输错次数太多，已锁定15分钟',
    'Too many wrong tries: locked for 15 minutes',
  ],
  slow: [
    429,
    'SLOW',
    '有人在猜这个账号的密码：请稍候再试，或用以前登录过的手机、电脑',
    'Somebody guesses at this account: wait a moment, or use a device that has logged in before',
  ],
  busy: [503, 'BUSY', '正忙，请稍候再试', 'Busy: try again in a moment'],
  choose: [403, 'CHOOSE', '请设置您自己的密码', 'Choose a password of your own'],
  code: [401, 'SECOND', '请输入动态验证码', 'Enter the code of your authenticator'],
};

/** Throws what a refused log-in answers; returns where there is nothing to refuse. */
export function refuse(why: LoginRefusal | null): void {
  if (why === null) return;
  const [status, code, zh, en] = refusals[why];
  throw new Refusal(status, code, zh, en);
}

const faults = {
  short: [`密码至少${passwordLength.min}个字符`, `At least ${passwordLength.min} characters`],
  long: [`密码最多${passwordLength.max}个字符`, `At most ${passwordLength.max} characters`],
  simple: ['密码太简单，也不能含账号名', 'Too simple, or it contains the name'],
} as const;

function checkPassword(password: string, name: string): void {
  const fault = passwordFault(password, name);
  if (!fault) return;
  const [zh, en] = faults[fault];
  throw new Refusal(400, 'PASSWORD', zh, en);
}

/** Where a request comes from, for the counts of tries. */
export const originOf = (request: FastifyRequest): Origin => ({
  address: request.ip,
  device: request.cookies[deviceCookieName],
});

/** Logging in and out, the very first account, and the own password. */
export function sessionRoutes(api: FastifyInstance, parts: SessionParts): void {
  const { accounts, sessions, login, guard, trail, setupCode, used, https, factorFor } = parts;
  const strict = {
    preHandler: guard.anyone,
    config: {
      rateLimit: {
        max: 60,
        timeWindow: 60_000,
        onExceeded: () => trail.refused(undefined, 'too many from one address'),
      },
    },
  };
  const cookie = { path: '/', httpOnly: true, sameSite: 'strict', secure: https } as const;
  const done = (reply: FastifyReply) => reply.send({ ok: true });
  /** Only the API needs it, and it outlives the session: it lets nobody in. */
  const mark = (reply: FastifyReply, device: string) =>
    reply.setCookie(deviceCookieName, device, {
      ...cookie,
      path: '/api/v1',
      maxAge: deviceDays * 86_400,
    });

  api.get('/session', { preHandler: guard.anyone }, async (request) => {
    const account = await guard.session(request);
    // Who is not logged in learns nothing of the place.
    if (!account) return { account: null, needsSetup: setupCode() !== undefined };
    return {
      account,
      rights: rightsOf(account.role),
      needsFactor: factorFor.includes(account.role) && !account.factor,
      needsSetup: false,
      ...parts.place(),
    };
  });

  api.post('/session', strict, async (request, reply) => {
    const body = LoginBody.parse(request.body);
    const result = await login.login({ ...body, from: originOf(request) });
    if ('refused' in result) return refuse(result.refused);
    reply.setCookie(cookieName, result.token, {
      ...cookie,
      ...(body.remember ? { maxAge: longestMs / 1000 } : {}),
    });
    mark(reply, result.device);
    return done(reply);
  });

  api.delete('/session', { preHandler: guard.member }, async (request, reply) => {
    await sessions.end(request.cookies[cookieName] ?? '');
    await trail.note(guard.account(request), 'logout', 'session');
    reply.clearCookie(cookieName, cookie);
    return done(reply);
  });

  api.post('/setup', strict, async (request, reply) => {
    const { code, name, password } = SetupBody.parse(request.body);
    const wanted = setupCode();
    if (wanted === undefined || !sameCode(code, wanted)) {
      trail.refused(undefined, 'set-up code');
      throw new Refusal(403, 'CODE', '设置码不对', 'Wrong set-up code');
    }
    checkPassword(password, name);
    const made = await accounts.first(name, password);
    used();
    if (!made) throw new Refusal(409, 'SET_UP', '已有账号，请登录', 'There is an account: log in');
    return done(reply);
  });

  api.post('/password', strict, async (request, reply) => {
    const { name, code, password } = ChooseBody.parse(request.body);
    checkPassword(password, name);
    const result = await login.withCode(name, code, originOf(request));
    if ('refused' in result) return refuse(result.refused);
    if (!(await accounts.setPassword(name, password, code))) refuse('wrong');
    await trail.note(result.row, 'password.choose', `account ${name}`);
    mark(reply, result.device);
    return done(reply);
  });

  api.post('/password/change', { preHandler: guard.member }, async (request, reply) => {
    const account = guard.account(request);
    const { old, password } = ChangeBody.parse(request.body);
    checkPassword(password, account.name);
    refuse(await login.again(account.name, old, originOf(request)));
    await accounts.setPassword(account.name, password);
    await sessions.endAll(account.name, request.cookies[cookieName]);
    await trail.note(account, 'password.change', `account ${account.name}`);
    return done(reply);
  });
}

function sameCode(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(plainCode(given)), Buffer.from(plainCode(wanted))];
  return a.length === b.length && timingSafeEqual(a, b);
}
