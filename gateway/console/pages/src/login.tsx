import { useState } from 'preact/hooks';
import { ApiError, post } from './api.ts';
import { type Filled, Form } from './form.tsx';
import { w } from './words.ts';

interface Way {
  /** What is asked for now. */
  readonly asks: 'password' | 'code' | 'new';
  readonly known: Filled;
}

/** Logging in: name and password, then what else the box wants; and the very first account. */
export function Login({
  needsSetup,
  onDone,
}: {
  readonly needsSetup: boolean;
  readonly onDone: () => void;
}) {
  const [way, setWay] = useState<Way>({ asks: 'password', known: {} });

  const logIn = async ({ name, password, remember, code }: Filled) => {
    await post('/session', {
      name,
      password,
      remember: remember !== undefined,
      ...(code === undefined ? {} : { code }),
    });
    onDone();
  };
  const send = async (filled: Filled) => {
    const all: Filled = { ...way.known, ...filled };
    const { name = '', password = '', code = '' } = all;
    if (way.asks === 'new') {
      const chosen = all.chosen ?? '';
      await post('/password', { name, code: password, password: chosen });
      await logIn({ ...all, password: chosen });
      return;
    }
    try {
      if (needsSetup) {
        await post('/setup', { code, name, password });
        await logIn({ name, password });
      } else await logIn(all);
    } catch (cause) {
      const asked = cause instanceof ApiError ? cause.code : '';
      if (asked === 'SECOND') setWay({ asks: 'code', known: all });
      else if (asked === 'CHOOSE') setWay({ asks: 'new', known: all });
      else throw cause;
    }
  };
  const title = needsSetup ? 'setup' : way.asks === 'new' ? 'choosePassword' : 'login';
  return (
    <main class="login">
      <h1>{w(title)}</h1>
      {needsSetup && <p class="quiet">{w('setupHint')}</p>}
      {/* A form of its own for each step: what one holds is not carried into the next. */}
      <Form key={way.asks} label={w(title)} onSend={send}>
        {way.asks === 'password' && (
          <>
            {needsSetup && (
              <label>
                {w('code')}
                <input name="code" required autocomplete="one-time-code" />
              </label>
            )}
            <label>
              {w('name')}
              <input name="name" required autocomplete="username" autocapitalize="none" />
            </label>
            <label>
              {w('password')}
              <input
                name="password"
                type="password"
                required
                autocomplete={needsSetup ? 'new-password' : 'current-password'}
                minLength={needsSetup ? 10 : 1}
              />
            </label>
            {!needsSetup && (
              <label class="row">
                <input name="remember" type="checkbox" /> {w('remember')}
              </label>
            )}
          </>
        )}
        {way.asks === 'code' && (
          <label>
            {w('factorCode')}
            <input name="code" required autocomplete="one-time-code" inputMode="text" />
          </label>
        )}
        {way.asks === 'new' && (
          <label>
            {w('newPassword')}
            <input
              name="chosen"
              type="password"
              required
              minLength={10}
              autocomplete="new-password"
            />
          </label>
        )}
      </Form>
      <p class="quiet">{w('advisory')}</p>
    </main>
  );
}
