import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { highestCurrentA } from '../../rules/circuit/currents.ts';
import { circuitLimit } from '../../rules/circuit/limit.ts';
import { highestByHour } from '../journal/week.ts';
import { type Guard, Refusal } from './guard.ts';
import type { ConsoleParts } from './parts.ts';

const CurveQuery = z.object({
  hours: z.coerce
    .number()
    .positive()
    .max(24 * 31)
    .default(24),
  channel: z
    .enum(['powerW', 'currentA', 'l1A', 'l2A', 'l3A', 'voltageV', 'residualMa', 'temperatureC'])
    .default('powerW'),
});
/** The highest of each hour of the week is looked for in so many weeks. */
const weeks = 4;
/** No phone draws more, and no browser should have to. */
export const maxCurvePoints = 1000;

/** Houses by share of their limit, curves, and devices. */
export function pointRoutes(api: FastifyInstance, parts: ConsoleParts, guard: Guard): void {
  const { site, journal, clock, devices, buses, gpio } = parts;
  const meters = new Map<string, string[]>();
  for (const { id, point, kinds } of site.devices) {
    if (point === undefined || !kinds.includes('power')) continue;
    meters.set(point, [...(meters.get(point) ?? []), id]);
  }
  const intervals = new Map(site.devices.map(({ id, intervalS }) => [id, intervalS]));

  const pointOf = (params: unknown) => {
    const { id } = z.object({ id: z.string().max(64) }).parse(params);
    const point = site.points.find((one) => one.id === id);
    if (!point) throw new Refusal(404, 'NO_POINT', '没有这栋楼', 'No such point');
    return point;
  };

  api.get('/points', { preHandler: guard.needs('loads.read') }, async () => {
    const nowMs = clock.nowMs();
    return {
      nowMs,
      points: site.points
        .filter(({ kind }) => kind === 'building')
        .map(({ id, title, rooms, limits }) => {
          const device = meters.get(id)?.[0];
          const last = device === undefined ? undefined : journal.latest(device, 'power');
          const limit = circuitLimit(limits);
          const currentA =
            last?.kind === 'power' ? highestCurrentA(last, limits?.cable?.cores === 3) : null;
          const silentMs = last ? nowMs - last.atMs : Number.POSITIVE_INFINITY;
          const offline =
            device !== undefined &&
            silentMs > Math.max(300, 3 * (intervals.get(device) ?? 60)) * 1000;
          return {
            id,
            title,
            rooms: rooms ?? null,
            limitA: limit ? Math.round(limit.limitA * 10) / 10 : null,
            limitedBy: limit?.limitedBy ?? null,
            currentA: currentA === null ? null : Math.round(currentA * 10) / 10,
            powerW: last?.kind === 'power' ? Math.round(last.powerW) : null,
            sharePercent:
              limit && currentA !== null ? Math.round((100 * currentA) / limit.limitA) : null,
            state: device === undefined ? 'none' : offline ? 'offline' : 'live',
            lastMs: last?.atMs ?? null,
          };
        }),
    };
  });

  api.get('/points/:id/curve', { preHandler: guard.needs('loads.read') }, async (request) => {
    const { id, title, rooms, limits } = pointOf(request.params);
    const { hours, channel } = CurveQuery.parse(request.query);
    const toMs = clock.nowMs();
    const fromMs = toMs - hours * 3_600_000;
    const points = await journal.curve({
      devices: meters.get(id) ?? [],
      channel,
      fromMs,
      toMs,
      maxPoints: maxCurvePoints,
    });
    const limit = circuitLimit(limits);
    return {
      point: { id, title, rooms: rooms ?? null },
      channel,
      fromMs,
      toMs,
      points,
      limitA: limit?.limitA ?? null,
    };
  });

  api.get('/points/:id/week', { preHandler: guard.needs('loads.read') }, async (request) => {
    const { id, limits } = pointOf(request.params);
    const toMs = clock.nowMs();
    const span = { fromMs: toMs - weeks * 7 * 86_400_000, toMs, devices: meters.get(id) ?? [] };
    const highest = async (channel: 'currentA' | 'powerW') => {
      const found = await journal.maxima({ ...span, channel });
      return { channel, highest: highestByHour([...found.values()].flat(), site.utcOffsetMs) };
    };
    const current = await highest('currentA');
    const isCurrent = current.highest.some((value) => value !== null);
    const limitA = circuitLimit(limits)?.limitA ?? null;
    return { weeks, limitA, ...(isCurrent ? current : await highest('powerW')) };
  });

  api.get('/devices', { preHandler: guard.needs('devices.read') }, async () => ({
    nowMs: clock.nowMs(),
    devices: devices(),
    buses: buses(),
    gpio: gpio(),
  }));
}
