import { useState } from 'preact/hooks';
import { post, said } from './api.ts';
import { Blank, Form } from './form.tsx';
import { useLive } from './live.ts';
import { type Role, roles } from './session.ts';
import { dateClock } from './time.ts';
import { w } from './words.ts';

interface Account {
  readonly name: string;
  readonly role: Role;
  readonly disabled: boolean;
  readonly pending: boolean;
  readonly factor: boolean;
  readonly seenMs: number | null;
}
interface Code {
  readonly name: string;
  readonly code: string;
}

/** Accounts of the committee; a new one gets a code that works once. */
export function AccountsPage({
  own,
  onLoggedOut,
}: {
  readonly own: string;
  readonly onLoggedOut: () => void;
}) {
  const live = useLive<{ accounts: readonly Account[] }>('/accounts', onLoggedOut, false);
  const [code, setCode] = useState<Code | null>(null);
  const [error, setError] = useState<string | null>(null);
  if (!live.data) return <Blank error={live.error} />;
  const change = async (name: string, path: string, body: object) => {
    try {
      const answer = await post<{ code?: string }>(
        `/accounts/${encodeURIComponent(name)}${path}`,
        body,
      );
      setCode(answer.code === undefined ? null : { name, code: answer.code });
      setError(null);
    } catch (cause) {
      setError(said(cause));
    }
    live.refresh();
  };
  return (
    <main>
      {code && (
        <section class="state" role="status">
          <p>
            {code.name} · {w('oneTime')}
          </p>
          <p class="code">{code.code}</p>
          <p class="quiet">{w('oneTimeHint')}</p>
        </section>
      )}
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      <ul class="facts">
        {live.data.accounts.map((account) => (
          <Line
            key={account.name}
            account={account}
            own={account.name === own}
            change={(path, body) => change(account.name, path, body)}
          />
        ))}
      </ul>
      <section class="panel">
        <h2>{w('newAccount')}</h2>
        <p class="quiet">{w('accountHint')}</p>
        <Form
          label={w('make')}
          onSend={async ({ name = '', role }) => {
            const made = await post<{ code: string }>('/accounts', { name, role });
            setCode({ name, code: made.code });
            scrollTo({ top: 0 });
            live.refresh();
          }}
        >
          <label>
            {w('name')}
            <input name="name" required maxLength={20} autocomplete="off" autocapitalize="none" />
          </label>
          <label>
            {w('roleOf')}
            <select name="role">
              {roles.map((role) => (
                <option key={role} value={role}>
                  {w(`${role}_role`)}
                </option>
              ))}
            </select>
          </label>
        </Form>
      </section>
    </main>
  );
}

function Line({
  account: { name, role, disabled, pending, factor, seenMs },
  own,
  change,
}: {
  readonly account: Account;
  readonly own: boolean;
  readonly change: (path: string, body: object) => void;
}) {
  const facts = [
    w(`${role}_role`),
    ...(own ? [w('own')] : []),
    ...(disabled ? [w('disabled')] : []),
    ...(pending ? [w('pending')] : []),
    ...(factor ? [`${w('factor')} ✓`] : []),
    ...(seenMs === null ? [] : [`${w('lastSeen')} ${dateClock(seenMs)}`]),
  ];
  return (
    <li class={disabled ? 'off' : ''}>
      <b>{name}</b>
      <span class="quiet">{facts.join(' · ')}</span>
      {!own && (
        <div class="actions">
          <button type="button" onClick={() => change('', { disabled: !disabled })}>
            {w(disabled ? 'enable' : 'disable')}
          </button>
          <button type="button" onClick={() => change('/code', {})}>
            {w('reset')}
          </button>
          {factor && (
            <button type="button" onClick={() => change('/factor/remove', {})}>
              {w('dropFactor')}
            </button>
          )}
        </div>
      )}
    </li>
  );
}
