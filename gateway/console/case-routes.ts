import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import {
  advanceCase,
  type Case,
  type CaseState,
  caseOf,
  caseStateNames,
  caseSteps,
  listCases,
  noticeText,
  openCase,
  stepsFrom,
} from '../desk/cases.ts';
import { drillRule } from '../desk/drill.ts';
import { dateText, middayOf, momentText, noticePage } from '../desk/notice-page.ts';
import { type Guard, Refusal } from './guard.ts';
import type { ConsoleParts } from './parts.ts';
import { type Role, seesAlert } from './roles.ts';
import { printedPolicy } from './security.ts';
import type { Trail } from './trail.ts';

const Id = z.object({ id: z.coerce.number().int().positive() });
const states = Object.keys(caseStateNames) as [CaseState, ...CaseState[]];
const Step = z.strictObject({
  to: z.enum(states),
  note: z.string().max(500).optional(),
  /** Local date by which the landlord promised. */
  promised: z.iso.date().optional(),
  gridNumber: z.string().min(1).max(40).optional(),
});
const NoticeQuery = z.object({
  finding: z.string().min(1).max(60),
  deadline: z.iso.date(),
  recheck: z.iso.date(),
  place: z.string().min(1).max(40),
});
/** Closed cases are shown for so long. */
const shownMs = 90 * 86_400_000;

/** From a suspicion to the end of it: 疑似, 核实, 告知, 整改, 复查, 销号 or 上报. */
export function caseRoutes(
  api: FastifyInstance,
  { gate, desk, clock, config }: ConsoleParts,
  guard: Guard,
  trail: Trail,
): void {
  const zone = config.site.timeZone;
  const readers = { preHandler: guard.needs('cases.read') };
  const actors = { preHandler: guard.needs('cases.act') };

  api.get('/cases', readers, async (request) => {
    const { role } = guard.account(request);
    const nowMs = clock.nowMs();
    const recent = await listCases(gate, { fromMs: nowMs - shownMs });
    const open = await listCases(gate, { openOnly: true });
    const all = [...new Map([...open, ...recent].map((one) => [one.id, one])).values()];
    return { nowMs, cases: all.map((one) => told(one, role)) };
  });

  api.get('/cases/:id', readers, async (request) => {
    const { role } = guard.account(request);
    const found = await theCase(Id.parse(request.params).id);
    return {
      nowMs: clock.nowMs(),
      case: told(found, role),
      steps: await caseSteps(gate, found.id),
    };
  });

  api.post('/alerts/:id/case', actors, async (request, reply) => {
    const account = guard.account(request);
    const found = await desk.alert(Id.parse(request.params).id);
    if (!found || !seesAlert(account.role, found.alert.rule))
      throw new Refusal(404, 'NO_ALERT', '没有这条告警', 'No such alert');
    if (found.alert.shadow)
      throw new Refusal(409, 'SHADOW', '规则处于试运行，不能立案', 'The rule runs in shadow');
    if (found.alert.rule === drillRule)
      throw new Refusal(409, 'DRILL', '演练不能立案', 'A drill is no case');
    const opened = await openCase(gate, found.alert.id, clock.nowMs(), zone);
    await trail.note(account, 'case.open', `case ${opened.id}`);
    return reply.code(201).send({ case: told(opened, account.role) });
  });

  api.post('/cases/:id/steps', actors, async (request) => {
    const { name: who, role } = guard.account(request);
    const { to, note, promised, gridNumber } = Step.parse(request.body);
    const { id } = await theCase(Id.parse(request.params).id);
    const advanced = await advanceCase(
      gate,
      id,
      to,
      {
        who,
        role,
        nowMs: clock.nowMs(),
        zone,
        ...(note === undefined ? {} : { note }),
        ...(promised === undefined ? {} : { promisedMs: middayOf(promised, zone) }),
        ...(gridNumber === undefined ? {} : { gridNumber }),
      },
      desk.tellCase,
    );
    await trail.note({ name: who, role }, `case.${to}`, `case ${id}`);
    return { case: told(advanced, role) };
  });

  api.get('/cases/:id/notice', readers, async (request, reply) => {
    const found = await theCase(Id.parse(request.params).id);
    const { finding, deadline, recheck, place } = NoticeQuery.parse(request.query);
    const steps = await caseSteps(gate, found.id);
    const verified = steps.find(({ state }) => state === 'verified');
    if (!verified)
      throw new Refusal(
        409,
        'NOT_VERIFIED',
        '现场核实后才能打印告知单',
        'Not verified on site yet',
      );
    const [date, time] = momentText(verified.atMs, zone);
    const text = noticeText({
      id: `${config.site.name}${found.id}`,
      place: found.place,
      date,
      time,
      finding,
      deadline: dateText(middayOf(deadline, zone), zone),
      recheck: dateText(middayOf(recheck, zone), zone),
      chargingPlace: place,
      committee: `${config.site.name}自治管理委员会`,
    });
    await trail.note(guard.account(request), 'export', `notice of case ${found.id}`);
    const html = noticePage({ title: `告知单 ${found.place}`, text });
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', printedPolicy(html))
      .send(html);
  });

  async function theCase(id: number): Promise<Case> {
    const found = await caseOf(gate, id);
    if (!found) throw new Refusal(404, 'NO_CASE', '没有这个案件', 'No such case');
    return found;
  }
}

/** A case with the steps that this role may take now. */
const told = (one: Case, role: Role) => ({ ...one, next: stepsFrom(one.state, role) });
