import { useState } from 'preact/hooks';
import { useLive } from './live.ts';
import { clock } from './time.ts';
import { w } from './words.ts';

interface Ladder {
  readonly nowMs: number;
  readonly steps: readonly {
    readonly level: 'L1' | 'L2' | 'L3' | 'L4';
    readonly atMs: number;
    readonly people: readonly { readonly title: string; readonly hasPhone: boolean }[];
  }[];
}
const severities = ['critical', 'major', 'minor'] as const;

/** "If an alert came now": who would be told, and when. */
export function LadderPanel({ onLoggedOut }: { readonly onLoggedOut: () => void }) {
  const [severity, setSeverity] = useState<(typeof severities)[number]>('critical');
  const { data } = useLive<Ladder>(`/roster/ladder?severity=${severity}`, onLoggedOut, false);
  return (
    <section class="panel">
      <h2>{w('ladder')}</h2>
      <div class="actions">
        {severities.map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={severity === one}
            onClick={() => setSeverity(one)}
          >
            {w(one)}
          </button>
        ))}
      </div>
      <ol class="story">
        {data?.steps.map(({ level, atMs, people }) => (
          <li key={level}>
            <span class="quiet">
              {atMs <= data.nowMs ? w('atOnce') : clock(atMs)} · {w(level)}
            </span>
            <span>
              {people.length === 0 && w('nobodyTold')}
              {people.map(({ title, hasPhone }, index) => (
                <span key={title}>
                  {index > 0 ? ' · ' : ''}
                  <b>{title}</b>
                  {hasPhone ? '' : `（${w('noPhone')}）`}
                </span>
              ))}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
