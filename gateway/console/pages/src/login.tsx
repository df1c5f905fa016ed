import { useState } from 'preact/hooks';
import { post } from './api.ts';
import { w } from './words.ts';

/** Logging in, and the very first account. */
export function Login({
  needsSetup,
  onDone,
}: {
  readonly needsSetup: boolean;
  readonly onDone: () => void;
}) {
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (key: string) => String(form.get(key) ?? '');
    setBusy(true);
    try {
      const [name, password] = [text('name'), text('password')];
      if (needsSetup) await post('/setup', { code: text('code'), name, password });
      await post('/session', { name, password, remember: form.get('remember') !== null });
      onDone();
    } catch (cause) {
      setError((cause as Error).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <main class="login">
      <h1>{needsSetup ? w('setup') : 'gatehouse'}</h1>
      {needsSetup && <p class="quiet">{w('setupHint')}</p>}
      <form onSubmit={submit}>
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
        <label class="row">
          <input name="remember" type="checkbox" /> {w('remember')}
        </label>
        {error && (
          <p class="error" role="alert">
            {error}
          </p>
        )}
        <button type="submit" class="primary" disabled={busy}>
          {needsSetup ? w('setup') : w('login')}
        </button>
      </form>
      <p class="quiet">{w('advisory')}</p>
    </main>
  );
}
