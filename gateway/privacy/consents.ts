import { z } from 'zod';
import type { Sqlite, Statements } from '../store/sqlite.ts';
import { writeAudit } from './audit.ts';
import type { Keys } from './keys.ts';
import { type Actor, openRequestIn } from './requests.ts';

/**
 * What somebody has said to the use of a face terminal. The box itself keeps nothing that rests on consent (passages by
 * face have no person in them); the terminal on the wall does, and this is the register of who agreed to that.
 */
export const consentSteps = ['asked', 'given', 'refused', 'withdrawn'] as const;
export type ConsentStep = (typeof consentSteps)[number];
/** How it was said: consent and withdrawal go the same ways (PR-22). */
export const channels = ['counter', 'paper', 'telephone'] as const;
export type Channel = (typeof channels)[number];

const dayMs = 86_400_000;
/** After a refusal, a withdrawal, or silence nobody is asked again for so long, days (PR-23). */
export const quietDays = 180;
/** A register of consents is kept for so long after its last step, days: three years. */
export const keptDays = 3 * 365;
/** The terminal has to forget the person within so long, days; the alert about it comes at once. */
export const terminalDays = 3;

/** A step that may not be taken; said to the person as it is. */
export class ConsentRefused extends Error {
  override readonly name = 'ConsentRefused';
}

/** What is sealed of a step. */
const Body = z.object({
  channel: z.enum(channels),
  /** Version of the notice that the person had before them. */
  notice: z.string().optional(),
  guardian: z.boolean(),
});

export interface Step {
  readonly step: ConsentStep;
  readonly atMs: number;
}

/** Whether a person may be asked at `nowMs`, by what was said before, oldest first. */
export function mayAsk(steps: readonly Step[], nowMs: number): boolean {
  const last = steps.at(-1);
  if (last === undefined) return true;
  return last.step !== 'given' && nowMs - last.atMs >= quietDays * dayMs;
}

export interface NewConsent {
  /** The person's number at the terminal: hashed, never kept. */
  readonly number: string;
  readonly step: ConsentStep;
  readonly channel: Channel;
  readonly minor: boolean;
  readonly guardian: boolean;
  /** Undefined where no face terminal is configured. */
  readonly notice?: string | undefined;
  /** Of a withdrawal, in the committee's register. */
  readonly request?: string | undefined;
}

/** Takes a step into the register. A withdrawal counts from this moment, and opens the task of deleting the person at the terminal. */
export function recordConsent(
  gate: Sqlite,
  keys: Pick<Keys, 'seal' | 'pseudonym'>,
  of: NewConsent,
  by: Actor,
): Promise<void> {
  const { step, channel, minor, guardian, notice, request } = of;
  const subject = keys.pseudonym('person', of.number.trim());
  return gate.transaction(async (tx) => {
    const before = await stepsOf(tx, subject);
    const standing = before.at(-1)?.step === 'given';
    if (step === 'asked' || step === 'given') {
      if (notice === undefined) throw new ConsentRefused('没有启用人脸设备，不需要同意');
      if (minor && !guardian) throw new ConsentRefused('未满14周岁须由监护人同意；默认刷卡');
    }
    if (step === 'asked' && !mayAsk(before, by.nowMs))
      throw new ConsentRefused(
        standing ? '已经同意' : `拒绝、撤回或未答复后${quietDays}天内不得再次征求`,
      );
    if (step === 'withdrawn') {
      if (!standing) throw new ConsentRefused('没有有效的同意可撤回');
      if (request === undefined) throw new ConsentRefused('请填写登记编号');
      await openRequestIn(tx, { number: request, kind: 'withdraw', days: terminalDays }, by);
    }
    const body = JSON.stringify(Body.parse({ channel, notice, guardian }));
    const { lastId } = await tx.run(
      'INSERT INTO consent (subject, at_ms, step, body) VALUES (?, ?, ?, ?)',
      [subject, by.nowMs, step, Buffer.from(keys.seal(body)).toString('base64')],
    );
    const { who, role, nowMs: atMs } = by;
    const object = `consent ${lastId}`;
    await writeAudit(tx, {
      atMs,
      who,
      role,
      action: `consent.${step}`,
      object,
      purpose: 'rights',
      n: 1,
    });
  });
}

async function stepsOf(tx: Statements, subject: string): Promise<readonly Step[]> {
  const rows = await tx.all<{ step: ConsentStep; at_ms: number }>(
    'SELECT step, at_ms FROM consent WHERE subject = ? ORDER BY id',
    [subject],
  );
  return rows.map(({ step, at_ms: atMs }) => ({ step, atMs }));
}

/** How many people stand where; no person in it (PR-38). */
export async function consentFigures(
  gate: Pick<Sqlite, 'all'>,
): Promise<Readonly<Record<ConsentStep, number>>> {
  const rows = await gate.all<{ step: ConsentStep; n: number }>(
    `SELECT step, COUNT(*) AS n FROM consent
     WHERE id IN (SELECT MAX(id) FROM consent GROUP BY subject) GROUP BY step`,
  );
  const of = new Map(rows.map(({ step, n }) => [step, n]));
  const n = (step: ConsentStep) => of.get(step) ?? 0;
  return { asked: n('asked'), given: n('given'), refused: n('refused'), withdrawn: n('withdrawn') };
}

/** Forgets who has not stood in the register for three years; a consent that stands is kept. Returns how many rows went. */
export async function pruneConsents(gate: Sqlite, nowMs: number): Promise<number> {
  const { changes } = await gate.run(
    `DELETE FROM consent WHERE subject IN (SELECT subject FROM consent AS last
       WHERE id = (SELECT MAX(id) FROM consent WHERE subject = last.subject)
         AND step <> 'given' AND at_ms < ?)`,
    [nowMs - keptDays * dayMs],
  );
  return changes;
}
