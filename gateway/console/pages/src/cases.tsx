import { Blank } from './form.tsx';
import { Link } from './link.tsx';
import { useLive } from './live.ts';
import { dateClock } from './time.ts';
import { type Word, w } from './words.ts';

/** In the order of the work; the two ends stand last. */
export const caseStates = [
  'suspected',
  'verified',
  'notified',
  'rectifying',
  'rechecked_bad',
  'reported',
  'handed_over',
  'rechecked_ok',
  'closed',
  'rejected',
] as const;
export type CaseState = (typeof caseStates)[number];

export interface Case {
  readonly id: number;
  readonly alertId: number | null;
  readonly rule: string;
  readonly place: string;
  readonly state: CaseState;
  readonly dueMs?: number;
  readonly openedAtMs: number;
  readonly changedAtMs: number;
  readonly gridNumber?: string;
  readonly next: readonly CaseState[];
}

/** `closed` is another word for an alert than for a case. */
export const stateWord = (state: CaseState): Word => (state === 'closed' ? 'caseClosed' : state);

/** When a case is due, and whether that has passed. */
export function Due({
  dueMs,
  nowMs,
}: {
  readonly dueMs: number | undefined;
  readonly nowMs: number;
}) {
  if (dueMs === undefined) return null;
  const late = dueMs < nowMs;
  return (
    <span class={late ? 'error' : 'quiet'}>
      {late ? `! ${w('overdue')} · ` : ''}
      {w('due')} {dateClock(dueMs)}
    </span>
  );
}

/** All cases that are in work, by step; closed ones of three months below. */
export function CasesPage({ onLoggedOut }: { readonly onLoggedOut: () => void }) {
  const live = useLive<{ nowMs: number; cases: readonly Case[] }>('/cases', onLoggedOut);
  if (!live.data) return <Blank error={live.error} />;
  const { cases, nowMs } = live.data;
  const columns = caseStates
    .map((state) => ({ state, of: cases.filter((one) => one.state === state) }))
    .filter(({ of }) => of.length > 0);
  return (
    <main>
      <h1 class="hidden">{w('cases')}</h1>
      {cases.length === 0 && <p class="quiet">{w('noCases')}</p>}
      <div class="columns">
        {columns.map(({ state, of }) => (
          <section key={state} class="panel">
            <h2>
              {w(stateWord(state))} {of.length}
            </h2>
            <ul class="story">
              {of.map((one) => (
                <li key={one.id}>
                  <Link to={`/cases/${one.id}`}>
                    <b>{one.place}</b> · {dateClock(one.openedAtMs)}
                  </Link>
                  <Due dueMs={one.dueMs} nowMs={nowMs} />
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </main>
  );
}
