import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Site } from '../../rules/site.ts';
import { addCalendar, calendarKinds, removeCalendar } from '../desk/calendar.ts';
import { atLocal } from '../desk/local-time.ts';
import {
  addMaintenance,
  endMaintenance,
  longestWorkMs,
  type MaintenanceKind,
  worksFrom,
} from '../desk/maintenance.ts';
import type { Guard } from './guard.ts';
import { Refusal } from './guard.ts';
import type { ConsoleParts } from './parts.ts';
import { may } from './roles.ts';
import type { Trail } from './trail.ts';

const Id = z.object({ id: z.coerce.number().int().positive() });
const Time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/);
const hourMs = 3_600_000;
const Work = z.strictObject({
  /** A house, lane or device by its title or id; absent for the whole site. */
  place: z.string().max(64).optional(),
  /** Local date and time. */
  day: z.iso.date(),
  time: Time,
  hours: z
    .number()
    .positive()
    .max(longestWorkMs / hourMs),
  reason: z.string().min(1).max(200),
});
const Entry = z.strictObject({
  fromDay: z.iso.date(),
  toDay: z.iso.date(),
  kind: z.enum(calendarKinds),
  title: z.string().min(1).max(20),
  /** Quiet hours of these days; both or none. `24:00` and `00:00`: none are kept. */
  quietFrom: z.union([Time, z.literal('24:00')]).optional(),
  quietTo: Time.optional(),
});

const minuteOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

/** What is planned: announced works, days of the calendar, the monthly drill. */
export function planRoutes(
  api: FastifyInstance,
  { gate, clock, config, site, desk }: ConsoleParts,
  guard: Guard,
  trail: Trail,
): void {
  const zone = config.site.timeZone;
  const editor = (request: Parameters<Guard['account']>[0]) => {
    const { name: who, role } = guard.account(request);
    return { who, role, nowMs: clock.nowMs() };
  };
  const writers = { preHandler: guard.needs('roster.write') };
  const announcers = { preHandler: guard.needs('maintenance.write') };

  api.get('/maintenance', { preHandler: guard.needs('devices.read') }, async (request) => ({
    nowMs: clock.nowMs(),
    works: await worksFrom(gate, clock.nowMs()),
    places: [...placesOf(site).keys()],
    mayAnnounce: may(guard.account(request).role, 'maintenance.write'),
  }));

  api.post('/maintenance', announcers, async (request) => {
    const { place, day, time, hours, reason } = Work.parse(request.body);
    const found = place === undefined ? siteItself : placesOf(site).get(place);
    if (!found)
      throw new Refusal(400, 'PLACE', '没有这个楼栋、车道或设备', 'No such house, lane or device');
    const fromMs = atLocal(day, minuteOf(time), zone);
    const work = { ...found, fromMs, untilMs: fromMs + hours * hourMs, reason };
    await addMaintenance(gate, site, work, editor(request));
    return { ok: true };
  });

  api.post('/maintenance/:id/end', announcers, async (request) => {
    await endMaintenance(gate, Id.parse(request.params).id, editor(request));
    return { ok: true };
  });

  api.post('/calendar', writers, async (request) => {
    const { quietFrom, quietTo, ...entry } = Entry.parse(request.body);
    const quiet = {
      quietFromMinute: quietFrom === undefined ? null : minuteOf(quietFrom),
      quietToMinute: quietTo === undefined ? null : minuteOf(quietTo),
    };
    await addCalendar(gate, { ...entry, ...quiet }, editor(request));
    return { ok: true };
  });

  api.delete('/calendar/:id', writers, async (request) => {
    await removeCalendar(gate, Id.parse(request.params).id, editor(request));
    return { ok: true };
  });

  api.post('/drill', writers, async (request) => {
    const account = guard.account(request);
    const { id, reference } = await desk.drill(account.name);
    await trail.note(account, 'drill.start', reference);
    return { id, reference };
  });

  api.post('/drill/end', writers, async (request) => {
    const account = guard.account(request);
    await desk.endDrill(account.name);
    await trail.note(account, 'drill.end', 'drill');
    return { ok: true };
  });
}

interface Place {
  readonly kind: MaintenanceKind;
  readonly subject: string;
}
const siteItself: Place = { kind: 'site', subject: '' };

/** What works can be announced for, by title and by id; a house comes before a device of the same name. */
function placesOf(site: Site): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  const add = (name: string | undefined, place: Place) => {
    if (name !== undefined && !places.has(name)) places.set(name, place);
  };
  const lists = [
    ['point', site.points],
    ['lane', site.lanes],
    ['device', site.devices],
  ] as const;
  for (const [kind, list] of lists)
    for (const { id, title } of list) add(title, { kind, subject: id });
  for (const [kind, list] of lists) for (const { id } of list) add(id, { kind, subject: id });
  return places;
}
