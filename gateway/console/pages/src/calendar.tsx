import { useState } from 'preact/hooks';
import { post, remove, said } from './api.ts';
import { type Filled, Form } from './form.tsx';
import { dayName } from './time.ts';
import { w } from './words.ts';

const kinds = ['holiday', 'workday', 'quiet'] as const;

/** Some days that are not what the week says, as the box gives them. */
export interface CalendarEntry {
  readonly id: number;
  readonly fromDay: string;
  readonly toDay: string;
  readonly kind: (typeof kinds)[number];
  readonly title: string;
  readonly quietFromMinute: number | null;
  readonly quietToMinute: number | null;
}

const two = (value: number): string => String(value).padStart(2, '0');
const hours = (minute: number): string => `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;

/** Holidays, make-up workdays, and times with quiet hours of their own. */
export function CalendarPanel({
  entries,
  today,
  maySet,
  changed,
}: {
  readonly entries: readonly CalendarEntry[];
  readonly today: string;
  readonly maySet: boolean;
  readonly changed: () => void;
}) {
  const [error, setError] = useState<string | null>(null);
  const take = async (id: number) => {
    try {
      await remove(`/calendar/${id}`);
      setError(null);
    } catch (cause) {
      setError(said(cause));
    }
    changed();
  };
  const add = async (filled: Filled) => {
    await post('/calendar', filled);
    changed();
  };
  return (
    <section class="panel">
      <h2>{w('calendarHead')}</h2>
      <p class="quiet">{w('calendarHint')}</p>
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {entries.length === 0 && <p>{w('calendarNone')}</p>}
      <ul class="story">
        {entries.map((entry) => (
          <li key={entry.id}>
            <b>{entry.title}</b>{' '}
            <span>
              {w(`calendar_${entry.kind}`)} · {dayName(entry.fromDay)}
              {entry.toDay === entry.fromDay ? '' : ` – ${dayName(entry.toDay)}`}
            </span>{' '}
            {entry.quietFromMinute !== null && entry.quietToMinute !== null && (
              <span class="quiet">
                {w('calendar_quiet')} {hours(entry.quietFromMinute)}–{hours(entry.quietToMinute)}
              </span>
            )}
            {maySet && (
              <button
                type="button"
                aria-label={`${w('calendarRemove')} ${entry.title}`}
                onClick={() => take(entry.id)}
              >
                {w('calendarRemove')}
              </button>
            )}
          </li>
        ))}
      </ul>
      {maySet && (
        <details>
          <summary>{w('calendarAdd')}</summary>
          <Form label={w('calendarAdd')} onSend={add}>
            <label>
              {w('calendarKind')}
              <select name="kind">
                {kinds.map((kind) => (
                  <option key={kind} value={kind}>
                    {w(`calendar_${kind}`)}
                  </option>
                ))}
              </select>
            </label>
            <label>
              {w('calendarTitle')}
              <input name="title" required maxLength={20} />
            </label>
            <label>
              {w('calendarFrom')}
              <input name="fromDay" type="date" required defaultValue={today} />
            </label>
            <label>
              {w('calendarTo')}
              <input name="toDay" type="date" required defaultValue={today} />
            </label>
            <label>
              {w('calendarQuietFrom')}
              <input name="quietFrom" type="time" />
            </label>
            <label>
              {w('calendarQuietTo')}
              <input name="quietTo" type="time" />
            </label>
          </Form>
        </details>
      )}
    </section>
  );
}
