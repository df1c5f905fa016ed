import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { AlertPage } from './alert.tsx';
import { type Duty, get, remove } from './api.ts';
import { DevicesPage } from './devices.tsx';
import { DutyPage } from './duty.tsx';
import { HousesPage } from './houses.tsx';
import { useLive } from './live.ts';
import { Login } from './login.tsx';
import { ReportsPage } from './reports.tsx';
import './style.css';
import { clock, setOffset, spell } from './time.ts';
import { currentLanguage, switchLanguage, w } from './words.ts';

const pages = ['duty', 'houses', 'devices', 'reports'] as const;
type Page = (typeof pages)[number];

interface Session {
  readonly account: { readonly name: string; readonly role: string } | null;
  readonly needsSetup: boolean;
}

function App() {
  const [session, setSession] = useState<Session | null>(null);
  const load = () => void get<Session>('/session').then(setSession);
  useEffect(load, []);
  const [, redraw] = useState(0);
  const flip = () => {
    switchLanguage();
    redraw((n) => n + 1);
  };
  if (!session) return null;
  if (!session.account) {
    return (
      <>
        <header class="bar">
          <strong>gatehouse</strong>
          <LanguageButton flip={flip} />
        </header>
        <Login needsSetup={session.needsSetup} onDone={load} />
      </>
    );
  }
  return (
    <Inside key={currentLanguage()} role={session.account.role} flip={flip} onLoggedOut={load} />
  );
}

function LanguageButton({ flip }: { readonly flip: () => void }) {
  return (
    <button
      type="button"
      class="plain"
      onClick={flip}
      lang={currentLanguage() === 'zh' ? 'en' : 'zh-CN'}
    >
      {currentLanguage() === 'zh' ? 'English' : '中文'}
    </button>
  );
}

function route(): { readonly page: Page; readonly alert: number | null } {
  const [, first = 'duty', second = ''] = location.pathname.split('/');
  if (first === 'alerts' && /^\d+$/.test(second)) return { page: 'duty', alert: Number(second) };
  return { page: pages.find((page) => page === first) ?? 'duty', alert: null };
}

function Inside({
  role,
  flip,
  onLoggedOut,
}: {
  readonly role: string;
  readonly flip: () => void;
  readonly onLoggedOut: () => void;
}) {
  const [at, setAt] = useState(route());
  useEffect(() => {
    const moved = () => setAt(route());
    addEventListener('popstate', moved);
    return () => removeEventListener('popstate', moved);
  }, []);
  const go = (path: string) => {
    history.pushState(null, '', path);
    setAt(route());
    scrollTo({ top: 0 });
  };
  const live = useLive<Duty>('/duty', onLoggedOut);
  const { data } = live;
  if (data) setOffset(data.site.utcOffsetMs);
  const logout = async () => {
    await remove('/session').catch(() => {});
    onLoggedOut();
  };
  return (
    <>
      <header class="bar">
        <strong>{data?.site.name ?? 'gatehouse'}</strong>
        <span class="now">
          {data && clock(data.nowMs)}{' '}
          <i
            class={data?.clockTrusted ? 'dot good' : 'dot bad'}
            role="img"
            aria-label={w(data?.clockTrusted ? 'trusted' : 'untrusted')}
          />
        </span>
        <span class="end">
          <LanguageButton flip={flip} />
          <button type="button" class="plain" onClick={logout}>
            {w('logout')}
          </button>
        </span>
      </header>
      <nav aria-label="gatehouse">
        {pages.map((page) => (
          <a
            key={page}
            href={`/${page}`}
            aria-current={at.page === page ? 'page' : undefined}
            onClick={(event) => {
              event.preventDefault();
              go(`/${page}`);
            }}
          >
            {w(page)}
          </a>
        ))}
      </nav>
      {live.lostSinceMs !== null && (
        <p class="banner" role="alert">
          {w('lost')} {spell(Date.now() - live.lostSinceMs)} {w('old')}
        </p>
      )}
      {live.error && at.page === 'duty' && (
        <p class="banner" role="alert">
          {live.error}
        </p>
      )}
      {at.alert !== null ? (
        <AlertPage
          key={at.alert}
          id={at.alert}
          back={() => go('/duty')}
          onLoggedOut={onLoggedOut}
        />
      ) : at.page === 'houses' ? (
        <HousesPage onLoggedOut={onLoggedOut} />
      ) : at.page === 'devices' ? (
        <DevicesPage onLoggedOut={onLoggedOut} />
      ) : at.page === 'reports' ? (
        <ReportsPage onLoggedOut={onLoggedOut} />
      ) : (
        <DutyPage live={live} open={(id) => go(`/alerts/${id}`)} />
      )}
      <footer>
        {w('advisory')} · {role}
      </footer>
    </>
  );
}

const root = document.getElementById('app');
if (root) render(<App />, root);
