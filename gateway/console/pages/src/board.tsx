import { useState } from 'preact/hooks';
import { post, said } from './api.ts';
import { useLive } from './live.ts';
import { w } from './words.ts';

interface Line {
  readonly place: string;
  readonly score: number;
}
interface Draft {
  readonly month: string;
  readonly honour: readonly Line[];
  readonly warning: readonly Line[];
  readonly notRated: readonly string[];
  readonly held: readonly (Line & { readonly why: 'untold' | 'waiting' | 'objection' })[];
  readonly releases: readonly { readonly role: string; readonly who: string }[];
  readonly releasedAtMs?: number;
}
interface Boards {
  readonly draft: Draft | null;
  readonly published: { readonly month: string } | null;
  readonly mayMark: boolean;
  readonly mayRelease: boolean;
}

/** The red and black board: what hangs, and what would hang next if two roles let it out. */
export function BoardPanel({ onLoggedOut }: { readonly onLoggedOut: () => void }) {
  const live = useLive<Boards>('/board', onLoggedOut);
  const [error, setError] = useState<string | null>(null);
  if (!live.data?.draft) return null;
  const { draft, published, mayMark, mayRelease } = live.data;
  const act = async (path: string, body: object) => {
    try {
      await post(`/board/${draft.month}/${path}`, body);
      setError(null);
    } catch (cause) {
      setError(said(cause));
    }
    live.refresh();
  };
  const mark = (place: string, what: string) => act('marks', { place, mark: what });
  const out = draft.releasedAtMs !== undefined;
  return (
    <section class="panel">
      <h2>
        {w('board')} {draft.month}
      </h2>
      {published && (
        <p>
          <a href="/api/v1/board/page" target="_blank" rel="noopener">
            {w('boardOut')} {published.month}
          </a>
        </p>
      )}
      <h3>{w('boardHonour')}</h3>
      <p>
        {draft.honour.map(({ place, score }) => `${place} ${score}`).join('、') || w('boardNone')}
      </p>
      <h3>{w('boardWarning')}</h3>
      <ul class="facts">
        {draft.warning.map(({ place, score }) => (
          <li key={place}>
            <b>{place}</b>
            <span>{score}</span>
            {mayMark && (
              <span>
                <button type="button" onClick={() => mark(place, 'objection')}>
                  {w('boardObjects')}
                </button>
              </span>
            )}
          </li>
        ))}
        {draft.held.map(({ place, score, why }) => (
          <li key={place}>
            <b>{place}</b>
            <span>
              {score} · {w(`board_${why}`)}
            </span>
            {mayMark && why !== 'waiting' && (
              <span>
                <button
                  type="button"
                  onClick={() => mark(place, why === 'untold' ? 'told' : 'settled')}
                >
                  {w(why === 'untold' ? 'boardTell' : 'boardSettle')}
                </button>
              </span>
            )}
          </li>
        ))}
      </ul>
      {draft.notRated.length > 0 && (
        <p class="quiet">
          {w('boardNotRated')} {draft.notRated.length}
        </p>
      )}
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {out ? (
        <p class="quiet">{w('boardIsOut')}</p>
      ) : (
        mayRelease && (
          <p>
            <button type="button" class="primary" onClick={() => act('release', {})}>
              {w('boardRelease')} ({draft.releases.length}/2)
            </button>
          </p>
        )
      )}
    </section>
  );
}
