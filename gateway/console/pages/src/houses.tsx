import { useEffect, useState } from 'preact/hooks';
import { type Curve, get, type Tile } from './api.ts';
import { Chart } from './chart.tsx';
import { Blank } from './form.tsx';
import { useLive } from './live.ts';
import { go } from './router.ts';
import { ago } from './time.ts';
import { Week } from './week.tsx';
import { w } from './words.ts';

const filters = ['all', 'over80', 'offline', 'noLimit'] as const;
type Filter = (typeof filters)[number];
const spans = [
  ['hours24', 24],
  ['days7', 168],
  ['days30', 720],
] as const;

/** 473 tiles by share of their limit; a tile opens its curve. The address holds which one: no filter loses it. */
export function HousesPage({
  chosenId,
  onLoggedOut,
}: {
  readonly chosenId: string | null;
  readonly onLoggedOut: () => void;
}) {
  const live = useLive<{ nowMs: number; points: readonly Tile[] }>('/points', onLoggedOut);
  const [filter, setFilter] = useState<Filter>('all');
  if (!live.data) return <Blank error={live.error} />;
  const { points, nowMs } = live.data;
  const chosen = points.find(({ id }) => id === chosenId);
  const fits: Readonly<Record<Filter, (tile: Tile) => boolean>> = {
    all: () => true,
    over80: ({ sharePercent, state }) => state === 'live' && (sharePercent ?? 0) >= 80,
    offline: ({ state }) => state !== 'live',
    noLimit: ({ limitA }) => limitA === null,
  };
  return (
    <main>
      <div class="actions">
        {filters.map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={filter === name}
            onClick={() => setFilter(name)}
          >
            {w(name)} {points.filter(fits[name]).length}
          </button>
        ))}
      </div>
      {chosen && <House key={chosen.id} tile={chosen} nowMs={nowMs} close={() => go('/houses')} />}
      <ul class="tiles">
        {points.filter(fits[filter]).map((tile) => (
          <li key={tile.id}>
            <button
              type="button"
              class={`tile ${colourOf(tile)}`}
              title={describe(tile)}
              aria-pressed={tile.id === chosenId}
              onClick={() => go(`/houses/${encodeURIComponent(tile.id)}`)}
            >
              <span class="hidden">{describe(tile)}</span>
              <b aria-hidden="true">{tile.title.replace('号楼', '')}</b>
              <span aria-hidden="true">
                {tile.state === 'live'
                  ? tile.sharePercent === null
                    ? '?'
                    : `${tile.sharePercent}%`
                  : '×'}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </main>
  );
}

function colourOf({ state, sharePercent }: Tile): string {
  if (state !== 'live') return 'offline';
  if (sharePercent === null) return 'unknown';
  if (sharePercent >= 100) return 'critical';
  if (sharePercent >= 90) return 'major';
  return sharePercent >= 80 ? 'minor' : sharePercent >= 50 ? 'half' : 'low';
}

const describe = ({ title, state, sharePercent, currentA, limitA, powerW }: Tile): string =>
  `${title}: ${w(state)}${sharePercent === null ? '' : `, ${sharePercent} %`}${currentA === null ? '' : `, ${currentA} A`}${limitA === null ? '' : ` / ${limitA} A`}${powerW === null ? '' : `, ${powerW} W`}`;

function House({
  tile,
  nowMs,
  close,
}: {
  readonly tile: Tile;
  readonly nowMs: number;
  readonly close: () => void;
}) {
  const [hours, setHours] = useState<number>(24);
  const [curve, setCurve] = useState<Curve | null>(null);
  useEffect(() => {
    let ended = false;
    const load = async () => {
      const current = await get<Curve>(`/points/${tile.id}/curve?hours=${hours}&channel=currentA`);
      const shown =
        current.points.length > 0
          ? current
          : await get<Curve>(`/points/${tile.id}/curve?hours=${hours}&channel=powerW`);
      if (!ended) setCurve(shown);
    };
    load().catch(() => {}); // the tiles ask again and say what is wrong
    return () => {
      ended = true;
    };
  }, [tile.id, hours]);
  return (
    <section class="panel">
      <h2>
        {tile.title} {tile.rooms === null ? '' : `· ${tile.rooms} ${w('rooms')}`}{' '}
        {tile.sharePercent === null ? '' : `· ${tile.sharePercent}%`}
        <button type="button" class="close" aria-label={w('back')} onClick={close}>
          ×
        </button>
      </h2>
      <p class="quiet">
        {tile.currentA ?? '—'} A / {tile.limitA ?? '—'} A · {tile.powerW ?? '—'} W ·{' '}
        {tile.lastMs === null ? w('never') : ago(nowMs - tile.lastMs)}
      </p>
      <div class="actions">
        {spans.map(([name, length]) => (
          <button
            key={name}
            type="button"
            aria-pressed={hours === length}
            onClick={() => setHours(length)}
          >
            {w(name)}
          </button>
        ))}
      </div>
      {curve && <Chart curve={curve} />}
      <Week pointId={tile.id} />
    </section>
  );
}
