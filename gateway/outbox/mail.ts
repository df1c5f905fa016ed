import { createTransport } from 'nodemailer';
import type { OutboxChannel, Parcel, SendResult } from './channel.ts';

export interface MailParts {
  readonly host: string;
  readonly port: number;
  /** TLS from the beginning; false: STARTTLS, which must succeed. */
  readonly secure: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly from: string;
  readonly to: readonly string[];
  /** Stands in front of every subject. */
  readonly site: string;
  /** For a server with a certificate of its own, in tests. */
  readonly ca?: string;
}

const timeoutMs = 20_000;

/** Letters to a few fixed addresses, by SMTP over TLS alone. What stands in them is what stands in the chat groups. */
export function createMailChannel(parts: MailParts): OutboxChannel {
  const { host, port, secure, username, password, from, to, site, ca } = parts;
  const transport = createTransport({
    host,
    port,
    secure,
    requireTLS: !secure,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(ca === undefined ? {} : { tls: { ca } }),
    ...(username === undefined ? {} : { auth: { user: username, pass: password ?? '' } }),
  });

  async function send({ id, text }: Parcel): Promise<SendResult> {
    const [subject = ''] = text.split('\n');
    try {
      await transport.sendMail({
        from,
        to: [...to],
        subject: `${site} ${subject}`,
        text,
        // Sent again it is the same letter: many mail programs show it once.
        messageId: `<alert-${id}@${from.split('@')[1]}>`,
      });
      return { outcome: 'done' };
    } catch (error) {
      return failure(error as Failure);
    }
  }

  return {
    name: 'mail',
    window: 1,
    idempotent: true,
    confirmMs: 0,
    ready: () => true,
    send,
    onReceipt: () => {}, // the server's word is all there is
    onReady: () => {},
    stop: async () => transport.close(),
  };
}

interface Failure {
  readonly code?: string;
  /** The server's reply: 4xx later, 5xx never. */
  readonly responseCode?: number;
}

/** Codes of nodemailer and SMTP; never the server's words, which may hold an address. */
function failure({ code = 'no answer', responseCode }: Failure): SendResult {
  if (code === 'EAUTH') return { outcome: 'retry', reason: 'The log-in is refused' };
  if (code === 'ETLS') return { outcome: 'retry', reason: 'No TLS' };
  if (responseCode !== undefined && responseCode >= 500)
    return { outcome: 'refused', reason: `SMTP ${responseCode}` };
  return { outcome: 'retry', reason: responseCode === undefined ? code : `SMTP ${responseCode}` };
}
