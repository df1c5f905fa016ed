import type { FastifyInstance } from 'fastify';
import { lastBackup } from '../store/last-backup.ts';
import type { Guard } from './guard.ts';
import type { ConsoleParts } from './parts.ts';

/** How the box itself is: no persons in it, so whoever maintains it may see it. */
export function systemRoutes(api: FastifyInstance, parts: ConsoleParts, guard: Guard): void {
  const { journal, desk, clock, realClock, dataDir, health, modem, devices } = parts;
  const startedMs = realClock.monoMs();

  api.get('/system', { preHandler: guard.needs('system.read') }, async () => {
    const { healthy, freeBytes, storedBytes, readings, quarantined, pendingReadings, refusing } =
      journal.stats();
    const states = devices();
    return {
      nowMs: clock.nowMs(),
      clockTrusted: clock.trusted(),
      upMs: Math.round(realClock.monoMs() - startedMs),
      health: health(),
      disk: { freeBytes, storedBytes, ...(refusing === undefined ? {} : { refusing }) },
      journal: { healthy, readings, quarantined, pendingReadings },
      modem: modem() ?? null,
      pending: await desk.pending(),
      backup: lastBackup(dataDir),
      devices: states.length,
      memoryBytes: process.memoryUsage.rss(),
      node: process.versions.node,
    };
  });
}
