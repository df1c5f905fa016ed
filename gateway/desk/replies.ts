import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Sqlite } from '../store/sqlite.ts';
import { ActionRefused } from './act.ts';
import { type AlertRow, addEvent, type Tx } from './alert-row.ts';
import type { Action, Desk } from './contract.ts';
import { remember, remembered } from './desk-state.ts';
import { drillRule } from './drill.ts';
import { enqueue, withinBudget } from './enqueue.ts';
import { stopLadder } from './ladder.ts';
import { smsText } from './messages.ts';
import { type Person, type PhoneKeys, personByPhone } from './people.ts';

/** What a reply means. `silence` is 60 minutes, not for critical alerts. */
export type Verb =
  | Extract<Action, 'acknowledge' | 'on_site' | 'false_alarm' | 'handled'>
  | 'silence';

const verbs: Readonly<Record<string, Verb>> = {
  1: 'acknowledge',
  收到: 'acknowledge',
  2: 'on_site',
  到场: 'on_site',
  3: 'false_alarm',
  误报: 'false_alarm',
  4: 'handled',
  已处理: 'handled',
  0: 'silence',
  静音: 'silence',
};
const said: Readonly<Record<Verb, string>> = {
  acknowledge: '已确认',
  on_site: '已记到场',
  false_alarm: '已记误报',
  handled: '已记处理',
  silence: '静音60分钟',
};
const help = '可回复：1收到 2到场 3误报 4已处理 0静音，可加编号，如 1 A17。';

/** `1`, `1 A17`, `收到A17`, in full-width signs too; null for what is none of these. */
export function parseReply(
  text: string,
): { readonly verb: Verb; readonly reference?: string } | null {
  const plain = text
    .normalize('NFKC')
    .replace(/[\s,，。.、]+/g, ' ')
    .trim()
    .toUpperCase();
  const match = /^([0-4]|收到|到场|误报|已处理|静音) ?([A-Z]\d{2,4})?$/.exec(plain);
  const verb = match && verbs[match[1] ?? ''];
  if (!verb) return null;
  return match[2] === undefined ? { verb } : { verb, reference: match[2] };
}

export interface RepliesParts {
  readonly gate: Sqlite;
  readonly desk: Pick<Desk, 'act'>;
  readonly keys: PhoneKeys;
  readonly clock: Clock;
  readonly log: Log;
  readonly signature: string;
  readonly dailyPerPerson: number;
}

/** Replies to the modem, and how many came from whom it does not know. */
export interface Replies {
  take(sms: { readonly from: string; readonly text: string; readonly atMs: number }): Promise<void>;
  counts(): {
    readonly understood: number;
    readonly unknownText: number;
    readonly unknownSender: number;
    readonly flood: number;
    readonly late: number;
  };
}

const hourMs = 3_600_000;
/** Of one sender in an hour; more is a fault or an attack. */
const mostPerHour = 20;
/** A reply that the network held for longer is about a night that is over. */
const lateMs = 12 * hourMs;

/**
 * Takes replies of registered numbers. A number can be forged: a reply accepts, notes and silences, and never closes,
 * changes settings or reads data. Unknown senders are counted and get no answer: it would tell them that they are heard.
 */
export function createReplies(parts: RepliesParts): Replies {
  const { gate, desk, keys, clock, log } = parts;
  const counts = { understood: 0, unknownText: 0, unknownSender: 0, flood: 0, late: 0 };
  const recent = new Map<string, number[]>();

  function floods(person: string): boolean {
    const nowMs = clock.monoMs();
    const times = (recent.get(person) ?? []).filter((atMs) => nowMs - atMs < hourMs);
    recent.set(person, [...times, nowMs].slice(-mostPerHour - 1));
    return times.length >= mostPerHour;
  }

  async function answer(to: Person, body: string, once: string): Promise<void> {
    const nowMs = clock.nowMs();
    const text = smsText(body, {
      signature: parts.signature,
      language: 'zh-CN',
      wantsReply: false,
    });
    await gate.transaction(async (tx) => {
      if (!(await withinBudget(tx, to.id, 'minor', parts.dailyPerPerson, nowMs))) return;
      const out = { once, alert: null, channel: 'sms', to: to.id, text } as const;
      await enqueue(tx, { ...out, messageId: 'notice.reply', severity: 'minor' }, nowMs);
    });
  }

  async function act(person: Person, verb: Verb, alert: AlertRow): Promise<string> {
    const { id, reference, subject_title: place } = alert;
    if (alert.rule === drillRule) return answerDrill(person, alert);
    try {
      if (verb === 'silence') await silence(gate, alert, person.title, clock.nowMs());
      else await desk.act(id, verb, { who: person.title, via: 'sms' });
      return `${reference} ${place}${said[verb]}。`;
    } catch (error) {
      if (!(error instanceof ActionRefused)) throw error;
      return `${reference} ${place}不能${said[verb]}。`;
    }
  }

  /** Whatever is answered to a drill says that its message has arrived. */
  async function answerDrill({ title: who }: Person, { id, reference }: AlertRow): Promise<string> {
    try {
      await desk.act(id, 'acknowledge', { who, via: 'sms' });
      return `演练${reference}：已记录您的回复。`;
    } catch (error) {
      if (!(error instanceof ActionRefused)) throw error;
      return `演练${reference}已结束，无须处理。`;
    }
  }

  return {
    counts: () => ({ ...counts }),
    async take({ from, text, atMs }) {
      const person = await personByPhone(gate, from, keys);
      if (!person) {
        counts.unknownSender += 1;
        log.warn({ reply: 'unknown sender', n: counts.unknownSender });
        return;
      }
      if (floods(person.id)) {
        counts.flood += 1;
        return;
      }
      const parsed = parseReply(text);
      if (!parsed) {
        counts.unknownText += 1;
        const hour = Math.floor(clock.nowMs() / hourMs);
        await answer(person, help, `help/${person.id}/${hour}`);
        return;
      }
      if (clock.trusted() && clock.nowMs() - atMs > lateMs) {
        counts.late += 1;
        return;
      }
      const alert = await alertOf(gate, person.id, parsed.reference, clock.nowMs());
      counts.understood += 1;
      const body = alert ? await act(person, parsed.verb, alert) : '没有对应的告警。';
      const once = `reply/${person.id}/${atMs}/${parsed.verb}/${alert?.id ?? 0}`;
      await answer(person, body, once);
    },
  };
}

/** An answer to a drill may come late; it must not be taken for one to an older alert. */
const drillEchoMs = hourMs;

/** The named alert, or the latest that was sent to this person. */
async function alertOf(
  tx: Tx,
  person: string,
  reference: string | undefined,
  nowMs: number,
): Promise<AlertRow | undefined> {
  if (reference !== undefined) {
    return tx.get<AlertRow>(
      "SELECT * FROM alerts WHERE reference = ? AND work <> 'closed' ORDER BY id DESC LIMIT 1",
      [reference],
    );
  }
  return tx.get<AlertRow>(
    `SELECT alerts.* FROM outbox JOIN alerts ON alerts.id = outbox.alert_id
     WHERE outbox.recipient = ? AND outbox.channel = 'sms' AND outbox.sent_ms IS NOT NULL
       AND outbox.message_id NOT IN ('notice.acked', 'notice.resolved')
       AND (alerts.work <> 'closed' OR (alerts.rule = ? AND outbox.sent_ms > ?))
     ORDER BY outbox.sent_ms DESC, outbox.id DESC LIMIT 1`,
    [person, drillRule, nowMs - drillEchoMs],
  );
}

async function silence(gate: Sqlite, alert: AlertRow, who: string, nowMs: number): Promise<void> {
  if (alert.severity === 'critical')
    throw new ActionRefused('A critical alert is not silenced by SMS');
  await gate.transaction(async (tx) => {
    await tx.run(
      'INSERT INTO silences (key, from_ms, until_ms, reason, author) VALUES (?, ?, ?, ?, ?)',
      [alert.key, nowMs, nowMs + hourMs, 'SMS', who],
    );
    await stopLadder(tx, alert.id);
    await addEvent(tx, alert.id, { atMs: nowMs, what: 'silenced', who, note: '60 min' });
  });
}

/** Counts messages over restarts, 0 to 255: the reference that joins the parts of a long SMS. */
export async function nextSmsReference(gate: Sqlite): Promise<number> {
  return gate.transaction(async (tx) => {
    const next = (Number((await remembered(tx, 'sms-reference')) ?? 0) + 1) & 0xff;
    await remember(tx, 'sms-reference', next);
    return next;
  });
}
