import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { cookieName, type Guard, Refusal } from './guard.ts';
import type { Login } from './login.ts';
import type { Role } from './roles.ts';
import type { SecondFactor } from './second-factor.ts';
import { originOf, refuse } from './session-routes.ts';
import type { Sessions } from './sessions.ts';
import type { Trail } from './trail.ts';

const Password = z.strictObject({ password: z.string().min(1).max(256) });
const CodeBody = z.strictObject({ code: z.string().min(1).max(32) });

export interface FactorParts {
  readonly factor: SecondFactor;
  readonly login: Login;
  readonly sessions: Sessions;
  readonly guard: Guard;
  readonly trail: Trail;
  /** Roles that may not be without one. */
  readonly factorFor: readonly Role[];
}

/** Setting up the own second factor, and taking it away again. */
export function factorRoutes(api: FastifyInstance, parts: FactorParts): void {
  const { factor, login, sessions, guard, trail, factorFor } = parts;
  const member = { preHandler: guard.member };

  api.post('/factor', member, async (request) => {
    const { name, factor: enrolled } = guard.account(request);
    const { password } = Password.parse(request.body);
    if (enrolled)
      throw new Refusal(409, 'ENROLLED', '已设置动态验证码', 'There is a second factor already');
    // Whoever finds an open page must not be able to set up a factor of their own.
    refuse(await login.again(name, password, originOf(request)));
    const begun = await factor.begin(name);
    await trail.note(guard.account(request), 'factor.begin', `account ${name}`);
    return begun;
  });

  api.post('/factor/confirm', member, async (request) => {
    const account = guard.account(request);
    const { code } = CodeBody.parse(request.body);
    if (account.factor)
      throw new Refusal(409, 'ENROLLED', '已设置动态验证码', 'There is a second factor already');
    let recovery: readonly string[] | undefined;
    refuse(
      await login.codeAgain(account.name, originOf(request), async () => {
        recovery = await factor.confirm(account.name, code.trim());
        return recovery !== undefined;
      }),
    );
    await sessions.endAll(account.name, request.cookies[cookieName]);
    await trail.note(account, 'factor.enrol', `account ${account.name}`);
    return { recovery };
  });

  api.post('/factor/remove', member, async (request) => {
    const account = guard.account(request);
    const { code } = CodeBody.parse(request.body);
    if (factorFor.includes(account.role))
      throw new Refusal(409, 'REQUIRED', '您的角色必须使用动态验证码', 'Your role must have one');
    refuse(
      await login.codeAgain(account.name, originOf(request), () =>
        factor.check(account.name, code),
      ),
    );
    await factor.remove(account.name);
    await trail.note(account, 'factor.remove', `account ${account.name}`);
    return { ok: true };
  });
}
