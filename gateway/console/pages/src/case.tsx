import { useState } from 'preact/hooks';
import { post } from './api.ts';
import { type Case, type CaseState, Due, stateWord } from './cases.tsx';
import { Blank, Form } from './form.tsx';
import { Link } from './link.tsx';
import { useLive } from './live.ts';
import { NoticeForm } from './notice.tsx';
import { dateClock } from './time.ts';
import { type Word, w } from './words.ts';

interface Detail {
  readonly nowMs: number;
  readonly case: Case;
  readonly steps: readonly {
    readonly atMs: number;
    readonly state: CaseState;
    readonly who: string;
    readonly note?: string;
  }[];
}

/** One case: where it stands, the next step, the notice, and what happened so far. */
export function CasePage({
  id,
  onLoggedOut,
}: {
  readonly id: number;
  readonly onLoggedOut: () => void;
}) {
  const live = useLive<Detail>(`/cases/${id}`, onLoggedOut);
  const [chosen, setChosen] = useState<CaseState | null>(null);
  if (!live.data) return <Blank error={live.error} />;
  const { case: of, steps, nowMs } = live.data;
  const verified = steps.some(({ state }) => state === 'verified');
  const to = chosen !== null && of.next.includes(chosen) ? chosen : null;
  return (
    <main>
      <p>
        <Link to="/cases">← {w('back')}</Link>
      </p>
      <section class="state">
        <h1>
          {of.place} · {w(stateWord(of.state))}
        </h1>
        <Due dueMs={of.dueMs} nowMs={nowMs} />
        {of.gridNumber && (
          <span class="quiet">
            {' '}
            · {w('gridNumber')} {of.gridNumber}
          </span>
        )}
        {of.alertId !== null && (
          <p class="quiet">
            <Link to={`/alerts/${of.alertId}`}>{w('toAlert')}</Link>
          </p>
        )}
      </section>
      <section class="panel">
        <h2>{w('nextStep')}</h2>
        {of.next.length === 0 && <p class="quiet">{w('noStep')}</p>}
        <div class="actions">
          {of.next.map((step) => (
            <button
              key={step}
              type="button"
              aria-pressed={to === step}
              onClick={() => setChosen(step)}
            >
              {w(`do_${step}` as Word)}
            </button>
          ))}
        </div>
        {to && (
          <Form
            key={to}
            label={w(`do_${to}` as Word)}
            onSend={async (filled) => {
              await post(`/cases/${id}/steps`, { to, ...filled });
              setChosen(null);
              live.refresh();
            }}
          >
            {to === 'rectifying' && (
              <label>
                {w('promised')}
                <input name="promised" type="date" />
              </label>
            )}
            {to === 'reported' && (
              <label>
                {w('gridNumber')}
                <input name="gridNumber" required maxLength={40} />
              </label>
            )}
            <label>
              {w('noteHint')}
              <textarea name="note" rows={2} maxLength={500} />
            </label>
          </Form>
        )}
      </section>
      {verified && <NoticeForm id={id} nowMs={nowMs} />}
      <section class="panel">
        <h2>{w('story')}</h2>
        <ul class="story">
          {steps.map(({ atMs, state, who, note }, index) => (
            <li key={`${atMs}-${index}`}>
              <span class="quiet">
                {dateClock(atMs)} · {who}
              </span>
              <span>
                {w(stateWord(state))}
                {note ? ` · ${note}` : ''}
              </span>
            </li>
          ))}
        </ul>
      </section>
    </main>
  );
}
