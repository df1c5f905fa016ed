import type { Severity } from '../../rules/finding.ts';
import { type AlertRow, addEvent, type Tx, toAlert } from './alert-row.ts';
import type { DeskContext } from './context.ts';
import { enqueue, withinBudget } from './enqueue.ts';
import { kindName, variablesOf } from './kinds.ts';
import { clockText, localTime } from './local-time.ts';
import { messageText, smsText, templateValues, type Variables } from './messages.ts';
import type { Person } from './people.ts';
import type { MessageId } from './templates.ts';

/** What is said to some people about an alert. */
export interface Telling {
  readonly messageId: MessageId;
  /** Part of the once-only key: the same step is told once to each person. */
  readonly step: string;
  readonly to: readonly Person[];
  /** Decides budget and priority. */
  readonly severity: Severity;
  readonly variables?: Variables;
  readonly wantsReply?: boolean;
  readonly delayMs?: number;
  readonly nowMs: number;
}

/** What came of it. */
export interface Told {
  readonly people: readonly Person[];
  /** Beyond their budget; they find it in the next digest. */
  readonly held: readonly Person[];
}

/** Names one state of an alert: its severity within one raise. */
export const stepOf = (alert: Pick<AlertRow, 'severity' | 'window_ms' | 'cycles'>): string =>
  `${alert.severity}-${alert.window_ms}-${alert.cycles}`;

const hasModem = ({ config }: Pick<DeskContext, 'config'>): boolean =>
  config.sms.modem !== undefined || config.sms.simulated;

export const hasSms = (context: Pick<DeskContext, 'config'>): boolean =>
  hasModem(context) || context.config.sms.cloud !== undefined;

/** An SMS, whichever way it goes. */
export interface Sms {
  readonly once: string;
  readonly alert: Pick<AlertRow, 'id'> | null;
  readonly to: string;
  readonly messageId: MessageId;
  readonly variables: Variables;
  readonly severity: Severity;
  readonly wantsReply?: boolean;
  readonly delayMs?: number;
}

/** The modem has so long before a provider is asked as well, ms (a message is out within a minute by one of the two). */
export const failOverMs = 45_000;

/**
 * Rows for one SMS: over the modem first, and over a provider at once where it is critical, later where the modem has
 * not sent it by then. True when it is new.
 */
export async function enqueueSms(
  tx: Tx,
  context: DeskContext,
  sms: Sms,
  nowMs: number,
): Promise<boolean> {
  const { language, signature, config } = context;
  const { once, alert, to, messageId, variables, severity, wantsReply = false, delayMs = 0 } = sms;
  const body = messageText(messageId, variables, language);
  const text = smsText(body, { signature, language, wantsReply });
  const row = { alert, to, messageId, text, severity } as const;
  const modem = hasModem(context);
  const fresh = modem && (await enqueue(tx, { ...row, once, channel: 'sms', delayMs }, nowMs));
  if (!config.sms.cloud?.templates[messageId] || (modem && !fresh)) return fresh;
  const twin = modem
    ? (await tx.get<{ id: number }>('SELECT id FROM outbox WHERE once = ?', [once]))?.id
    : undefined;
  const later = modem && severity !== 'critical' ? failOverMs : 0;
  const cloud = await enqueue(
    tx,
    {
      ...row,
      once: `${once}/cloud`,
      channel: 'cloud',
      delayMs: delayMs + later,
      params: templateValues(messageId, variables, language),
      ...(twin === undefined ? {} : { twin }),
    },
    nowMs,
  );
  return fresh || cloud;
}

/** How many findings hang on an alert: the number of simultaneous chargers. */
export async function findingCount(tx: Tx, alertId: number): Promise<number> {
  const row = await tx.get<{ n: number }>(
    'SELECT COUNT(*) AS n FROM alert_findings WHERE alert_id = ?',
    [alertId],
  );
  return Math.max(1, row?.n ?? 1);
}

/** SMS rows for these people, one each, within their budgets. */
export async function tellPeople(
  tx: Tx,
  context: DeskContext,
  alert: AlertRow,
  telling: Telling,
): Promise<Told> {
  const people: Person[] = [];
  const held: Person[] = [];
  if (!hasSms(context)) return { people, held };
  const { language, zone, config } = context;
  const findings = await findingCount(tx, alert.id);
  const name = kindName(alert.rule);
  const variables = {
    ...variablesOf(toAlert(alert), { zone, language, findings }),
    // Only the text of a silent device names the device itself: the others say which kind of alert it is.
    ...(telling.messageId.startsWith('notice.')
      ? { k: language === 'en' ? name.en : name.zh }
      : {}),
    ...telling.variables,
  };
  for (const person of telling.to) {
    if (!person.hasPhone) continue;
    const { severity, nowMs } = telling;
    if (!(await withinBudget(tx, person.id, severity, config.sms.dailyPerPerson, nowMs))) {
      held.push(person);
      await holdBack(tx, person.id, alert.id, nowMs);
      continue;
    }
    const once = `${alert.id}/${telling.messageId}/${telling.step}/${person.id}`;
    const { messageId, wantsReply = false, delayMs = 0 } = telling;
    const sms = { once, alert, to: person.id, messageId, variables, severity, wantsReply, delayMs };
    if (await enqueueSms(tx, context, sms, nowMs)) people.push(person);
  }
  return { people, held };
}

/** For the next digest of this person. */
export async function holdBack(
  tx: Tx,
  person: string,
  alertId: number,
  nowMs: number,
): Promise<void> {
  await tx.run('INSERT OR IGNORE INTO held_back (person, alert_id, at_ms) VALUES (?, ?, ?)', [
    person,
    alertId,
    nowMs,
  ]);
}

const severityNames: Readonly<Record<Severity, { readonly zh: string; readonly en: string }>> = {
  critical: { zh: '紧急', en: 'CRITICAL' },
  major: { zh: '重要', en: 'MAJOR' },
  minor: { zh: '一般', en: 'MINOR' },
  info: { zh: '提示', en: 'INFO' },
};

/** The longer text into each chat group and by e-mail: what, why, who has been told, when. No person in it. */
export async function tellGroups(
  tx: Tx,
  context: DeskContext,
  alert: AlertRow,
  how: {
    readonly step: string;
    readonly headline?: string;
    readonly told: readonly Person[];
    readonly delayMs?: number;
    readonly nowMs: number;
  },
): Promise<void> {
  const { language, zone, config } = context;
  const en = language === 'en';
  const name = kindName(alert.rule)[en ? 'en' : 'zh'];
  const severity = severityNames[alert.severity][en ? 'en' : 'zh'];
  const told = how.told.map(({ title }) => title).join(en ? ', ' : '、');
  const { day } = localTime(how.nowMs, zone);
  const lines = [
    `${how.headline ? `${how.headline} ` : ''}${severity} ${alert.reference} ${alert.subject_title} ${name}`,
    en ? alert.text_en : alert.text_zh,
    ...(told ? [`${en ? 'Told: ' : '已通知：'}${told}`] : []),
    `${day} ${clockText(how.nowMs, zone)}`,
  ];
  const groups = [
    ...config.robots.map(({ kind }, n) => ({
      channel: 'robot' as const,
      to: robotName(kind, n),
    })),
    // A letter for everything that is said is too much; what is minor stands in the reports.
    ...(config.mail && lettersFor.includes(alert.severity)
      ? [{ channel: 'mail' as const, to: 'mail' }]
      : []),
  ];
  for (const { channel, to } of groups) {
    await enqueue(
      tx,
      {
        once: `${alert.id}/${channel}/${how.step}/${to}`,
        alert,
        channel,
        to,
        messageId: 'long',
        text: lines.join('\n'),
        severity: alert.severity,
        delayMs: how.delayMs ?? 0,
      },
      how.nowMs,
    );
  }
}

const lettersFor: readonly Severity[] = ['critical', 'major'];

/** The name of a robot of the configuration: its kind and place in the list. */
export const robotName = (kind: string, index: number): string => `${kind}-${index + 1}`;

/** What the sub-district's platform is told: kind, severity, building, times, state, count. Nothing else leaves. */
export async function tellPlatform(
  tx: Tx,
  context: DeskContext,
  alert: AlertRow,
  state: 'raised' | 'changed' | 'acknowledged' | 'unacknowledged' | 'cleared' | 'closed',
  nowMs: number,
): Promise<void> {
  if (!context.config.upstream || alert.shadow === 1 || alert.severity === 'info') return;
  const id = `${context.boxId}-${alert.id}-${state}-${stepOf(alert)}`;
  const message = {
    id,
    site: context.site.name,
    alert: alert.reference,
    kind: alert.rule,
    severity: alert.severity,
    place:
      alert.subject_kind === 'point' || alert.subject_kind === 'lane' ? alert.subject_title : '',
    state,
    work: alert.work,
    atMs: nowMs,
    raisedAtMs: alert.raised_ms,
    ...(alert.cleared_ms === null ? {} : { clearedAtMs: alert.cleared_ms }),
    count: alert.count,
  };
  await enqueue(
    tx,
    {
      once: id,
      alert,
      channel: 'upstream',
      to: 'platform',
      messageId: id,
      text: JSON.stringify(message),
      severity: alert.severity,
    },
    nowMs,
  );
}

/** One line of the story: who was told by which step. */
export async function noteTold(
  tx: Tx,
  alert: AlertRow,
  what: string,
  told: Told,
  nowMs: number,
): Promise<void> {
  const titles = told.people.map(({ title }) => title).join('、');
  const held = told.held.map(({ title }) => title).join('、');
  const note = [titles, held && `额度已满：${held}`].filter(Boolean).join('；');
  await addEvent(tx, alert.id, { atMs: nowMs, what, who: 'system', ...(note ? { note } : {}) });
}
