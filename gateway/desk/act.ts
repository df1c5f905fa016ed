import { type AlertRow, addEvent, alertRow, type Tx, updateAlert } from './alert-row.ts';
import { toldPeople } from './apply.ts';
import type { DeskContext } from './context.ts';
import type { Action, Actor, Alert } from './contract.ts';
import { answerDrill, drillRule } from './drill.ts';
import { cancelWaiting } from './enqueue.ts';
import { stopLadder } from './ladder.ts';
import { withoutPersons } from './note.ts';
import { noteTold, tellPeople, tellPlatform } from './tell.ts';

/** An action that this actor may not take, or that makes no sense now. Shown to the person. */
export class ActionRefused extends Error {
  override readonly name = 'ActionRefused';
}

const longestNote = 500;
const works: Readonly<Record<Exclude<Action, 'note'>, Alert['work']>> = {
  acknowledge: 'acknowledged',
  on_site: 'on_site',
  false_alarm: 'false_alarm',
  handled: 'handled',
  close: 'closed',
};

/** What a person does to an alert, in the transaction of everything that follows from it. */
export async function act(
  tx: Tx,
  context: DeskContext,
  alertId: number,
  action: Action,
  actor: Actor,
  note: string | undefined,
  nowMs: number,
): Promise<AlertRow> {
  const alert = await alertRow(tx, alertId);
  const told = note === undefined ? undefined : withoutPersons(note).slice(0, longestNote);
  const event = { atMs: nowMs, who: actor.who, ...(told ? { note: told } : {}) };
  if (action === 'note') {
    await addEvent(tx, alertId, { ...event, what: 'note' });
    return alert;
  }
  // A sender's number can be forged: replies accept and note, they never end anything.
  if (action === 'close' && actor.via === 'sms') {
    throw new ActionRefused('An SMS may not close an alert');
  }
  if (action === 'false_alarm' && actor.via === 'console' && !told) {
    throw new ActionRefused('A false alarm needs its reason');
  }
  if (alert.work === 'closed') throw new ActionRefused('The alert is closed already');
  if (alert.rule === drillRule) {
    // Whatever is answered, it says that the message has arrived; nobody else is told of it.
    const drill = await answerDrill(tx, alertId, actor.who, nowMs);
    if (!drill) throw new ActionRefused('The drill is over');
    return drill;
  }
  // The second of two who accept at once finds the first one's name; nothing is sent twice.
  const repeated = action === 'acknowledge' && alert.work !== 'open';
  await addEvent(tx, alertId, { ...event, what: repeated ? 'acknowledged-again' : action });
  if (repeated) return alert;
  const first = alert.work === 'open';
  const row = await updateAlert(tx, alertId, {
    work: works[action],
    ...(first && action !== 'close' ? { ack_ms: nowMs, ack_by: actor.who } : {}),
    ...(action === 'close' ? { closed_ms: nowMs } : {}),
  });
  await stopLadder(tx, alertId);
  await cancelWaiting(tx, alertId, nowMs, action);
  if (first && action === 'acknowledge') {
    await tellAcknowledged(tx, context, row, actor, nowMs);
    await tellPlatform(tx, context, row, 'acknowledged', nowMs);
  }
  if (action === 'close') await tellPlatform(tx, context, row, 'closed', nowMs);
  return row;
}

/** All who were called hear that they may stand by. */
async function tellAcknowledged(
  tx: Tx,
  context: DeskContext,
  alert: AlertRow,
  actor: Actor,
  nowMs: number,
): Promise<void> {
  const called = await toldPeople(tx, alert.id);
  if (called.length < 2) return;
  const told = await tellPeople(tx, context, alert, {
    messageId: 'notice.acked',
    step: `acked-${nowMs}`,
    to: called,
    severity: 'info',
    variables: { w: actor.who },
    nowMs,
  });
  await noteTold(tx, alert, 'told-acknowledged', told, nowMs);
}
