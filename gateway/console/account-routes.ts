import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ActorName } from '../desk/register.ts';
import type { Accounts } from './accounts.ts';
import { type Guard, Refusal } from './guard.ts';
import { roles } from './roles.ts';
import type { Trail } from './trail.ts';

const Name = z.object({ name: z.string().min(1).max(64) });
const Create = z.strictObject({ name: ActorName, role: z.enum(roles) });
const Change = z.strictObject({
  role: z.enum(roles).optional(),
  disabled: z.boolean().optional(),
});

/** The chair makes, changes and disables accounts; the person chooses the password at the first log-in. */
export function accountRoutes(
  api: FastifyInstance,
  { accounts, guard, trail }: { accounts: Accounts; guard: Guard; trail: Trail },
): void {
  const chair = { preHandler: guard.needs('accounts.manage') };

  api.get('/accounts', chair, async (request) => {
    const list = await accounts.list();
    await trail.viewed(guard.account(request), 'accounts', list.length);
    return { accounts: list };
  });

  api.post('/accounts', chair, async (request, reply) => {
    const { name, role } = Create.parse(request.body);
    return reply.code(201).send(await accounts.create(name, role, guard.account(request)));
  });

  api.post('/accounts/:name', chair, async (request) => {
    const { name } = Name.parse(request.params);
    const to = Change.parse(request.body);
    const by = guard.account(request);
    if (name === by.name && (to.disabled || to.role !== undefined))
      throw new Refusal(409, 'OWN', '不能停用或更改自己的账号', 'Not your own account');
    await accounts.change(name, to, by);
    return { ok: true };
  });

  api.post('/accounts/:name/code', chair, async (request) => {
    const { name } = Name.parse(request.params);
    const by = guard.account(request);
    if (name === by.name)
      throw new Refusal(409, 'OWN', '请用“修改密码”', 'Change your own password instead');
    return accounts.reset(name, by);
  });

  api.post('/accounts/:name/factor/remove', chair, async (request) => {
    const { name } = Name.parse(request.params);
    const by = guard.account(request);
    if (name === by.name)
      throw new Refusal(409, 'OWN', '请由另一位主任操作', 'Another chair must do this');
    await accounts.removeFactor(name, by);
    return { ok: true };
  });
}
