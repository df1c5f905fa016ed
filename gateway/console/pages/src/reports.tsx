import { BoardPanel } from './board.tsx';
import { Blank } from './form.tsx';
import { useLive } from './live.ts';
import { w } from './words.ts';

/** Reports that were made; each opens as a page for the screen and for paper. */
export function ReportsPage({ onLoggedOut }: { readonly onLoggedOut: () => void }) {
  const live = useLive<{ reports: readonly { kind: string; day: string; title: string }[] }>(
    '/reports',
    onLoggedOut,
  );
  if (!live.data) return <Blank error={live.error} />;
  return (
    <main>
      {live.data.reports.length === 0 && <p class="quiet">{w('noReports')}</p>}
      {live.data.reports.length > 0 && (
        <ul class="story panel">
          {live.data.reports.map(({ kind, day, title }) => (
            <li key={kind + day}>
              <a href={`/api/v1/reports/${kind}/${day}`} target="_blank" rel="noopener">
                {title}
              </a>
            </li>
          ))}
        </ul>
      )}
      <BoardPanel onLoggedOut={onLoggedOut} />
    </main>
  );
}
