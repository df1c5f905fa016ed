import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, beforeAll, expect, test } from 'vitest';
import type { Parcel } from './channel.ts';
import { createMailChannel, type MailParts } from './mail.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  while (undo.length > 0) await undo.pop()?.();
});

let tls: { readonly key: string; readonly cert: string };
beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'mail-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=localhost',
    ].concat(['-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert]),
    { stdio: 'ignore' },
  );
  tls = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  rmSync(folder, { recursive: true });
});

const parcel: Parcel = {
  id: 41,
  to: 'mail',
  text: '紧急 A17 12号楼 用电过载\n用电48.2安。\n已通知：3号\n2026-05-01 12:00',
  priority: 0,
  expiresAtMs: 0,
  messageId: 'long',
  again: false,
};

/** A mail server on a real socket, with TLS from the beginning unless told otherwise. */
async function server(options: SMTPServerOptions = {}, more: Partial<MailParts> = {}) {
  const letters: string[] = [];
  const smtp = new SMTPServer({
    secure: true,
    ...tls,
    authOptional: true,
    logger: false,
    onAuth: ({ username, password }, _session, done) =>
      username === 'box' && password === 'right'
        ? done(null, { user: username })
        : done(new Error('refused for box@example.org')),
    onData(stream, _session, done) {
      let text = '';
      stream.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      stream.on('end', () => {
        letters.push(text);
        done();
      });
    },
    ...options,
  });
  smtp.on('error', () => {
    // What a client breaks off is told at the client.
  });
  const port = await new Promise<number>((resolve) => {
    const listening = smtp.listen(0, '127.0.0.1', () =>
      resolve((listening.address() as { port: number }).port),
    );
  });
  undo.push(() => new Promise<void>((resolve) => smtp.close(() => resolve())));
  const channel = createMailChannel({
    host: 'localhost',
    port,
    secure: options.secure ?? true,
    username: 'box',
    password: 'right',
    from: 'box@example.org',
    to: ['chair@example.org', 'office@example.org'],
    site: '杜巷小区',
    ca: tls.cert,
    ...more,
  });
  undo.push(channel.stop);
  return { channel, letters };
}

const decoded = (letter: string) => {
  const [head = '', ...body] = letter.split('\r\n\r\n');
  return { head, text: Buffer.from(body.join(''), 'base64').toString('utf8') };
};

test('a letter says what stands in the chat groups, over TLS and after the log-in', async () => {
  const { channel, letters } = await server();
  expect(await channel.send(parcel)).toEqual({ outcome: 'done' });
  expect(letters).toHaveLength(1);
  const { head, text } = decoded(letters[0] ?? '');
  expect(text.replaceAll('\r\n', '\n')).toContain(parcel.text);
  expect(head).toMatch(/^Message-ID: <alert-41@example\.org>$/m);
  expect(head).toMatch(/^To: chair@example\.org, office@example\.org$/m);
});

test('STARTTLS is asked for where TLS does not begin the connection; without it nothing is sent', async () => {
  const upgraded = await server({ secure: false });
  expect(await upgraded.channel.send(parcel)).toEqual({ outcome: 'done' });
  const plain = await server({ secure: false, disabledCommands: ['STARTTLS'] });
  expect(await plain.channel.send(parcel)).toMatchObject({ outcome: 'retry' });
  expect(plain.letters).toEqual([]);
});

test('a certificate that nobody has signed for us, a wrong password, a full box: each has its reason, without an address', async () => {
  const stranger = await server({}, { ca: '' });
  const wrong = await server({}, { password: 'wrong' });
  const later = await server({
    onRcptTo: (_address, _session, done) =>
      done(Object.assign(new Error('mailbox chair@example.org full'), { responseCode: 452 })),
  });
  const never = await server({
    onRcptTo: (_address, _session, done) =>
      done(Object.assign(new Error('no chair@example.org here'), { responseCode: 550 })),
  });
  const results = [];
  for (const { channel } of [stranger, wrong, later, never])
    results.push(await channel.send(parcel));
  expect(results).toMatchObject([
    { outcome: 'retry' },
    { outcome: 'retry', reason: 'The log-in is refused' },
    { outcome: 'retry', reason: 'SMTP 452' },
    { outcome: 'refused', reason: 'SMTP 550' },
  ]);
  expect(JSON.stringify(results)).not.toMatch(/example\.org|right|wrong/);
});

test('a server that is gone is tried again', async () => {
  const { channel } = await server({}, { port: 1 });
  expect(await channel.send(parcel)).toEqual({ outcome: 'retry', reason: 'ESOCKET' });
});
