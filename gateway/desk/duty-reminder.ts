import type { Tx } from './alert-row.ts';
import type { DeskContext } from './context.ts';
import { remember, remembered } from './desk-state.ts';
import { withinBudget } from './enqueue.ts';
import { clockText } from './local-time.ts';
import { dutyAt, shiftEnd } from './people.ts';
import { isQuiet } from './quiet-hours.ts';
import { enqueueSms, hasSms } from './tell.ts';

/** Minute of the local day at which tonight's duty is reminded; null: never. `off` or `18:00`. */
export function reminderMinute(text: string): number | null {
  const [hours, minutes] = text.split(':').map(Number);
  return hours === undefined || minutes === undefined ? null : hours * 60 + minutes;
}

/**
 * In the evening one line to tonight's member and deputy (`notice.duty`), while there is time to swap. A box that was off
 * makes up for it, but not in quiet hours and not while it does not know the time.
 */
export async function remindDuty(
  tx: Tx,
  context: DeskContext,
  today: string,
  nowMs: number,
): Promise<void> {
  if ((await remembered(tx, 'reminded')) === today || (await isQuiet(tx, context, nowMs))) return;
  await remember(tx, 'reminded', today);
  if (!hasSms(context)) return;
  const { zone, config } = context;
  const { day, member, deputy } = await dutyAt(tx, nowMs, zone);
  const variables = { t: config.sms.dutyReminder, u: clockText(shiftEnd(day, zone), zone) };
  for (const person of [member, deputy]) {
    if (!person?.hasPhone) continue;
    if (!(await withinBudget(tx, person.id, 'info', config.sms.dailyPerPerson, nowMs))) continue;
    const sms = {
      once: `duty/${day}/${person.id}`,
      alert: null,
      to: person.id,
      messageId: 'notice.duty',
      variables,
      severity: 'info',
    } as const;
    await enqueueSms(tx, context, sms, nowMs);
  }
}
