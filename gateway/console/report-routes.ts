import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { deskFigures } from '../desk/daily-figures.ts';
import { dailyReport } from '../desk/daily-report.ts';
import { lastReportDay, listReports, readReport, saveReport } from '../desk/reports.ts';
import { type Guard, Refusal } from './guard.ts';
import type { ConsoleParts } from './parts.ts';
import { printedPolicy } from './security.ts';
import type { Trail } from './trail.ts';

/** Reports that are made and kept. */
export interface Reports {
  /** Local date of the last daily report. */
  lastDay(): Promise<string | undefined>;
  makeDaily(day: string): Promise<void>;
}

export function startReports({
  gate,
  config,
  clock,
  devices,
  site,
  health,
}: Omit<ConsoleParts, 'desk'>): Reports {
  return {
    lastDay: () => lastReportDay(gate, 'daily'),
    async makeDaily(day) {
      const zone = config.site.timeZone;
      const states = devices();
      const silent = states.filter(
        ({ lastMs }) => lastMs === undefined || clock.nowMs() - lastMs > 900_000,
      ).length;
      const report = dailyReport({
        village: site.name,
        zone,
        day,
        desk: await deskFigures(gate, day, zone),
        health: {
          devices: states.length,
          devicesOffline: silent,
          restarts: 0,
          clockTrusted: health().parts.every(({ name, ok }) => name !== 'clock' || ok),
          storageFreePercent: undefined,
        },
      });
      await saveReport(gate, { kind: 'daily', day, ...report }, clock.nowMs());
    },
  };
}

const Kind = z.enum(['daily', 'weekly', 'monthly']);

export function reportRoutes(
  api: FastifyInstance,
  { gate }: ConsoleParts,
  guard: Guard,
  trail: Trail,
): void {
  const readers = { preHandler: guard.needs('reports.read') };
  api.get('/reports', readers, async () => ({ reports: await listReports(gate) }));
  api.get('/reports/:kind/:day', readers, async (request, reply) => {
    const { kind, day } = z.object({ kind: Kind, day: z.iso.date() }).parse(request.params);
    const report = await readReport(gate, kind, day);
    if (!report) throw new Refusal(404, 'NO_REPORT', '没有这份报表', 'No such report');
    await trail.note(guard.account(request), 'export', `report ${kind} ${day}`);
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', printedPolicy(report.html))
      .send(report.html);
  });
}
