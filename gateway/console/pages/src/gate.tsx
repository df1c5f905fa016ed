import { useState } from 'preact/hooks';
import { post, said } from './api.ts';
import { Blank, type Filled, Form } from './form.tsx';
import { useLive } from './live.ts';
import { ago } from './time.ts';
import { isWord, w } from './words.ts';

interface Lane {
  readonly id: string;
  readonly title: string;
  readonly direction: string;
  readonly barrier: 'closed' | 'open' | 'moving' | 'fault' | 'unknown';
  readonly barrierMs: number | null;
  readonly lastMs: number | null;
  readonly opens: boolean;
  readonly keepsPlates: boolean;
}
interface Outcome {
  readonly result: 'accepted' | 'refused' | 'no answer' | 'offline' | 'busy' | 'impossible';
  readonly reason?: string;
  readonly moved?: boolean;
}

/** A second tap within this is meant; later it is asked again, ms. */
const sureMs = 5000;

/** The lanes of the gate: where the arm is, and one pulse for whoever may give it. */
export function GatePage({ onLoggedOut }: { readonly onLoggedOut: () => void }) {
  const live = useLive<{
    nowMs: number;
    mayOpen: boolean;
    mayList: boolean;
    lanes: readonly Lane[];
  }>('/lanes', onLoggedOut);
  if (!live.data) return <Blank error={live.error} />;
  const { nowMs, mayOpen, mayList, lanes } = live.data;
  const keepers = lanes.filter(({ keepsPlates }) => keepsPlates);
  return (
    <main>
      <ul class="facts">
        {lanes.map((lane) => (
          <LaneRow key={lane.id} lane={lane} nowMs={nowMs} mayOpen={mayOpen} done={live.refresh} />
        ))}
      </ul>
      {mayList && keepers.length > 0 && <PlateForm lanes={keepers} />}
    </main>
  );
}

interface PlateOutcome {
  readonly device: string;
  readonly result: Outcome['result'];
  readonly reason?: string;
  readonly listed?: boolean;
}

/** One plate on or off the list that the cameras of a lane keep; the list itself is shown to nobody. */
function PlateForm({ lanes }: { readonly lanes: readonly Lane[] }) {
  const [answers, setAnswers] = useState<readonly PlateOutcome[]>([]);
  const send = async ({ lane, plate, action }: Filled) => {
    setAnswers(await post<PlateOutcome[]>(`/lanes/${lane}/plates`, { plate, action }));
  };
  return (
    <section>
      <h2>{w('plates')}</h2>
      <p>{w('platesHint')}</p>
      <Form label={w('platesSend')} onSend={send}>
        <label>
          {w('platesLane')}
          <select name="lane">
            {lanes.map(({ id, title }) => (
              <option key={id} value={id}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <label>
          {w('platesPlate')}
          <input name="plate" required minLength={5} maxLength={16} autocomplete="off" />
        </label>
        <label>
          {w('platesAction')}
          <select name="action">
            <option value="add">{w('platesAdd')}</option>
            <option value="remove">{w('platesRemove')}</option>
          </select>
        </label>
      </Form>
      <ul class="facts">
        {answers.map(({ device, result, reason, listed }) => (
          <li key={device} role="status">
            <b>{device}</b>
            <span>
              {w(result === 'accepted' ? 'plates_accepted' : resultWords[result])}
              {listed === undefined ? '' : ` · ${w(listed ? 'platesOn' : 'platesOff')}`}
              {reason ? ` · ${reason}` : ''}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function LaneRow({
  lane,
  nowMs,
  mayOpen,
  done,
}: {
  readonly lane: Lane;
  readonly nowMs: number;
  readonly mayOpen: boolean;
  readonly done: () => void;
}) {
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState<string | null>(null);
  const press = async () => {
    if (!asked) {
      setAsked(true);
      setTimeout(() => setAsked(false), sureMs);
      return;
    }
    setAsked(false);
    setBusy(true);
    setAnswer(w('sending'));
    try {
      const { result, reason, moved } = await post<Outcome>(`/lanes/${lane.id}/open`, {});
      const key = result === 'accepted' ? acceptedWord(moved) : resultWords[result];
      setAnswer(`${w(key)}${reason ? ` · ${reason}` : ''}`);
    } catch (cause) {
      setAnswer(said(cause));
    }
    setBusy(false);
    done();
  };
  const state = `arm_${lane.barrier}`;
  return (
    <li class={lane.barrier === 'fault' ? 'troubled' : ''}>
      <b>{lane.title}</b>
      <span>
        {isWord(state) ? w(state) : lane.barrier}
        {lane.barrierMs === null ? '' : ` · ${ago(nowMs - lane.barrierMs)}`}
      </span>
      {mayOpen && lane.opens && (
        <span>
          <button type="button" class={asked ? 'primary' : ''} disabled={busy} onClick={press}>
            {asked ? `${w('openSure')} ${lane.title}` : w('openArm')}
          </button>
        </span>
      )}
      {answer !== null && <span role="status">{answer}</span>}
    </li>
  );
}

/** The device's "yes" is not the arm: only its position is. */
const acceptedWord = (moved: boolean | undefined) =>
  moved === undefined ? 'acceptedUnseen' : moved ? 'acceptedMoved' : 'acceptedStill';

const resultWords = {
  refused: 'result_refused',
  'no answer': 'result_silent',
  offline: 'result_offline',
  busy: 'result_busy',
  impossible: 'result_impossible',
} as const;
