import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { atLocal } from '../desk/local-time.ts';
import { withoutPersons } from '../desk/note.ts';
import { RegisterNumber } from '../desk/register.ts';
import { readEvents } from '../journal/events.ts';
import { firstBreak } from '../privacy/audit.ts';
import {
  ConsentRefused,
  channels,
  consentFigures,
  consentSteps,
  recordConsent,
} from '../privacy/consents.ts';
import {
  approveHold,
  askHold,
  HoldRefused,
  liftHold,
  listHolds,
  maxHoldMs,
} from '../privacy/hold.ts';
import { inventory } from '../privacy/inventory.ts';
import { purposeText } from '../privacy/purposes.ts';
import {
  closeRequest,
  listRequests,
  longestDays,
  openRequest,
  RequestRefused,
  requestKinds,
  requestResults,
} from '../privacy/requests.ts';
import { type Guard, Refusal } from './guard.ts';
import type { ConsoleParts } from './parts.ts';
import { may } from './roles.ts';

const dayMs = 86_400_000;
const accessDays = 30;
/** How old the share of passages without a face may be, ms. */
const countMs = 600_000;
const Ask = z.strictObject({
  /** Local day, and the hours of it: 0 to 24. */
  day: z.iso.date(),
  fromHour: z.int().min(0).max(23),
  toHour: z.int().min(1).max(24),
  // What looks like a plate, a telephone or a card is taken out of what people write.
  reason: z.string().min(2).max(60).transform(withoutPersons),
  document: z.string().min(1).max(40).transform(withoutPersons),
  days: z
    .int()
    .min(1)
    .max(maxHoldMs / dayMs),
});
const NewRequest = z.strictObject({
  number: RegisterNumber,
  kind: z.enum(requestKinds),
  days: z.int().min(1).max(longestDays).optional(),
});
const NewConsent = z.strictObject({
  /** The person's number at the face terminal; only its keyed hash is kept. */
  number: z.string().min(1).max(40),
  step: z.enum(consentSteps),
  channel: z.enum(channels),
  /** Under 14: a guardian consents. */
  minor: z.boolean().default(false),
  guardian: z.boolean().default(false),
  /** Withdrawal: its number in the committee's register, for the task at the terminal. */
  request: RegisterNumber.optional(),
});
const Closing = z.strictObject({ result: z.enum(requestResults) });
const Id = z.object({ id: z.coerce.number().int().positive() });

/** What is kept of people, in figures, and the windows that nobody may delete for a while (PR-38, PR-18). No person in it. */
export function privacyRoutes(
  api: FastifyInstance,
  { gate, clock, config, desk, keys }: ConsoleParts,
  guard: Guard,
): void {
  const zone = config.site.timeZone;
  const readers = { preHandler: guard.needs('privacy.read') };

  // Every passage has to be opened for it: the page asks every few seconds, the answer is good for minutes.
  let counted = { atMs: Number.NEGATIVE_INFINITY, n: 0, of: 0 };
  const nonFace = async (nowMs: number) => {
    if (Math.abs(nowMs - counted.atMs) >= countMs) {
      const fromMs = nowMs - accessDays * dayMs;
      let [n, of] = [0, 0];
      const query = {
        kind: 'passage' as const,
        fromMs,
        toMs: nowMs,
        lastSeq: Number.MAX_SAFE_INTEGER,
        plates: false,
        purpose: 'inventory' as const,
      };
      for await (const reading of readEvents(gate, keys, query)) {
        of += 1;
        if (reading.kind === 'passage' && reading.credential !== 'face') n += 1;
      }
      counted = { atMs: nowMs, n, of };
    }
    return { n: counted.n, of: counted.of };
  };

  api.get('/privacy', readers, async (request) => {
    const { role } = guard.account(request);
    const nowMs = clock.nowMs();
    const sinceMs = nowMs - accessDays * dayMs;
    const accesses = await gate.all<{ purpose: string; n: number }>(
      `SELECT purpose, COUNT(*) AS n FROM audit WHERE at_ms >= ?
         AND (action IN ('view', 'export') OR action LIKE 'person.%') GROUP BY purpose ORDER BY purpose`,
      [sinceMs],
    );
    return {
      nowMs,
      kept: await inventory(gate),
      holds: await listHolds(gate),
      requests: await listRequests(gate),
      accesses: accesses.map((one) => ({ ...one, text: purposeText(one.purpose) })),
      nonFace: await nonFace(nowMs),
      consents: await consentFigures(gate),
      auditBrokenAt: await firstBreak(gate),
      mayAsk: may(role, 'holds.ask'),
      mayApprove: may(role, 'holds.approve'),
    };
  });

  const step = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      const refused = [HoldRefused, RequestRefused, ConsentRefused].some(
        (kind) => error instanceof kind,
      );
      if (!refused || !(error instanceof Error)) throw error;
      throw new Refusal(409, 'HOLD', error.message, 'Not possible now');
    }
  };
  const actor = (request: Parameters<Guard['account']>[0]) => {
    const { name: who, role } = guard.account(request);
    return { who, role, nowMs: clock.nowMs() };
  };

  api.post('/holds', { preHandler: guard.needs('holds.ask') }, async (request) => {
    const { day, fromHour, toHour, reason, document, days } = Ask.parse(request.body);
    const by = actor(request);
    const window = {
      fromMs: atLocal(day, fromHour * 60, zone),
      toMs: atLocal(day, toHour * 60, zone),
    };
    const endsMs = by.nowMs + days * dayMs;
    return step(() => askHold(gate, { ...window, reason, document, endsMs }, by));
  });
  api.post('/holds/:id/approve', { preHandler: guard.needs('holds.approve') }, async (request) => {
    const { id } = Id.parse(request.params);
    return step(() => approveHold(gate, id, actor(request), desk.tellHold));
  });
  api.post('/holds/:id/lift', { preHandler: guard.needs('holds.ask') }, async (request) => {
    const { id } = Id.parse(request.params);
    return step(() => liftHold(gate, id, actor(request)));
  });

  api.post('/requests', { preHandler: guard.needs('holds.ask') }, async (request) =>
    step(() => openRequest(gate, NewRequest.parse(request.body), actor(request))),
  );
  // Giving and withdrawing are one step each, in the same place (PR-22).
  api.post('/consents', { preHandler: guard.needs('holds.ask') }, async (request) => {
    const wish = NewConsent.parse(request.body);
    const notice = config.faces?.notice;
    await step(() => recordConsent(gate, keys, { ...wish, notice }, actor(request)));
    return { consents: await consentFigures(gate) };
  });

  api.post('/requests/:id/close', { preHandler: guard.needs('holds.ask') }, async (request) => {
    const { id } = Id.parse(request.params);
    const { result } = Closing.parse(request.body);
    await step(() => closeRequest(gate, id, result, actor(request)));
    return { requests: await listRequests(gate) };
  });
}
