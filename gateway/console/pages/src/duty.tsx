import { useState } from 'preact/hooks';
import { type Alert, type Duty, post, said } from './api.ts';
import { Blank } from './form.tsx';
import { useLive } from './live.ts';
import { ago, clock, dateClock, spell } from './time.ts';
import { currentLanguage, isWord, w } from './words.ts';

const order = ['critical', 'major', 'minor', 'info'] as const;

/** What is wrong, where, since when; one tap says "I take it". */
export function DutyPage({
  open,
  onLoggedOut,
}: {
  readonly open: (id: number) => void;
  readonly onLoggedOut: () => void;
}) {
  const live = useLive<Duty>('/duty', onLoggedOut);
  const { data } = live;
  if (!data) return <Blank error={live.error} />;
  const waiting = data.alerts.filter(({ work }) => work === 'open');
  const working = data.alerts.filter(({ work }) => work !== 'open' && work !== 'closed');
  // All in hands is not all quiet: what still goes on keeps its colour.
  const pressing =
    waiting.length > 0 ? waiting : working.filter(({ condition }) => condition === 'active');
  const worst =
    order.find((severity) => pressing.some((alert) => alert.severity === severity)) ?? 'none';
  const sorted = [...data.alerts]
    .filter(({ work }) => work !== 'closed')
    .sort(
      (a, b) =>
        Number(a.work !== 'open') - Number(b.work !== 'open') ||
        order.indexOf(a.severity) - order.indexOf(b.severity) ||
        b.raisedAtMs - a.raisedAtMs,
    );
  return (
    <main>
      <section class={`state ${worst}`} aria-live="polite">
        <strong>
          {waiting.length > 0
            ? `! ${waiting.length} ${w('waiting')}`
            : working.length > 0
              ? `${working.length} ${w('open')}`
              : `✓ ${w('allQuiet')}`}
        </strong>
        {waiting.length > 0 && working.length > 0 && (
          <span>
            {' '}
            · {working.length} {w('open')}
          </span>
        )}
      </section>
      {data.drill && <DrillBand drill={data.drill} mayAct={data.mayAct} changed={live.refresh} />}
      {data.works.map(({ id, title, untilMs, reason }) => (
        <p key={id} class="works">
          {w('worksNow')}：<b>{title}</b> {w('worksUntil')} {dateClock(untilMs)} ·{' '}
          <span class="quiet">{reason}</span>
        </p>
      ))}
      <ul class="cards">
        {sorted.map((alert) => (
          <AlertCard
            key={alert.id}
            alert={alert}
            nowMs={data.nowMs}
            mayAct={data.mayAct}
            open={open}
            changed={live.refresh}
          />
        ))}
      </ul>
      <section class="panel">
        <h2>
          {w('onDuty')}{' '}
          {data.calendar.length > 0 && <span class="tag">{data.calendar.join('、')}</span>}
        </h2>
        <p>
          <strong>{data.duty.member ?? w('nobody')}</strong>
          {data.duty.deputy && ` · ${w('deputy')} ${data.duty.deputy}`}
          {data.duty.next && ` · ${w('next')} ${data.duty.next}`}
        </p>
        <h2>{w('lastHeard')}</h2>
        <ul class="heard">
          {(['power', 'passage', 'barrier', 'presence'] as const).map((kind) => {
            const atMs = data.lastHeardMs[kind];
            return (
              <li key={kind}>
                {w(kind)}{' '}
                <strong>{atMs === undefined ? w('never') : ago(data.nowMs - atMs)}</strong>
              </li>
            );
          })}
        </ul>
        {!data.health.ok && (
          <p class="error">
            {data.health.parts
              .filter(({ ok }) => !ok)
              .map(({ name, note }) => `${name}: ${note ?? ''}`)
              .join(' · ')}
          </p>
        )}
      </section>
    </main>
  );
}

/** A drill must not be taken for an alert: another colour, the word in front, no severity. */
function DrillBand({
  drill,
  mayAct,
  changed,
}: {
  readonly drill: NonNullable<Duty['drill']>;
  readonly mayAct: boolean;
  readonly changed: () => void;
}) {
  const [error, setError] = useState<string | null>(null);
  const got = async () => {
    try {
      await post(`/alerts/${drill.id}/actions`, { action: 'acknowledge' });
      setError(null);
    } catch (cause) {
      setError(said(cause));
    }
    changed();
  };
  return (
    <section class="drill" aria-label={w('drill')}>
      <p>
        <b>
          {w('drill')} {drill.reference}
        </b>{' '}
        {w('drillRuns')} · {w('worksUntil')} {clock(drill.endsMs)}
      </p>
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {mayAct && (
        <button type="button" onClick={got}>
          {w('drillGot')}
        </button>
      )}
    </section>
  );
}

function AlertCard({
  alert,
  nowMs,
  mayAct,
  open,
  changed,
}: {
  readonly alert: Alert;
  readonly nowMs: number;
  readonly mayAct: boolean;
  readonly open: (id: number) => void;
  readonly changed: () => void;
}) {
  const [error, setError] = useState<string | null>(null);
  const acknowledge = async () => {
    try {
      await post(`/alerts/${alert.id}/actions`, { action: 'acknowledge' });
      setError(null);
    } catch (cause) {
      setError(said(cause));
    }
    changed();
  };
  return (
    <li class={`card ${alert.severity}`}>
      <button type="button" class="fact" onClick={() => open(alert.id)}>
        <span class="head">
          <b>{w(alert.severity)}</b> {alert.reference} · <b>{alert.subjectTitle}</b>
          {alert.phase ? ` ${alert.phase.toUpperCase()}` : ''}
        </span>
        <span class="line">{alert.text[currentLanguage()]}</span>
        <span class="quiet">
          {clock(alert.sinceMs)} {w('since')} ·{' '}
          {spell((alert.clearedAtMs ?? nowMs) - alert.sinceMs)} · {w(alert.condition)} ·{' '}
          {workName(alert)}
        </span>
        {error && (
          <span class="error" role="alert">
            {error}
          </span>
        )}
      </button>
      {mayAct && alert.work === 'open' && (
        <button
          type="button"
          class="primary"
          onClick={acknowledge}
          aria-label={`${w('acknowledge')} ${alert.reference}`}
        >
          {w('acknowledge')}
        </button>
      )}
    </li>
  );
}

export function workName(alert: Alert): string {
  if (alert.work === 'open') return w('openWork');
  const name = isWord(alert.work) ? w(alert.work) : alert.work;
  return alert.acknowledgedBy ? `${name}（${alert.acknowledgedBy}）` : name;
}
