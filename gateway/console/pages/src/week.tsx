import { useEffect, useState } from 'preact/hooks';
import { get, type Week as WeekData } from './api.ts';
import { w } from './words.ts';

const hourPx = 24;
const dayPx = 28;
const leftPx = 48;
const belowPx = 24;

/** When in the week a house comes near its limit: a square for each hour. Nothing where no hour is packed yet. */
export function Week({ pointId }: { readonly pointId: string }) {
  const [week, setWeek] = useState<WeekData | null>(null);
  useEffect(() => {
    let ended = false;
    get<WeekData>(`/points/${pointId}/week`)
      .then((found) => {
        if (!ended) setWeek(found);
      })
      .catch(() => {}); // the tiles ask again and say what is wrong
    return () => {
      ended = true;
    };
  }, [pointId]);
  if (!week?.highest.some((value) => value !== null)) return null;
  const unit = week.channel === 'currentA' ? 'A' : 'W';
  const known = week.highest.filter((value) => value !== null);
  // Against the limit where there is one; else against its own highest hour, and then nothing is too much.
  const limit = unit === 'A' ? week.limitA : null;
  const full = limit ?? Math.max(1, ...known);
  const classOf = (share: number | null) => {
    if (share === null) return 'unknown';
    if (limit === null || share < 0.9) return 'load';
    return share >= 1 ? 'critical' : 'major';
  };
  const days = w('weekdays').split(' ');
  return (
    <figure class="week">
      <figcaption class="quiet">
        {w('weekHighest')} ({unit})
      </figcaption>
      <svg
        viewBox={`0 0 ${leftPx + 24 * hourPx} ${7 * dayPx + belowPx}`}
        role="img"
        aria-label={`${w('weekHighest')}: ${Math.round(Math.max(...known) * 10) / 10} ${unit}`}
      >
        {days.map((name, day) => (
          <text key={name} x={0} y={(day + 0.7) * dayPx}>
            {name}
          </text>
        ))}
        {week.highest.map((value, hour) => {
          const [day, ofDay] = [Math.floor(hour / 24), hour % 24];
          const share = value === null ? null : Math.max(0, value / full);
          return (
            <rect
              key={hour}
              class={classOf(share)}
              fill-opacity={classOf(share) === 'load' ? 0.08 + 0.92 * (share ?? 0) : 1}
              x={leftPx + ofDay * hourPx + 1}
              y={day * dayPx + 1}
              width={hourPx - 2}
              height={dayPx - 2}
            >
              <title>
                {`${days[day]} ${ofDay}:00 ${value === null ? '—' : `${Math.round(value * 10) / 10} ${unit}`}`}
              </title>
            </rect>
          );
        })}
        {[0, 6, 12, 18].map((hour) => (
          <text key={hour} x={leftPx + hour * hourPx + 2} y={7 * dayPx + belowPx - 5}>
            {hour}:00
          </text>
        ))}
      </svg>
    </figure>
  );
}
