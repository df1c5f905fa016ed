import { post, type Stranger } from './api.ts';
import { useLive } from './live.ts';
import { ago } from './time.ts';
import { w } from './words.ts';

/** Who knocks without being known: what it may be, the line that lets it in, and a no that is remembered. */
export function Strangers({ onLoggedOut }: { readonly onLoggedOut: () => void }) {
  const live = useLive<{
    nowMs: number;
    mayAdopt: boolean;
    strangers: readonly Stranger[];
  }>('/strangers', onLoggedOut);
  if (!live.data) return null;
  const { nowMs, mayAdopt, strangers } = live.data;
  const refuse = async ({ name, refused }: Stranger) => {
    await post(`/strangers/${encodeURIComponent(name)}`, { refused: !refused });
    live.refresh();
  };
  const listed = [...strangers].sort((a, b) => Number(a.refused) - Number(b.refused));
  return (
    <section class="panel">
      <h2>{w('strangers')}</h2>
      {listed.length === 0 && <p class="quiet">{w('noStrangers')}</p>}
      <ul class="story">
        {listed.map((one) => (
          <li key={one.name} class={one.refused ? 'quiet' : ''}>
            <b>{one.name}</b>{' '}
            <span class="quiet">
              {one.wire} · {one.attempts} {w('attempts')} · {ago(nowMs - one.lastMs)} · {one.reason}
            </span>
            {one.guesses && (
              <div>
                {w('guessed')}: {one.guesses.join(', ')}
              </div>
            )}
            {!one.refused && (
              <details>
                <summary>{w('adopt')}</summary>
                <p class="quiet">{w('adoptHow')}</p>
                <pre>{one.line}</pre>
              </details>
            )}
            {mayAdopt && (
              <button type="button" onClick={() => void refuse(one)}>
                {w(one.refused ? 'listAgain' : 'refuse')}
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
