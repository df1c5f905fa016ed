import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { said } from './api.ts';

/** What a form holds, by name of its fields; empty ones are left out. */
export type Filled = Readonly<Record<string, string>>;

/** A form that says what went wrong below its fields and cannot be sent twice at once. */
export function Form({
  label,
  children,
  onSend,
}: {
  readonly label: string;
  readonly children?: ComponentChildren;
  readonly onSend: (filled: Filled) => Promise<void>;
}) {
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const entries = [...new FormData(form)].map(([key, value]) => [key, String(value)] as const);
    setBusy(true);
    try {
      await onSend(Object.fromEntries(entries.filter(([, value]) => value !== '')));
      setError(null);
      form.reset();
    } catch (cause) {
      setError(said(cause));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="form" onSubmit={submit}>
      {children}
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      <button type="submit" class="primary" disabled={busy}>
        {label}
      </button>
    </form>
  );
}

/** What stands in place of a page that cannot be shown (yet). */
export function Blank({ error }: { readonly error: string | null }) {
  return <main>{error && <p class="error">{error}</p>}</main>;
}
