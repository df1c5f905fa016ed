import { useState } from 'preact/hooks';
import { type AlertDetail, post, said } from './api.ts';
import { Chart } from './chart.tsx';
import { workName } from './duty.tsx';
import { Blank } from './form.tsx';
import { Link } from './link.tsx';
import { useLive } from './live.ts';
import { go } from './router.ts';
import { dateClock } from './time.ts';
import { currentLanguage, isWord, w } from './words.ts';

const reasons = ['ac', 'heater', 'cooking', 'works', 'meter', 'authorised', 'other'] as const;
const channels: Readonly<Record<string, string>> = {
  sms: '短信 SMS',
  cloud: '短信平台 SMS provider',
  mail: '邮件 mail',
  robot: '群机器人 chat',
  upstream: '街道平台 platform',
};
const states: Readonly<Record<string, readonly [string, string]>> = {
  waiting: ['待发', 'waiting'],
  sending: ['发送中', 'sending'],
  sent: ['已发出', 'sent'],
  delivered: ['已送达', 'delivered'],
  unknown: ['结果不明', 'unknown'],
  failed: ['失败', 'failed'],
  expired: ['已过期', 'expired'],
  cancelled: ['已取消', 'cancelled'],
};

interface Reason {
  readonly name: string;
  readonly weight: number;
  readonly zh: string;
  readonly en: string;
}

/** One alert: what was seen, against which limit, what else it could be, who was told. */
export function AlertPage({
  id,
  mayOpenCase,
  onLoggedOut,
}: {
  readonly id: number;
  readonly mayOpenCase: boolean;
  readonly onLoggedOut: () => void;
}) {
  const live = useLive<AlertDetail>(`/alerts/${id}`, onLoggedOut);
  const [error, setError] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  if (!live.data) return <Blank error={live.error} />;
  const { alert, events, deliveries, curve, mayAct } = live.data;
  const zh = currentLanguage() === 'zh';
  const act = async (action: string, note?: string) => {
    try {
      await post(`/alerts/${id}/actions`, { action, ...(note === undefined ? {} : { note }) });
      setError(null);
      setAsking(false);
    } catch (cause) {
      setError(said(cause));
    }
    live.refresh();
  };
  const openCase = async () => {
    try {
      const answer = await post<{ case: { id: number } }>(`/alerts/${id}/case`, {});
      go(`/cases/${answer.case.id}`);
    } catch (cause) {
      setError(said(cause));
    }
  };
  const evidence = (alert.evidence.reasons ?? []) as readonly Reason[];
  const others = (alert.evidence.alternatives ?? []) as readonly {
    readonly zh: string;
    readonly en: string;
    readonly share: number;
  }[];
  const marks = [
    { atMs: alert.sinceMs, label: w('began') },
    { atMs: alert.raisedAtMs, label: w('raised') },
    ...(alert.clearedAtMs === undefined ? [] : [{ atMs: alert.clearedAtMs, label: w('over') }]),
  ];
  const next = {
    open: ['acknowledge'],
    acknowledged: ['on_site', 'handled'],
    on_site: ['handled'],
    handled: ['close'],
    false_alarm: ['close'],
    closed: [],
  }[alert.work] as readonly ('acknowledge' | 'on_site' | 'handled' | 'close')[];
  return (
    <main>
      <p>
        <Link to="/duty">← {w('back')}</Link>
      </p>
      {alert.shadow && (
        <p class="notice" role="note">
          {w('shadowAlert')}
        </p>
      )}
      <section class={`state ${alert.condition === 'cleared' ? 'none' : alert.severity}`}>
        <strong>
          {w(alert.severity)} {alert.reference} · {alert.subjectTitle}
        </strong>
        <span>
          {' '}
          · {w(alert.condition)} · {workName(alert)}
        </span>
      </section>
      <p class="headline">{alert.text[zh ? 'zh' : 'en']}</p>
      {mayAct && (
        <div class="actions">
          {next.map((action) => (
            <button key={action} type="button" class="primary" onClick={() => act(action)}>
              {w(action)}
            </button>
          ))}
          {alert.work !== 'closed' && alert.work !== 'false_alarm' && (
            <button type="button" onClick={() => setAsking(!asking)}>
              {w('false_alarm')}
            </button>
          )}
          {mayOpenCase && (
            <button type="button" onClick={openCase}>
              {w('caseOpen')}
            </button>
          )}
        </div>
      )}
      {asking && (
        <div class="actions">
          {reasons.map((reason) => (
            <button key={reason} type="button" onClick={() => act('false_alarm', w(reason))}>
              {w(reason)}
            </button>
          ))}
        </div>
      )}
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {curve && (
        <section class="panel">
          <h2>{w('curve')}</h2>
          <Chart curve={curve} marks={marks} />
        </section>
      )}
      {evidence.length > 0 && (
        <section class="panel">
          <h2>{w('why')}</h2>
          <ul class="reasons">
            {evidence
              .filter(({ name }) => name !== 'start')
              .map(({ name, weight, zh: textZh, en }) => (
                <li key={name} class={weight >= 0 ? 'for' : 'against'}>
                  <span>{zh ? textZh : en}</span>
                  <b>{weight > 0 ? `+${weight}` : weight}</b>
                </li>
              ))}
          </ul>
          <h2>{w('could')}</h2>
          <p>
            {others
              .map((one) => `${zh ? one.zh : one.en} ${Math.round(one.share * 100)}%`)
              .join(zh ? '、' : ', ')}
          </p>
        </section>
      )}
      <section class="panel">
        <h2>{w('messages')}</h2>
        {deliveries.length === 0 && <p class="quiet">{w('noMessages')}</p>}
        <ul class="story">
          {deliveries.map(({ id: row, channel, to, text, state, createdAtMs, reason }) => (
            <li key={row}>
              <span class="quiet">
                {dateClock(createdAtMs)} · {channels[channel] ?? channel} → {to} ·{' '}
                {states[state]?.[zh ? 0 : 1] ?? state}
                {reason ? ` · ${reason}` : ''}
              </span>
              <span>{text}</span>
            </li>
          ))}
        </ul>
        {alert.quietText && (
          <p class="quiet">
            {w('whyQuiet')}：{alert.quietText[zh ? 'zh' : 'en']}
          </p>
        )}
        <h2>{w('story')}</h2>
        <ul class="story">
          {events.map(({ atMs, what, who, note, noteText }, index) => (
            <li key={`${atMs}-${index}`}>
              <span class="quiet">
                {dateClock(atMs)} ·{' '}
                {who === 'system' ? w('system_who') : isWord(who) ? w(who) : who}
              </span>
              <span>
                {isWord(what) ? w(what) : what}
                {note
                  ? ` · ${noteText?.[zh ? 'zh' : 'en'] ?? (isWord(note) ? w(note) : note)}`
                  : ''}
              </span>
            </li>
          ))}
        </ul>
      </section>
    </main>
  );
}
