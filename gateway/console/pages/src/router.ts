import { useEffect, useState } from 'preact/hooks';

/** Pages and the right that each needs; null: everybody who is logged in. */
export const pages = {
  duty: 'alerts.read',
  cases: 'cases.read',
  gate: 'gate.read',
  houses: 'loads.read',
  roster: 'roster.read',
  rules: 'rules.read',
  reports: 'reports.read',
  devices: 'devices.read',
  privacy: 'privacy.read',
  system: 'system.read',
  accounts: 'accounts.manage',
  me: null,
} as const;
export type Page = keyof typeof pages;

/** Where we are: a page, and the one thing on it that is open. */
export interface Place {
  readonly page: Page | 'alerts';
  readonly id: string | null;
}

/** The pages that somebody with these rights may see, in the order of the menu. */
export const pagesFor = (rights: readonly string[]): readonly Page[] =>
  (Object.keys(pages) as Page[]).filter((page) => {
    const right = pages[page];
    return right === null || rights.includes(right);
  });

function place(): Place {
  const [, first = '', second = ''] = location.pathname.split('/');
  const id = second === '' ? null : decodeURIComponent(second);
  if (first === 'alerts' && id !== null) return { page: 'alerts', id };
  return { page: first in pages ? (first as Page) : 'duty', id };
}

const moved = 'gatehouse-moved';

/** Goes to a page without loading anything anew. */
export function go(path: string): void {
  history.pushState(null, '', path);
  dispatchEvent(new Event(moved));
  scrollTo({ top: 0 });
}

export function usePlace(): Place {
  const [at, setAt] = useState(place());
  useEffect(() => {
    const look = () => setAt(place());
    addEventListener('popstate', look);
    addEventListener(moved, look);
    return () => {
      removeEventListener('popstate', look);
      removeEventListener(moved, look);
    };
  }, []);
  return at;
}
