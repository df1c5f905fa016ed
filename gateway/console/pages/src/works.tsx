import { useState } from 'preact/hooks';
import { post, said, type Work } from './api.ts';
import { type Filled, Form } from './form.tsx';
import { useLive } from './live.ts';
import { clock, dateClock, localDay } from './time.ts';
import { w } from './words.ts';

interface Works {
  readonly nowMs: number;
  readonly works: readonly Work[];
  readonly places: readonly string[];
  readonly mayAnnounce: boolean;
}

/** Works that run or lie ahead; whoever looks after the devices announces one here. */
export function WorksPanel({ onLoggedOut }: { readonly onLoggedOut: () => void }) {
  const live = useLive<Works>('/maintenance', onLoggedOut, false);
  const [error, setError] = useState<string | null>(null);
  if (!live.data) return null;
  const { nowMs, works, places, mayAnnounce } = live.data;
  const end = async (id: number) => {
    try {
      await post(`/maintenance/${id}/end`, {});
      setError(null);
    } catch (cause) {
      setError(said(cause));
    }
    live.refresh();
  };
  const add = async ({ hours, ...rest }: Filled) => {
    await post('/maintenance', { ...rest, hours: Number(hours) });
    live.refresh();
  };
  return (
    <section class="panel">
      <h2>{w('worksHead')}</h2>
      <p class="quiet">{w('worksHint')}</p>
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {works.length === 0 && <p>{w('worksNone')}</p>}
      <ul class="story">
        {works.map(({ id, title, fromMs, untilMs, reason, author }) => (
          <li key={id}>
            <b>{title}</b>{' '}
            <span>
              {fromMs <= nowMs ? w('worksNow') : `${dateClock(fromMs)} ${w('worksFrom')}`} ·{' '}
              {w('worksUntil')} {dateClock(untilMs)}
            </span>{' '}
            <span class="quiet">
              {reason} · {author}
            </span>
            {mayAnnounce && (
              <button
                type="button"
                aria-label={`${w('worksEnd')} ${title}`}
                onClick={() => end(id)}
              >
                {w('worksEnd')}
              </button>
            )}
          </li>
        ))}
      </ul>
      {mayAnnounce && (
        <details>
          <summary>{w('worksAdd')}</summary>
          <Form label={w('worksAdd')} onSend={add}>
            <label>
              {w('worksPlace')}
              <input name="place" list="places" maxLength={64} />
            </label>
            <datalist id="places">
              {places.map((place) => (
                <option key={place} value={place} />
              ))}
            </datalist>
            <label>
              {w('day')}
              <input name="day" type="date" required defaultValue={localDay(nowMs)} />
            </label>
            <label>
              {w('worksTime')}
              <input name="time" type="time" required defaultValue={clock(nowMs)} />
            </label>
            <label>
              {w('worksHours')}
              <input
                name="hours"
                type="number"
                required
                min="0.5"
                max="168"
                step="0.5"
                defaultValue="2"
              />
            </label>
            <label>
              {w('reason')}
              <input name="reason" required maxLength={100} />
            </label>
          </Form>
        </details>
      )}
    </section>
  );
}
