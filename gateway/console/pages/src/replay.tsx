import { useEffect, useState } from 'preact/hooks';
import { get, post, remove, said, type Words } from './api.ts';
import { Bars } from './bars.tsx';
import { type Filled, Form } from './form.tsx';
import { Link } from './link.tsx';
import type { Rule } from './rule.ts';
import { dateClock } from './time.ts';
import { currentLanguage, w } from './words.ts';

type Was = 'told' | 'quiet' | 'shadow' | 'false_alarm';
type Severity = 'info' | 'minor' | 'major' | 'critical';
type Level = 'possible' | 'probable' | 'confirmed';

/** Where the one replay of the box stands. */
interface State {
  readonly state: 'idle' | 'running' | 'done' | 'failed' | 'cancelled';
  readonly mostDays: number;
  readonly rule?: string;
  readonly share?: number;
  readonly result?: {
    readonly days: readonly {
      readonly day: string;
      readonly alerts: number;
      readonly notes: number;
    }[];
    readonly alerts: number;
    readonly alertsADay: number;
    readonly readings: number;
    readonly levels: readonly {
      readonly severity: Severity;
      readonly level?: Level;
      readonly n: number;
    }[];
    readonly found: readonly {
      readonly id: string;
      readonly title: string;
      readonly severity: Severity;
      readonly level?: Level;
      readonly raisedMs: number;
      readonly text: Words;
      readonly alertId?: number;
      readonly was?: Was;
    }[];
    readonly left: number;
  };
  readonly told?: {
    readonly days: Readonly<Record<string, number>>;
    readonly alerts: number;
    readonly told: number;
    readonly gone: number | null;
  };
}

export interface ReplayPanel {
  readonly state: State | null;
  readonly error: string | null;
  begin(rule: string, body: object): Promise<void>;
  cancel(): Promise<void>;
}

const whileRunningMs = 1000;

/** The replay of the box, asked every second while it runs. */
export function useReplay(mayTry: boolean): ReplayPanel {
  const [state, setState] = useState<State | null>(null);
  const [error, setError] = useState<string | null>(null);
  const look = async () => {
    try {
      setState(await get<State>('/replay'));
      setError(null);
    } catch (cause) {
      setError(said(cause));
    }
  };
  useEffect(() => {
    if (mayTry) void look();
  }, [mayTry]);
  const running = state?.state === 'running';
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => void look(), whileRunningMs);
    return () => clearInterval(timer);
  }, [running]);
  return {
    state,
    error,
    async begin(rule, body) {
      await post(`/rules/${rule}/replay`, body);
      await look();
    },
    async cancel() {
      await remove('/replay');
      await look();
    },
  };
}

/** What would this rule have done? Asked for, watched, and read below the rule. */
export function Replay({
  rule,
  mayOpen,
  panel,
}: {
  readonly rule: Rule;
  readonly mayOpen: boolean;
  readonly panel: ReplayPanel;
}) {
  const { state } = panel;
  const [opened, setOpened] = useState<boolean | null>(null);
  if (!state) return null;
  const shown = opened ?? state.rule === rule.id;
  return (
    <details open={shown} onToggle={(event) => setOpened(event.currentTarget.open)}>
      <summary>{w('tryRule')}</summary>
      {shown && <Trial rule={rule} mayOpen={mayOpen} panel={panel} state={state} />}
    </details>
  );
}

function Trial({
  rule,
  mayOpen,
  panel,
  state,
}: {
  readonly rule: Rule;
  readonly mayOpen: boolean;
  readonly panel: ReplayPanel;
  readonly state: State;
}) {
  const own = state.rule === rule.id;
  const running = state.state === 'running';
  const send = async (filled: Filled) => {
    const { days, ...limits } = filled;
    const settings = Object.fromEntries(
      Object.entries(limits).map(([key, text]) => [key, settingOf(text)]),
    );
    await panel.begin(rule.id, { days: Number(days ?? 7), settings });
  };
  return (
    <>
      <p class="quiet">{w('tryHint')}</p>
      {running && own && (
        <div>
          <label>
            {w('tryRunning')} {Math.round((state.share ?? 0) * 100)}%
            <progress max={1} value={state.share ?? 0} />
          </label>
          <button type="button" onClick={() => void panel.cancel()}>
            {w('tryCancel')}
          </button>
        </div>
      )}
      {running && !own && <p class="quiet">{w('tryBusy')}</p>}
      {!running && (
        <Form label={w('tryBegin')} onSend={send}>
          <label>
            {w('tryDays')}
            <input
              name="days"
              type="number"
              min={1}
              max={state.mostDays}
              defaultValue="7"
              required
            />
          </label>
          <details>
            <summary>
              {w('limits')}（{w('tryDefault')}）
            </summary>
            {rule.limits.map(({ key, value }) => (
              <label key={key}>
                <code>{key}</code>
                <input name={key} autocomplete="off" placeholder={JSON.stringify(value)} />
              </label>
            ))}
          </details>
        </Form>
      )}
      {panel.error && <p class="error">{panel.error}</p>}
      {own && state.state === 'cancelled' && <p>{w('tryCancelled')}</p>}
      {own && state.state === 'failed' && <p class="error">{w('tryFailed')}</p>}
      {own && state.result && <Result state={state} mayOpen={mayOpen} />}
    </>
  );
}

/** A number, a list, true or false as they stand in gateway.yaml; else the text itself. */
function settingOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function Result({ state, mayOpen }: { readonly state: State; readonly mayOpen: boolean }) {
  const { result, told } = state;
  if (!result || !told) return null;
  const language = currentLanguage();
  const notes = result.days.reduce((sum, day) => sum + day.notes, 0);
  return (
    <div class="replayed">
      <p>
        <span class="key">
          {w('tryWould')} <b>{result.alerts}</b>（{w('tryADay')} {result.alertsADay.toFixed(1)}）
        </span>
        {notes > 0 && ` · ${notes} ${w('tryNotes')}`}
        <br />
        <span class="key really">
          {w('tryReally')} <b>{told.alerts}</b>
        </span>
        {` · ${told.told} ${w('tryToldOf')}`}
        {(told.gone ?? 0) > 0 && ` · ${told.gone} ${w('tryGone')}`}
      </p>
      <Bars
        label={`${w('tryWould')} ${result.alerts} · ${w('tryReally')} ${told.alerts}`}
        days={result.days.map(({ day, alerts }) => ({
          day,
          would: alerts,
          really: told.days[day] ?? 0,
        }))}
      />
      <p class="quiet">
        {result.levels
          .map(({ severity, level, n }) => `${level ? w(`level_${level}`) : w(severity)} ${n}`)
          .join(' · ')}
        {` · ${result.readings.toLocaleString()} ${w('tryReadings')}`}
      </p>
      {result.found.length === 0 && <p>{w('tryNothing')}</p>}
      <ul class="story">
        {result.found.map(({ id, title, raisedMs, text, severity, level, alertId, was }) => {
          const line = `${dateClock(raisedMs)} · ${title} · ${level ? w(`level_${level}`) : w(severity)} · ${w(`was_${was ?? 'none'}`)}`;
          return (
            <li key={id}>
              {mayOpen && alertId !== undefined ? (
                <Link to={`/alerts/${alertId}`}>{line}</Link>
              ) : (
                <span>{line}</span>
              )}
              <span class="quiet">{text[language]}</span>
            </li>
          );
        })}
      </ul>
      {result.left > 0 && (
        <p class="quiet">
          {result.left} {w('tryLeft')}
        </p>
      )}
    </div>
  );
}
