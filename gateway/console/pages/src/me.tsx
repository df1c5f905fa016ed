import { useState } from 'preact/hooks';
import { post } from './api.ts';
import { FactorPanel } from './factor.tsx';
import { Form } from './form.tsx';
import type { LoggedIn } from './session.ts';
import { w } from './words.ts';

/** The own account: password and second factor. */
export function MePage({
  session,
  changed,
}: {
  readonly session: LoggedIn;
  readonly changed: () => void;
}) {
  const { account, needsFactor } = session;
  const [done, setDone] = useState(false);
  return (
    <main>
      <h1>
        {account.name} · {w(`${account.role}_role`)}
      </h1>
      {needsFactor && (
        <p class="error" role="alert">
          {w('factorNeeded')}
        </p>
      )}
      <FactorPanel enrolled={account.factor} changed={changed} />
      <section class="panel">
        <h2>{w('changePassword')}</h2>
        {done && <p role="status">✓ {w('changed')}</p>}
        <Form
          label={w('changePassword')}
          onSend={async ({ old, password }) => {
            await post('/password/change', { old, password });
            setDone(true);
          }}
        >
          <label>
            {w('oldPassword')}
            <input name="old" type="password" required autocomplete="current-password" />
          </label>
          <label>
            {w('newPassword')}
            <input
              name="password"
              type="password"
              required
              minLength={10}
              autocomplete="new-password"
            />
          </label>
        </Form>
      </section>
    </main>
  );
}
