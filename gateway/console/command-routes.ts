import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { plateClass } from '../journal/events.ts';
import { plainPlate } from '../privacy/person.ts';
import type { Outcome, PlateOutcome } from '../wires/commands.ts';
import { type Guard, Refusal } from './guard.ts';
import type { ConsoleParts } from './parts.ts';
import { may } from './roles.ts';
import type { Account } from './sessions.ts';
import type { Trail } from './trail.ts';

/** As printed, or as typed: with the dot, spaces, small letters. */
const PlateWish = z.object({
  plate: z.string().min(5).max(16),
  action: z.enum(['add', 'remove']),
});
const Id = z.object({ id: z.string().min(1).max(64) });
/** Enough of a keyed hash to find a line again. */
const pseudonymChars = 16;
/** A barrier that has said nothing for so long is shown as unknown, ms. */
const staleMs = 24 * 3_600_000;

/** The gate: what stands where, and a button that opens once. Written into the audit before it is sent, and after. */
export function commandRoutes(
  api: FastifyInstance,
  { site, journal, clock, commander, keys }: ConsoleParts,
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
      mayList: may(guard.account(request).role, 'gate.plates'),
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
          keepsPlates: commander.keepsPlates(id),
        };
      }),
    };
  });

  const audited = async <T>(
    account: Account,
    action: string,
    object: string,
    work: () => Promise<T>,
    told: (outcome: T) => string,
  ): Promise<T> => {
    await trail.note(account, action, object);
    const outcome = await work();
    await trail.note(account, `${action}.result`, `${object}: ${told(outcome)}`);
    return outcome;
  };
  const laneOf = (params: unknown): string => {
    const { id } = Id.parse(params);
    if (!site.lanes.some((lane) => lane.id === id))
      throw new Refusal(404, 'LANE', '没有这个通道', 'There is no such lane');
    return id;
  };

  api.post('/lanes/:id/open', { preHandler: guard.needs('gate.open') }, async (request) => {
    const id = laneOf(request.params);
    return audited(guard.account(request), 'gate.open', id, () => commander.open(id), opened);
  });

  api.post('/lanes/:id/plates', { preHandler: guard.needs('gate.plates') }, async (request) => {
    const id = laneOf(request.params);
    const { plate: typed, action } = PlateWish.parse(request.body);
    const plate = plainPlate(typed);
    if (!commander.keepsPlates(id))
      throw new Refusal(
        404,
        'PLATES',
        '这个通道的设备不保存车牌名单',
        'No device of this lane keeps a list of plates',
      );
    // The audit holds no plate: who asks for one finds it by the same keyed hash.
    const object = `${id} ${keys.pseudonym(plateClass, plate).slice(0, pseudonymChars)}`;
    return audited(
      guard.account(request),
      `gate.plate.${action}`,
      object,
      () => commander.plate(id, { kind: `plate-${action}`, plate }),
      (outcomes) => outcomes.map(listed).join('; '),
    );
  });

  api.post('/devices/:id/time', { preHandler: guard.needs('devices.adopt') }, async (request) => {
    const { id } = Id.parse(request.params);
    if (!site.devices.some((device) => device.id === id))
      throw new Refusal(404, 'DEVICE', '没有这个设备', 'There is no such device');
    return audited(guard.account(request), 'device.time', id, () => commander.setTime(id), opened);
  });
}

const opened = ({ result, moved }: Outcome): string =>
  moved === undefined ? result : `${result}, ${moved ? 'moved' : 'not moved'}`;

const listed = ({ device, result, listed: there }: PlateOutcome): string =>
  `${device} ${result}${there === undefined ? '' : there ? ', on its list' : ', not on its list'}`;
