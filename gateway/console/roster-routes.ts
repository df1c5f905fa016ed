import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { calendarBetween, dayKind } from '../desk/calendar.ts';
import { drillsBetween } from '../desk/drill.ts';
import { addDays } from '../desk/local-time.ts';
import { dutyAt, listPeople, type Person, shiftDay } from '../desk/people.ts';
import { previewLadder, rosterOf, setDuty, swapDuty } from '../desk/staff.ts';
import type { Guard } from './guard.ts';
import type { ConsoleParts } from './parts.ts';
import { may } from './roles.ts';
import type { Trail } from './trail.ts';

const Place = z.strictObject({ day: z.iso.date(), slot: z.enum(['member', 'deputy']) });
const Swap = z.strictObject({ one: Place, other: Place });
const Duty = Place.extend({ person: z.string().min(1).max(64) });
const LadderQuery = z.object({
  severity: z.enum(['critical', 'major', 'minor']).default('major'),
});
/** A month is what fits on the sheet in the committee's room. */
const shownDays = 28;
/** The calendar is planned for a year, and a drill is told for two months. */
const calendarDays = 366;
const drillDays = 62;

/** Who is on duty, and who would be told of an alert now. Duty numbers and roles only: numbers of telephones stay sealed. */
export function rosterRoutes(
  api: FastifyInstance,
  { gate, clock, config, desk }: ConsoleParts,
  guard: Guard,
  trail: Trail,
): void {
  const zone = config.site.timeZone;
  const readers = { preHandler: guard.needs('roster.read') };

  api.get('/roster', readers, async (request) => {
    const account = guard.account(request);
    const nowMs = clock.nowMs();
    const today = shiftDay(nowMs, zone);
    const days = await rosterOf(gate, today, shownDays, zone);
    const people = await listPeople(gate);
    const calendar = await calendarBetween(gate, today, addDays(today, calendarDays));
    const now = await dutyAt(gate, nowMs, zone);
    await trail.viewed(account, 'roster', people.length);
    return {
      nowMs,
      today,
      now: { member: titled(now.member), deputy: titled(now.deputy) },
      days: days.map(({ day, member, deputy }) => ({
        day,
        member: titled(member),
        deputy: titled(deputy),
        working: dayKind(day, calendar).working,
        titles: dayKind(day, calendar).titles,
      })),
      calendar,
      drills: (await drillsBetween(gate, nowMs - drillDays * 86_400_000, nowMs + 1)).slice(0, 2),
      people: people
        .filter(({ role }) => role === 'duty')
        .map(({ id, title, hasPhone }) => ({ id, title, hasPhone })),
      maySwap: may(account.role, 'roster.swap'),
      maySet: may(account.role, 'roster.write'),
    };
  });

  api.get('/roster/ladder', readers, async (request) => {
    const { severity } = LadderQuery.parse(request.query);
    const nowMs = clock.nowMs();
    const alert = { severity, rule: 'load.overload' };
    const steps = await previewLadder(gate, { zone, inDoubt: desk.inDoubt }, alert, nowMs);
    return {
      nowMs,
      steps: steps.map(({ level, atMs, people }) => ({
        level,
        atMs,
        people: people.map(({ title, hasPhone }) => ({ title, hasPhone })),
      })),
    };
  });

  api.post('/roster/swap', { preHandler: guard.needs('roster.swap') }, async (request) => {
    const { one, other } = Swap.parse(request.body);
    const { name: who, role } = guard.account(request);
    await swapDuty(gate, zone, one, other, { who, role, nowMs: clock.nowMs() });
    return { ok: true };
  });

  api.post('/roster', { preHandler: guard.needs('roster.write') }, async (request) => {
    const duty = Duty.parse(request.body);
    const { name: who, role } = guard.account(request);
    await setDuty(gate, duty, { who, role, nowMs: clock.nowMs() });
    return { ok: true };
  });
}

const titled = (person: Person | undefined) =>
  person === undefined ? null : { id: person.id, title: person.title };
