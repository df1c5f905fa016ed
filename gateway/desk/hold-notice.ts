import type { Tx } from './alert-row.ts';
import type { DeskContext } from './context.ts';
import { withinBudget } from './enqueue.ts';
import { localTime } from './local-time.ts';
import { listPeople, type Role } from './people.ts';
import { isQuiet, quietEnd } from './quiet-hours.ts';
import { enqueueSms, hasSms } from './tell.ts';

/** Who must know that a window is held: who answers for it, and who keeps the recorder with the pictures. */
const holdRoles: readonly Role[] = ['chair', 'property'];

/** Tells that gate records are held (`notice.hold`), in the transaction that holds them; at night it waits for the morning. */
export async function tellHold(
  tx: Tx,
  context: DeskContext,
  hold: { readonly id: number; readonly endsMs: number },
  nowMs: number,
): Promise<void> {
  if (!hasSms(context)) return;
  const [, month, day] = localTime(hold.endsMs, context.zone).day.split('-').map(Number);
  const date = context.language === 'en' ? `${day}.${month}.` : `${month}月${day}日`;
  const delayMs = (await isQuiet(tx, context, nowMs))
    ? (await quietEnd(tx, context, nowMs)) - nowMs
    : 0;
  const people = await listPeople(tx);
  for (const { id: to, role, hasPhone } of people) {
    if (!hasPhone || !holdRoles.includes(role)) continue;
    const daily = context.config.sms.dailyPerPerson;
    if (!(await withinBudget(tx, to, 'info', daily, nowMs))) continue;
    const sms = {
      once: `hold/${hold.id}/${to}`,
      alert: null,
      to,
      messageId: 'notice.hold',
      variables: { id: `H${hold.id}`, e: date },
      severity: 'info',
      delayMs,
    } as const;
    await enqueueSms(tx, context, sms, nowMs);
  }
}
