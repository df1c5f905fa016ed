import type { Tx } from './alert-row.ts';
import type { Case, CaseState } from './cases.ts';
import type { DeskContext } from './context.ts';
import { enqueue } from './enqueue.ts';

/** The city's loop 发现—立案—派遣—处置—核查—结案; 派遣 and 处置 are the platform's own. */
const stages: Readonly<Partial<Record<CaseState, string>>> = {
  verified: '发现',
  reported: '立案',
  rechecked_ok: '核查',
  rechecked_bad: '核查',
  closed: '结案',
};

/**
 * What the platform is told of a case, in the transaction of the step: kind, building, state, times, the grid's number.
 * No note and no person leaves. A suspicion that nobody has verified is not told; a mistake never is.
 */
export async function tellCase(
  tx: Tx,
  context: DeskContext,
  of: Case,
  nowMs: number,
): Promise<void> {
  const stage = stages[of.state];
  if (!context.config.upstream || stage === undefined) return;
  const steps = await tx.get<{ n: number }>(
    'SELECT COUNT(*) AS n FROM case_steps WHERE case_id = ?',
    [of.id],
  );
  const id = `${context.boxId}-case-${of.id}-${of.state}-${steps?.n ?? 0}`;
  const alert = await tx.get<{ reference: string }>('SELECT reference FROM alerts WHERE id = ?', [
    of.alertId,
  ]);
  const message = {
    id,
    site: context.site.name,
    case: of.id,
    ...(alert ? { alert: alert.reference } : {}),
    kind: of.rule,
    place: of.place,
    state: of.state,
    stage,
    atMs: nowMs,
    openedAtMs: of.openedAtMs,
    ...(of.gridNumber === undefined ? {} : { gridNumber: of.gridNumber }),
  };
  const out = {
    once: id,
    alert: null,
    channel: 'upstream',
    to: 'platform',
    messageId: id,
    text: JSON.stringify(message),
    // Behind every alert.
    severity: 'info',
  } as const;
  await enqueue(tx, out, nowMs);
}
