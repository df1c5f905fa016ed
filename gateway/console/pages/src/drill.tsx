import { useState } from 'preact/hooks';
import { post, said } from './api.ts';
import { dateClock } from './time.ts';
import { w } from './words.ts';

/** What came of a drill, as the box gives it. */
export interface Drill {
  readonly id: number;
  readonly reference: string;
  readonly atMs: number;
  readonly running: boolean;
  readonly endedBy?: string;
  readonly lines: readonly {
    readonly title: string;
    readonly sent: boolean;
    readonly answeredMin?: number;
  }[];
}

/** The monthly drill: started with two taps, and who answered after how long. */
export function DrillPanel({
  drills,
  maySet,
  changed,
}: {
  readonly drills: readonly Drill[];
  readonly maySet: boolean;
  readonly changed: () => void;
}) {
  const [sure, setSure] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const running = drills.some((one) => one.running);
  const act = async (path: string) => {
    setSure(false);
    try {
      await post(path, {});
      setError(null);
    } catch (cause) {
      setError(said(cause));
    }
    changed();
  };
  return (
    <section class="panel">
      <h2>{w('drill')}</h2>
      <p class="quiet">{w('drillHint')}</p>
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {drills.length === 0 && <p>{w('drillNone')}</p>}
      {drills.map(({ id, reference, atMs, endedBy, running: runs, lines }) => (
        <div key={id}>
          <p>
            <b>
              {w('drill')} {reference}
            </b>{' '}
            {dateClock(atMs)}
            {runs ? ` · ${w('drillRuns')}` : ''}
            {endedBy === undefined ? '' : ` · ${w('drillBrokenBy')} ${endedBy}`}
          </p>
          <ul class="facts">
            {lines.map(({ title, answeredMin }) => (
              <li key={title} class={answeredMin === undefined && !runs ? 'troubled' : ''}>
                <b>{title}</b>
                <span>
                  {answeredMin === undefined
                    ? w('drillNoAnswer')
                    : `${answeredMin} ${w('drillMin')}`}
                </span>
              </li>
            ))}
          </ul>
        </div>
      ))}
      {maySet && (
        <div class="actions">
          {running ? (
            <button type="button" onClick={() => act('/drill/end')}>
              {w('drillStop')}
            </button>
          ) : sure ? (
            <>
              <button type="button" class="primary" onClick={() => act('/drill')}>
                {w('drillSure')}
              </button>
              <button type="button" onClick={() => setSure(false)}>
                {w('cancel')}
              </button>
            </>
          ) : (
            <button type="button" onClick={() => setSure(true)}>
              {w('drillStart')}
            </button>
          )}
        </div>
      )}
    </section>
  );
}
