import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { readingKinds } from '../../drivers/reading.ts';
import { circuitLimit } from '../../rules/circuit/limit.ts';
import { calendarBetween, dayKind } from '../desk/calendar.ts';
import type { Alert } from '../desk/contract.ts';
import { drillLengthMs, runningDrill } from '../desk/drill.ts';
import { localTime } from '../desk/local-time.ts';
import { worksFrom } from '../desk/maintenance.ts';
import { dutyAt } from '../desk/people.ts';
import { quietText } from '../desk/quiet.ts';
import type { Guard } from './guard.ts';
import { Refusal } from './guard.ts';
import type { ConsoleParts } from './parts.ts';
import { may, seesAlert } from './roles.ts';
import type { Trail } from './trail.ts';

const Id = z.object({ id: z.coerce.number().int().positive() });
const Act = z.strictObject({
  action: z.enum(['acknowledge', 'on_site', 'false_alarm', 'handled', 'close', 'note']),
  note: z.string().max(500).optional(),
});
const Span = z.object({
  fromMs: z.coerce.number().int().nonnegative().optional(),
  toMs: z.coerce.number().int().nonnegative().optional(),
});
const maxListed = 500;
/** A curve shows so much before and after. */
const aroundMs = 2 * 3_600_000;
const curvePoints = 600;

/** The duty board and one alert with everything that explains it. */
export function alertRoutes(
  api: FastifyInstance,
  parts: ConsoleParts,
  guard: Guard,
  trail: Trail,
): void {
  const { desk, journal, site, clock, config } = parts;
  const readers = { preHandler: guard.needs('alerts.read') };

  api.get('/duty', readers, async (request) => {
    const { role } = guard.account(request);
    const nowMs = clock.nowMs();
    const zone = config.site.timeZone;
    const duty = await dutyAt(parts.gate, nowMs, zone);
    const next = await dutyAt(parts.gate, nowMs + 86_400_000, zone);
    const alerts = (await desk.openAlerts()).filter(
      ({ rule, shadow }) => !shadow && seesAlert(role, rule),
    );
    const drill = (await runningDrill(parts.gate)) ?? null;
    const today = localTime(nowMs, zone).day;
    return {
      nowMs,
      clockTrusted: clock.trusted(),
      site: {
        name: config.site.name,
        utcOffsetMs: site.utcOffsetMs,
        language: config.site.language,
        maintenance: config.site.maintenance,
      },
      duty: {
        member: duty.member?.title ?? null,
        deputy: duty.deputy?.title ?? null,
        next: next.member?.title ?? null,
      },
      alerts: alerts.map(told),
      works: (await worksFrom(parts.gate, nowMs)).filter(({ fromMs }) => fromMs <= nowMs),
      calendar: dayKind(today, await calendarBetween(parts.gate, today, today)).titles,
      drill: drill && {
        id: drill.id,
        reference: drill.reference,
        endsMs: drill.raised_ms + drillLengthMs,
      },
      lastHeardMs: lastHeard(parts),
      health: parts.health(),
      mayAct: may(role, 'alerts.act'),
    };
  });

  api.get('/alerts', readers, async (request) => {
    const { role } = guard.account(request);
    const { fromMs, toMs } = Span.parse(request.query);
    const query = {
      ...(fromMs === undefined ? {} : { fromMs }),
      ...(toMs === undefined ? {} : { toMs }),
      limit: maxListed,
    };
    return {
      // What a rule on trial says is no alert: the page of rules shows it.
      alerts: (await desk.alerts(query))
        .filter(({ rule, shadow }) => !shadow && seesAlert(role, rule))
        .map(told),
    };
  });

  api.get('/alerts/:id', readers, async (request) => {
    const found = await desk.alert(Id.parse(request.params).id);
    const { role } = guard.account(request);
    if (!found || !seesAlert(role, found.alert.rule))
      throw new Refusal(404, 'NO_ALERT', '没有这条告警', 'No such alert');
    const { alert, events, deliveries } = found;
    const mayLoads = may(role, 'loads.read');
    return {
      alert: told(alert),
      events: events.map((event) =>
        event.what === 'quiet' && event.note
          ? { ...event, noteText: quietText(event.note) }
          : event,
      ),
      deliveries,
      curve: mayLoads ? await curveOf(parts, alert) : null,
      mayAct: may(role, 'alerts.act') && !alert.shadow,
    };
  });

  api.post('/alerts/:id/actions', { preHandler: guard.needs('alerts.act') }, async (request) => {
    const { id } = Id.parse(request.params);
    const { action, note } = Act.parse(request.body);
    const account = guard.account(request);
    const found = await desk.alert(id);
    if (!found || !seesAlert(account.role, found.alert.rule))
      throw new Refusal(404, 'NO_ALERT', '没有这条告警', 'No such alert');
    if (action === 'false_alarm' && !note)
      throw new Refusal(400, 'REASON', '误报需要选择原因', 'A false alarm needs a reason');
    if (found.alert.shadow)
      throw new Refusal(409, 'SHADOW', '规则处于试运行，没有告警要处理', 'The rule runs in shadow');
    const alert = await desk.act(id, action, { who: account.name, via: 'console' }, note);
    await trail.note(account, `alert.${action}`, `alert ${alert.reference}`);
    return { alert: told(alert) };
  });

  async function curveOf({ journal: of }: ConsoleParts, alert: Alert) {
    if (alert.subjectKind !== 'point') return null;
    const devices = site.devices
      .filter(({ point, kinds }) => point === alert.subject && kinds.includes('power'))
      .map(({ id }) => id);
    const toMs = Math.min(clock.nowMs(), (alert.clearedAtMs ?? clock.nowMs()) + aroundMs);
    const fromMs = alert.sinceMs - aroundMs;
    const point = site.points.find(({ id }) => id === alert.subject);
    const limit = circuitLimit(point?.limits);
    const byCurrent = alert.rule === 'load.overload';
    const query = { devices, fromMs, toMs, maxPoints: curvePoints };
    const current = byCurrent ? await of.curve({ ...query, channel: 'currentA' }) : [];
    const channel = current.length > 0 ? ('currentA' as const) : ('powerW' as const);
    const points = current.length > 0 ? current : await of.curve({ ...query, channel: 'powerW' });
    return {
      channel,
      points,
      limitA: channel === 'currentA' ? (limit?.limitA ?? null) : null,
      fromMs,
      toMs,
    };
  }

  /** When each class of reading was last heard: an empty board must not be mistaken for a dead one. */
  function lastHeard({ devices }: ConsoleParts) {
    const lasts: Record<string, number> = {};
    for (const { device, lastMs } of devices()) {
      if (lastMs === undefined) continue;
      for (const kind of readingKinds) {
        if (journal.latest(device, kind) === undefined) continue;
        lasts[kind] = Math.max(lasts[kind] ?? 0, lastMs);
      }
    }
    return lasts;
  }
}

/** An alert with its reasons in words. */
function told(alert: Alert) {
  return { ...alert, ...(alert.quiet === undefined ? {} : { quietText: quietText(alert.quiet) }) };
}
