import { useState } from 'preact/hooks';
import { post, said } from './api.ts';
import { type CalendarEntry, CalendarPanel } from './calendar.tsx';
import { type Drill, DrillPanel } from './drill.tsx';
import { Blank } from './form.tsx';
import { LadderPanel } from './ladder.tsx';
import { useLive } from './live.ts';
import { dayName } from './time.ts';
import { w } from './words.ts';

interface OnDuty {
  readonly id: string;
  readonly title: string;
}
interface Roster {
  readonly nowMs: number;
  readonly today: string;
  readonly now: { readonly member: OnDuty | null; readonly deputy: OnDuty | null };
  readonly days: readonly {
    readonly day: string;
    readonly member: OnDuty | null;
    readonly deputy: OnDuty | null;
    readonly working: boolean;
    readonly titles: readonly string[];
  }[];
  readonly calendar: readonly CalendarEntry[];
  readonly drills: readonly Drill[];
  readonly people: readonly (OnDuty & { readonly hasPhone: boolean })[];
  readonly maySwap: boolean;
  readonly maySet: boolean;
}
interface Place {
  readonly day: string;
  readonly slot: 'member' | 'deputy';
}

/** Who is on duty for four weeks; two taps swap two places. */
export function RosterPage({ onLoggedOut }: { readonly onLoggedOut: () => void }) {
  const live = useLive<Roster>('/roster', onLoggedOut);
  const [from, setFrom] = useState<Place | null>(null);
  const [error, setError] = useState<string | null>(null);
  if (!live.data) return <Blank error={live.error} />;
  const { now, today, days, people, calendar, drills, maySwap, maySet } = live.data;
  const change = async (path: string, body: object) => {
    try {
      await post(path, body);
      setError(null);
      setFrom(null);
    } catch (cause) {
      setError(said(cause));
    }
    live.refresh();
  };
  const tap = (place: Place) => {
    if (from === null) setFrom(place);
    else if (from.day === place.day && from.slot === place.slot) setFrom(null);
    else void change('/roster/swap', { one: from, other: place });
  };
  return (
    <main>
      <section class="state">
        <h1>
          {w('nowOnDuty')}：{now.member?.title ?? w('nobody')}
        </h1>
        {now.deputy && (
          <span>
            {w('deputy')} {now.deputy.title}
          </span>
        )}
      </section>
      <LadderPanel onLoggedOut={onLoggedOut} />
      <section class="panel">
        <h2>{w('roster')}</h2>
        {maySwap && <p class="quiet">{w('swapHint')}</p>}
        {error && (
          <p class="error" role="alert">
            {error}
          </p>
        )}
        {from && (
          <div class="actions" role="status">
            <span>
              {w('chosen')} {dayName(from.day)} {w(from.slot)}
            </span>
            <button type="button" onClick={() => setFrom(null)}>
              {w('cancel')}
            </button>
            {maySet && <span>{w('setHint')}</span>}
            {maySet &&
              people.map(({ id, title }) => (
                <button
                  key={id}
                  type="button"
                  onClick={() => change('/roster', { ...from, person: id })}
                >
                  {title}
                </button>
              ))}
          </div>
        )}
        <table class="roster">
          <thead>
            <tr>
              <th scope="col">{w('day')}</th>
              <th scope="col">{w('member')}</th>
              <th scope="col">{w('deputy')}</th>
            </tr>
          </thead>
          <tbody>
            {days.map((day) => (
              <tr key={day.day}>
                <th scope="row" class={day.working ? '' : 'off'}>
                  {dayName(day.day)}
                  {day.titles.length > 0 && <span class="quiet"> {day.titles.join('、')}</span>}
                </th>
                {(['member', 'deputy'] as const).map((slot) => (
                  <td key={slot}>
                    <Slot
                      title={day[slot]?.title ?? w('nobody')}
                      label={`${dayName(day.day)} ${w(slot)} ${day[slot]?.title ?? w('nobody')}`}
                      pressed={from?.day === day.day && from.slot === slot}
                      onTap={maySwap ? () => tap({ day: day.day, slot }) : null}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <CalendarPanel entries={calendar} today={today} maySet={maySet} changed={live.refresh} />
      <DrillPanel drills={drills} maySet={maySet} changed={live.refresh} />
    </main>
  );
}

function Slot({
  title,
  label,
  pressed,
  onTap,
}: {
  readonly title: string;
  readonly label: string;
  readonly pressed: boolean;
  readonly onTap: (() => void) | null;
}) {
  if (!onTap) return <span>{title}</span>;
  return (
    <button type="button" aria-pressed={pressed} aria-label={label} onClick={onTap}>
      {title}
    </button>
  );
}
