import { useState } from 'preact/hooks';
import { post, said, type Words } from './api.ts';
import { Blank, type Filled, Form } from './form.tsx';
import { useLive } from './live.ts';
import { dateClock } from './time.ts';
import { currentLanguage, w } from './words.ts';

interface Hold {
  readonly id: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: string;
  readonly document: string;
  readonly askedBy: string;
  readonly approvedBy?: string;
  readonly endsMs: number;
  readonly liftedAtMs?: number;
}
interface Request {
  readonly id: number;
  readonly number: string;
  readonly kind: 'export' | 'correct' | 'restrict' | 'delete' | 'withdraw';
  readonly dueMs: number;
  readonly result?: 'done' | 'not-identified' | 'nothing-kept' | 'held-by-law';
}
const kinds = ['export', 'correct', 'restrict', 'delete', 'withdraw'] as const;
const results = ['done', 'not-identified', 'nothing-kept', 'held-by-law'] as const;

const steps = ['asked', 'given', 'refused', 'withdrawn'] as const;
const channels = ['counter', 'paper', 'telephone'] as const;

interface Privacy {
  readonly nowMs: number;
  readonly kept: readonly {
    readonly zh: string;
    readonly en: string;
    readonly rows: number;
    readonly oldestMs: number | null;
  }[];
  readonly holds: readonly Hold[];
  readonly requests: readonly Request[];
  readonly consents: Readonly<Record<(typeof steps)[number], number>>;
  readonly accesses: readonly {
    readonly purpose: string;
    readonly text: Words;
    readonly n: number;
  }[];
  readonly nonFace: { readonly n: number; readonly of: number };
  readonly auditBrokenAt: number | null;
  readonly mayAsk: boolean;
  readonly mayApprove: boolean;
}

/** What the box keeps of people: figures, no names; and windows that nobody may delete for a while. */
export function PrivacyPage({ onLoggedOut }: { readonly onLoggedOut: () => void }) {
  const live = useLive<Privacy>('/privacy', onLoggedOut, false);
  if (!live.data) return <Blank error={live.error} />;
  const { kept, accesses, nonFace, auditBrokenAt } = live.data;
  const zh = currentLanguage() === 'zh';
  return (
    <main>
      <p>{w('privacyHint')}</p>
      <ul class="facts">
        {kept.map((one) => (
          <li key={one.en}>
            <b>{zh ? one.zh : one.en}</b>
            <span>
              {one.rows}
              {one.oldestMs === null ? '' : ` · ${w('privacyOldest')} ${dateClock(one.oldestMs)}`}
            </span>
          </li>
        ))}
        <li>
          <b>{w('privacyNonFace')}</b>
          <span>{nonFace.of === 0 ? '—' : `${nonFace.n}/${nonFace.of}`}</span>
        </li>
        <li class={auditBrokenAt === null ? '' : 'troubled'}>
          <b>{w('privacyAudit')}</b>
          <span>
            {auditBrokenAt === null ? w('privacyWhole') : `${w('privacyBroken')} ${auditBrokenAt}`}
          </span>
        </li>
        {accesses.map(({ purpose, text, n }) => (
          <li key={purpose}>
            <b>
              {w('privacyAccess')} {text[currentLanguage()]}
            </b>
            <span>{n}</span>
          </li>
        ))}
      </ul>
      <Consents data={live.data} done={live.refresh} />
      <Requests data={live.data} done={live.refresh} />
      <Holds data={live.data} done={live.refresh} />
    </main>
  );
}

/** Who agreed to a face terminal, in figures; giving and withdrawing are the same one step. */
function Consents({ data, done }: { readonly data: Privacy; readonly done: () => void }) {
  const record = async ({ number, step, channel, minor, guardian, request }: Filled) => {
    await post('/consents', {
      number,
      step,
      channel,
      minor: minor !== undefined,
      guardian: guardian !== undefined,
      ...(request ? { request } : {}),
    });
    done();
  };
  return (
    <section>
      <h2>{w('consents')}</h2>
      <p class="quiet">{w('consentsHint')}</p>
      <ul class="facts">
        {steps.map((step) => (
          <li key={step}>
            <b>{w(`consent_${step}`)}</b>
            <span>{data.consents[step]}</span>
          </li>
        ))}
      </ul>
      {data.mayAsk && (
        <Form label={w('consentRecord')} onSend={record}>
          <label>
            {w('consentNumber')}
            <input name="number" required maxLength={40} autocomplete="off" />
          </label>
          <label>
            {w('consentStep')}
            <select name="step">
              {steps.map((step) => (
                <option key={step} value={step}>
                  {w(`consent_${step}`)}
                </option>
              ))}
            </select>
          </label>
          <label>
            {w('consentChannel')}
            <select name="channel">
              {channels.map((channel) => (
                <option key={channel} value={channel}>
                  {w(`consent_${channel}`)}
                </option>
              ))}
            </select>
          </label>
          <label class="row">
            <input name="minor" type="checkbox" /> {w('consentMinor')}
          </label>
          <label class="row">
            <input name="guardian" type="checkbox" /> {w('consentGuardian')}
          </label>
          <label>
            {w('consentRequest')}
            <input name="request" pattern="[\w\-]{1,20}" autocomplete="off" />
          </label>
        </Form>
      )}
    </section>
  );
}

/** Requests of persons by their number in the register, and how long there is to answer them. */
function Requests({ data, done }: { readonly data: Privacy; readonly done: () => void }) {
  const close = async (id: number, result: string) => {
    await post(`/requests/${id}/close`, { result });
    done();
  };
  const open = async ({ number, kind }: Filled) => {
    await post('/requests', { number, kind });
    done();
  };
  return (
    <section>
      <h2>{w('requests')}</h2>
      <p class="quiet">{w('requestsHint')}</p>
      <ul class="facts">
        {data.requests.map(({ id, number, kind, dueMs, result }) => (
          <li key={id} class={result === undefined && dueMs < data.nowMs ? 'troubled' : ''}>
            <b>
              {number} · {w(`request_${kind}`)}
            </b>
            <span>
              {result === undefined
                ? `${w('requestDue')} ${dateClock(dueMs)}`
                : w(`request_${result}`)}
            </span>
            {result === undefined && data.mayAsk && (
              <span>
                {results.map((one) => (
                  <button key={one} type="button" onClick={() => close(id, one)}>
                    {w(`request_${one}`)}
                  </button>
                ))}
              </span>
            )}
          </li>
        ))}
      </ul>
      {data.mayAsk && (
        <Form label={w('requestOpen')} onSend={open}>
          <label>
            {w('requestNumber')}
            <input name="number" required pattern="[\w\-]{1,20}" />
          </label>
          <label>
            {w('requestKind')}
            <select name="kind">
              {kinds.map((kind) => (
                <option key={kind} value={kind}>
                  {w(`request_${kind}`)}
                </option>
              ))}
            </select>
          </label>
        </Form>
      )}
    </section>
  );
}

function Holds({ data, done }: { readonly data: Privacy; readonly done: () => void }) {
  const [error, setError] = useState<string | null>(null);
  const act = async (path: string) => {
    try {
      await post(`/holds/${path}`, {});
      setError(null);
    } catch (cause) {
      setError(said(cause));
    }
    done();
  };
  const ask = async ({ day, fromHour, toHour, reason, document, days }: Filled) => {
    const numbers = { fromHour: Number(fromHour), toHour: Number(toHour), days: Number(days) };
    await post('/holds', { day, reason, document, ...numbers });
    done();
  };
  return (
    <section>
      <h2>{w('holds')}</h2>
      <p class="quiet">{w('holdsHint')}</p>
      <ul class="facts">
        {data.holds.map((hold) => {
          const over = hold.liftedAtMs !== undefined || hold.endsMs <= data.nowMs;
          return (
            <li key={hold.id}>
              <b>
                {dateClock(hold.fromMs)} – {dateClock(hold.toMs)}
              </b>
              <span>
                {hold.document} · {hold.reason} · {w('holdUntil')} {dateClock(hold.endsMs)}
              </span>
              <span class="quiet">
                {over
                  ? w('holdOver')
                  : hold.approvedBy
                    ? `${w('holdHeld')} · ${hold.askedBy}、${hold.approvedBy}`
                    : `${w('holdWaits')} · ${hold.askedBy}`}
              </span>
              {!over && (
                <span>
                  {data.mayApprove && !hold.approvedBy && (
                    <button type="button" class="primary" onClick={() => act(`${hold.id}/approve`)}>
                      {w('holdApprove')}
                    </button>
                  )}
                  {data.mayAsk && (
                    <button type="button" onClick={() => act(`${hold.id}/lift`)}>
                      {w('holdLift')}
                    </button>
                  )}
                </span>
              )}
            </li>
          );
        })}
      </ul>
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {data.mayAsk && (
        <Form label={w('holdAsk')} onSend={ask}>
          <label>
            {w('holdDay')}
            <input name="day" type="date" required />
          </label>
          <label>
            {w('holdFrom')}
            <input name="fromHour" type="number" min={0} max={23} required />
          </label>
          <label>
            {w('holdTo')}
            <input name="toHour" type="number" min={1} max={24} required />
          </label>
          <label>
            {w('holdReason')}
            <input name="reason" required minLength={2} maxLength={60} />
          </label>
          <label>
            {w('holdDocument')}
            <input name="document" required maxLength={40} />
          </label>
          <label>
            {w('holdDays')}
            <input name="days" type="number" min={1} max={90} required />
          </label>
        </Form>
      )}
    </section>
  );
}
