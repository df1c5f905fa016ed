import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { AccountsPage } from './accounts.tsx';
import { AlertPage } from './alert.tsx';
import { get, remove } from './api.ts';
import { CasePage } from './case.tsx';
import { CasesPage } from './cases.tsx';
import { DevicesPage } from './devices.tsx';
import { DutyPage } from './duty.tsx';
import { GatePage } from './gate.tsx';
import { HousesPage } from './houses.tsx';
import { useLive } from './live.ts';
import { Login } from './login.tsx';
import { MePage } from './me.tsx';
import { Menu } from './menu.tsx';
import { PrivacyPage } from './privacy.tsx';
import { ReportsPage } from './reports.tsx';
import { RosterPage } from './roster.tsx';
import { go, type Page, pagesFor, usePlace } from './router.ts';
import { RulesPage } from './rules.tsx';
import type { LoggedIn, Session } from './session.ts';
import './style.css';
import { SystemPage } from './system.tsx';
import { clock, setOffset, spell } from './time.ts';
import { currentLanguage, switchLanguage, w } from './words.ts';

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
          <span class="end">
            <LanguageButton flip={flip} />
          </span>
        </header>
        <Login needsSetup={session.needsSetup} onDone={load} />
      </>
    );
  }
  return <Inside key={currentLanguage()} session={session} flip={flip} onLoggedOut={load} />;
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

function Inside({
  session: first,
  flip,
  onLoggedOut,
}: {
  readonly session: LoggedIn;
  readonly flip: () => void;
  readonly onLoggedOut: () => void;
}) {
  const at = usePlace();
  const live = useLive<Session>('/session', onLoggedOut, false);
  const over = live.data !== null && live.data.account === null;
  useEffect(() => {
    if (over) onLoggedOut();
  }, [over]);
  const session = live.data?.account ? live.data : first;
  setOffset(session.site.utcOffsetMs);
  const open: readonly Page[] = session.needsFactor ? ['me'] : pagesFor(session.rights);
  const wanted: Page = at.page === 'alerts' ? 'duty' : at.page;
  const page = open.includes(wanted) ? wanted : (open[0] ?? 'me');
  const logout = async () => {
    await remove('/session').catch(() => {}); // the page is left either way
    onLoggedOut();
  };
  return (
    <>
      <header class="bar">
        <strong>{session.site.name}</strong>
        <span class="now">
          {clock(session.nowMs)}{' '}
          <i
            class={session.clockTrusted ? 'dot good' : 'dot bad'}
            role="img"
            aria-label={w(session.clockTrusted ? 'trusted' : 'untrusted')}
          />
        </span>
        <span class="end">
          <LanguageButton flip={flip} />
          <button type="button" class="plain" onClick={logout}>
            {w('logout')}
          </button>
        </span>
      </header>
      <Menu pages={open} page={page} />
      {live.lostSinceMs !== null && (
        <p class="banner" role="alert">
          {w('lost')} {spell(Date.now() - live.lostSinceMs)} {w('old')}
        </p>
      )}
      <Shown
        page={page}
        at={at.page === 'alerts' ? 'alerts' : page}
        id={at.id}
        session={session}
        changed={live.refresh}
        onLoggedOut={onLoggedOut}
      />
      <footer>
        {w('advisory')} · {session.account.name} · {w(`${session.account.role}_role`)}
      </footer>
    </>
  );
}

function Shown({
  page,
  at,
  id,
  session,
  changed,
  onLoggedOut,
}: {
  readonly page: Page;
  readonly at: Page | 'alerts';
  readonly id: string | null;
  readonly session: LoggedIn;
  readonly changed: () => void;
  readonly onLoggedOut: () => void;
}) {
  const out = { onLoggedOut };
  const number = id !== null && /^\d{1,15}$/.test(id) ? Number(id) : null;
  const mayOpenCase = session.rights.includes('cases.act');
  if (at === 'alerts' && page === 'duty' && number !== null)
    return <AlertPage key={number} id={number} mayOpenCase={mayOpenCase} {...out} />;
  switch (page) {
    case 'duty':
      return <DutyPage open={(alert) => go(`/alerts/${alert}`)} {...out} />;
    case 'cases':
      return number === null ? (
        <CasesPage {...out} />
      ) : (
        <CasePage key={number} id={number} {...out} />
      );
    case 'gate':
      return <GatePage {...out} />;
    case 'houses':
      return <HousesPage chosenId={id} {...out} />;
    case 'roster':
      return <RosterPage {...out} />;
    case 'rules':
      return (
        <RulesPage
          mayOpen={session.rights.includes('alerts.read')}
          mayTry={session.rights.includes('rules.try')}
          {...out}
        />
      );
    case 'reports':
      return <ReportsPage {...out} />;
    case 'devices':
      return <DevicesPage {...out} />;
    case 'privacy':
      return <PrivacyPage {...out} />;
    case 'system':
      return <SystemPage {...out} />;
    case 'accounts':
      return <AccountsPage own={session.account.name} {...out} />;
    case 'me':
      return <MePage session={session} changed={changed} />;
  }
}

const root = document.getElementById('app');
if (root) render(<App />, root);
