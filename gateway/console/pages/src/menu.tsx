import { useEffect, useState } from 'preact/hooks';
import { Link } from './link.tsx';
import type { Page } from './router.ts';
import { w } from './words.ts';

/** So many pages stand in one row of a phone 360 px wide; what a duty member needs at night is among them. */
const first = 4;

/** All pages in one row; on a phone the first ones, and the rest behind 更多. */
export function Menu({ pages, page }: { readonly pages: readonly Page[]; readonly page: Page }) {
  const [more, setMore] = useState(false);
  useEffect(() => setMore(false), [page]);
  const rest = pages.slice(first);
  const link = (one: Page) => (
    <Link key={one} to={`/${one}`} current={page === one}>
      {w(one)}
    </Link>
  );
  return (
    <nav aria-label="gatehouse">
      {pages.slice(0, first).map(link)}
      {rest.length > 0 && (
        <button
          type="button"
          class={rest.includes(page) ? 'more here' : 'more'}
          aria-expanded={more}
          aria-controls="menu-rest"
          onClick={() => setMore(!more)}
        >
          {rest.includes(page) ? w(page) : w('more')} {more ? '▴' : '▾'}
        </button>
      )}
      <div id="menu-rest" class={more ? 'rest open' : 'rest'}>
        {rest.map(link)}
      </div>
    </nav>
  );
}
