import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Outcome } from '../wires/commands.ts';
import { type Guard, Refusal } from './guard.ts';
import type { ConsoleParts } from './parts.ts';
import { may } from './roles.ts';
import type { Account } from './sessions.ts';
import type { Trail } from './trail.ts';

const Id = z.object({ id: z.string().min(1).max(64) });
/** A barrier that has said nothing for so long is shown as unknown, ms. */
const staleMs = 24 * 3_600_000;

/** The gate: what stands where, and a button that opens once. Written into the audit before it is sent, and after. */
export function commandRoutes(
  api: FastifyInstance,
  { site, journal, clock, commander }: ConsoleParts,
  guard: Guard,
  trail: Trail,
): void {
  const devicesOf = (lane: string) => site.devices.filter((device) => device.lane === lane);
  const newest = (lane: string, kind: 'barrier' | 'presence' | 'passage') =>
    devicesOf(lane)
      .map(({ id }) => journal.latest(id, kind))
      .filter((reading) => reading !== undefined)
      .sort((a, b) => b.atMs - a.atMs)[0];

  api.get('/lanes', { preHandler: guard.needs('gate.read') }, async (request) => {
    const nowMs = clock.nowMs();
    return {
      nowMs,
      mayOpen: may(guard.account(request).role, 'gate.open'),
      lanes: site.lanes.map(({ id, title, direction }) => {
        const barrier = newest(id, 'barrier');
        const known = barrier?.kind === 'barrier' && nowMs - barrier.atMs < staleMs;
        const lastMs = Math.max(
          0,
          ...(['barrier', 'presence', 'passage'] as const).map(
            (kind) => newest(id, kind)?.atMs ?? 0,
          ),
        );
        return {
          id,
          title: title ?? id,
          direction,
          barrier: known && barrier.kind === 'barrier' ? barrier.state : 'unknown',
          barrierMs: known ? barrier.atMs : null,
          lastMs: lastMs === 0 ? null : lastMs,
          opens: commander.canOpen(id),
        };
      }),
    };
  });

  const audited = async (
    account: Account,
    action: string,
    object: string,
    work: () => Promise<Outcome>,
  ): Promise<Outcome> => {
    await trail.note(account, action, object);
    const outcome = await work();
    const moved = outcome.moved === undefined ? '' : outcome.moved ? ', moved' : ', not moved';
    await trail.note(account, `${action}.result`, `${object}: ${outcome.result}${moved}`);
    return outcome;
  };

  api.post('/lanes/:id/open', { preHandler: guard.needs('gate.open') }, async (request) => {
    const { id } = Id.parse(request.params);
    if (!site.lanes.some((lane) => lane.id === id))
      throw new Refusal(404, 'LANE', '没有这个通道', 'There is no such lane');
    return audited(guard.account(request), 'gate.open', id, () => commander.open(id));
  });

  api.post('/devices/:id/time', { preHandler: guard.needs('devices.adopt') }, async (request) => {
    const { id } = Id.parse(request.params);
    if (!site.devices.some((device) => device.id === id))
      throw new Refusal(404, 'DEVICE', '没有这个设备', 'There is no such device');
    return audited(guard.account(request), 'device.time', id, () => commander.setTime(id));
  });
}
