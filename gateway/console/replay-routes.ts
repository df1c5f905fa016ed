import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { titleOf } from '../desk/subject.ts';
import type { ReplayJob } from '../replay/job.ts';
import { reallyTold } from '../replay/told.ts';
import { type Guard, Refusal } from './guard.ts';
import type { ConsoleParts } from './parts.ts';
import type { Trail } from './trail.ts';

/** A month of a village is some minutes of a core; more is for the command on another machine. */
export const mostDays = 31;
const dayMs = 86_400_000;
/** Rules that learn what is usual want a week (elec.leakage); charging wants an hour. */
const warmUpMs = 7 * dayMs;

const Wish = z.strictObject({
  days: z.int().min(1).max(mostDays),
  settings: z.record(z.string().max(64), z.unknown()).default({}),
});
const Id = z.object({ id: z.string().min(1).max(64) });

/** "What would this rule have done over the last days?": asked, watched, cancelled. One runs at a time, sends nothing, changes nothing. */
export function replayRoutes(
  api: FastifyInstance,
  { rules, config, site, dataDir, gate, clock }: ConsoleParts,
  guard: Guard,
  trail: Trail,
  job: ReplayJob,
): void {
  const needs = { preHandler: guard.needs('rules.try') };

  api.post('/rules/:id/replay', needs, async (request, reply) => {
    const { id } = Id.parse(request.params);
    const armed = rules.find(({ rule }) => rule.id === id);
    if (!armed) throw new Refusal(404, 'NONE', '没有这条规则', 'There is no such rule');
    const wish = Wish.parse(request.body);
    const { mode: _mode, ...own } = config.rules[id] ?? {};
    const settings = { ...own, ...wish.settings };
    const wrong = armed.rule.config.safeParse(settings).error?.issues[0];
    if (wrong) {
      const where = wrong.path.join('.');
      throw new Refusal(
        400,
        'SETTINGS',
        `参数有误：${where}（${wrong.message}）`,
        `Not a valid setting: ${where}: ${wrong.message}`,
      );
    }
    const toMs = clock.nowMs();
    const started = job.start({
      dataDir,
      site,
      zone: config.site.timeZone,
      rule: id,
      settings: { ...config.rules, [id]: settings },
      fromMs: toMs - wish.days * dayMs,
      toMs,
      warmUpMs,
    });
    if (!started)
      throw new Refusal(
        409,
        'BUSY',
        '另一项试算正在进行，请等它结束或取消',
        'Another replay is running: wait for it or cancel it',
      );
    await trail.note(guard.account(request), 'rule.replay', id);
    return reply.code(202).send({ rule: id, days: wish.days });
  });

  api.get('/replay', needs, async () => {
    const now = job.state();
    if (now.state === 'idle') return { state: now.state, mostDays };
    const { rule, fromMs, toMs, settings } = now.task;
    const asked = { rule, fromMs, toMs, settings: settings[rule] ?? {}, mostDays };
    if (now.state === 'running') return { state: now.state, ...asked, share: now.share };
    if (now.state !== 'done') return { state: now.state, ...asked };
    const { result } = now;
    const told = await reallyTold(gate, rule, result, config.site.timeZone);
    const found = result.found.map((one) => ({
      ...one,
      title: titleOf(site, rule, one.kind, one.subject),
      ...told.was[one.id],
    }));
    const { was: _was, ...told_ } = told;
    return { state: now.state, ...asked, result: { ...result, found }, told: told_ };
  });

  api.delete('/replay', needs, async (request) => {
    await job.cancel();
    await trail.note(guard.account(request), 'rule.replay.cancel', '');
    return { state: job.state().state };
  });
}
