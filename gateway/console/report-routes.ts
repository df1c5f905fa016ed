import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { listReports, readReport, reportKinds } from '../desk/reports.ts';
import { type Guard, Refusal } from './guard.ts';
import type { ConsoleParts } from './parts.ts';
import { printedPolicy } from './security.ts';
import type { Trail } from './trail.ts';

const Kind = z.enum(reportKinds);

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
