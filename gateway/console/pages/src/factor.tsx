import { useState } from 'preact/hooks';
import { encode } from 'uqr';
import { post } from './api.ts';
import { Form } from './form.tsx';
import { w } from './words.ts';

interface Begun {
  readonly secret: string;
  readonly uri: string;
}

/** Setting up the second factor: password, QR code, first code, recovery codes; or turning it off. */
export function FactorPanel({
  enrolled,
  changed,
}: {
  readonly enrolled: boolean;
  readonly changed: () => void;
}) {
  const [begun, setBegun] = useState<Begun | null>(null);
  const [recovery, setRecovery] = useState<readonly string[] | null>(null);
  return (
    <section class="panel">
      <h2>
        {w('factor')} <span class="tag">{w(enrolled ? 'factorOn' : 'factorOff')}</span>
      </h2>
      {recovery && (
        <div role="status">
          <p>{w('recoveryHint')}</p>
          <ul class="codes">
            {recovery.map((code) => (
              <li key={code}>
                <code>{code}</code>
              </li>
            ))}
          </ul>
        </div>
      )}
      {!enrolled && !begun && (
        <Form
          key="begin"
          label={w('factorStart')}
          onSend={async ({ password }) => setBegun(await post<Begun>('/factor', { password }))}
        >
          <label>
            {w('oldPassword')}
            <input name="password" type="password" required autocomplete="current-password" />
          </label>
        </Form>
      )}
      {!enrolled && begun && (
        <Form
          key="confirm"
          label={w('confirmCode')}
          onSend={async ({ code }) => {
            const answer = await post<{ recovery: readonly string[] }>('/factor/confirm', { code });
            setRecovery(answer.recovery);
            setBegun(null);
            changed();
          }}
        >
          <p>{w('factorScan')}</p>
          <Qr text={begun.uri} />
          <p>
            {w('secret')} <code>{begun.secret.match(/.{1,4}/g)?.join(' ')}</code>
          </p>
          <label>
            {w('factorCode')}
            <input name="code" required inputMode="numeric" autocomplete="one-time-code" />
          </label>
        </Form>
      )}
      {enrolled && (
        <Form
          key="remove"
          label={w('factorRemove')}
          onSend={async ({ code }) => {
            await post('/factor/remove', { code });
            setRecovery(null);
            changed();
          }}
        >
          <label>
            {w('factorCode')}
            <input name="code" required autocomplete="one-time-code" />
          </label>
        </Form>
      )}
    </section>
  );
}

/** Drawn here: the secret goes to no other machine. */
function Qr({ text }: { readonly text: string }) {
  const { data, size } = encode(text, { ecc: 'M', border: 4 });
  const path = data
    .flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')))
    .join('');
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={w('qr')}>
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
