import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { overloadAt } from '../desk/trial.ts';
import { readAudit } from '../privacy/audit.ts';
import { cookieName } from './guard.ts';
import { type ConsoleTrial, chairOf, createConsoleTrial, password, visitor } from './trial.ts';

let trial: ConsoleTrial;
beforeEach(async () => {
  trial = await createConsoleTrial();
});
afterEach(() => trial.close());

const foreign: readonly Readonly<Record<string, string>>[] = [
  { origin: 'null' },
  { origin: 'http://evil.example' },
  { origin: 'http://localhost:81' },
  { origin: 'ftp://localhost' },
  { origin: 'nonsense' },
  { origin: '' },
  { 'x-gatehouse': '0' },
  { 'x-gatehouse': '' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'none' },
];

test('no write of another origin gets through, whatever the route', async () => {
  const chair = await chairOf(trial);
  const writes = trial.console.routes.filter(({ method }) => !['GET', 'HEAD'].includes(method));
  expect(writes.length).toBeGreaterThan(8);
  for (const { method, url } of writes) {
    const path = url.replace('/api/v1', '').replaceAll(/:\w+/g, '1');
    for (const headers of foreign) {
      const answer = await chair.ask(method as 'POST', path, {}, headers);
      expect([method, path, headers, answer.json().code]).toEqual([
        method,
        path,
        headers,
        'ORIGIN',
      ]);
    }
  }
  expect((await chair.get('/duty')).status, 'nothing was written: the session stands').toBe(200);
});

test('a thousand forged sessions and a thousand foreign origins are refused, and all are in the audit', async () => {
  const chair = await chairOf(trial);
  const good = chair.cookie().split('=')[1] ?? '';
  const forged = (n: number) => {
    const sign = good[n % good.length] === 'A' ? 'B' : 'A';
    switch (n % 4) {
      case 0: // one sign of a real one changed
        return good.slice(0, n % good.length) + sign + good.slice((n % good.length) + 1);
      case 1:
        return randomBytes(32).toString('base64url');
      case 2:
        return `' OR 1=1 -- ${n}`;
      default:
        return 'x'.repeat(n);
    }
  };
  const codes = new Map<string, number>();
  const count = (code: string) => codes.set(code, (codes.get(code) ?? 0) + 1);
  await Promise.all(
    Array.from({ length: 1000 }, async (_, n) => {
      const stranger = visitor(trial, `198.51.100.${n % 250}`);
      const cookie = `${cookieName}=${encodeURIComponent(forged(n))}`;
      count((await stranger.get('/duty', { cookie })).json().code);
      const headers = { cookie: chair.cookie(), ...foreign[n % foreign.length] };
      const action = { action: 'close' };
      count((await stranger.post('/alerts/1/actions', action, headers)).json().code);
    }),
  );
  expect(Object.fromEntries(codes)).toEqual({ LOGIN: 1000, ORIGIN: 1000 });
  expect((await chair.get('/duty')).status, 'the real session stands').toBe(200);
  await trial.console.stop();
  const lines = (await readAudit(trial.store.gate, {})).filter(
    ({ action }) => action === 'request.refused',
  );
  const sum = (why: string) =>
    lines.filter(({ object }) => object === why).reduce((all, { n }) => all + n, 0);
  expect([sum('session'), sum('origin')]).toEqual([1000, 1000]);
  expect(lines.length, 'gathered, not a line each').toBeLessThan(100);
});

test('our own pages get through', async () => {
  await chairOf(trial);
  const headers = { host: 'box:8080', origin: 'http://box:8080', 'sec-fetch-site': 'same-origin' };
  const answer = await visitor(trial).ask('POST', '/session', { name: 'chair', password }, headers);
  expect(answer.status).toBe(200);
});

test('behind HTTPS a page of http:// is foreign; the proxy names host and client', async () => {
  await chairOf(trial);
  const { config } = trial.parts;
  const proxies = ['127.0.0.1'];
  trial = await trial.restart({
    config: { ...config, console: { ...config.console, https: true, proxies } },
  });
  const body = { name: 'chair', password };
  const via = { host: '127.0.0.1:8080', 'x-forwarded-host': 'gate.example' };
  const proxy = visitor(trial, '127.0.0.1');
  const plain = await proxy.ask('POST', '/session', body, {
    ...via,
    origin: 'http://gate.example',
  });
  expect(plain.json().code).toBe('ORIGIN');
  const good = await proxy.ask('POST', '/session', body, {
    ...via,
    origin: 'https://gate.example',
  });
  expect(good.status).toBe(200);
  const liar = visitor(trial, '192.0.2.66');
  const lied = await liar.ask('POST', '/session', body, { ...via, origin: 'https://gate.example' });
  expect(lied.json().code, 'only a proxy is believed').toBe('ORIGIN');
});

test('what the desk refuses is said in words; any other failure is not told', async () => {
  const chair = await chairOf(trial);
  const { desk, clock } = trial;
  await desk.apply([overloadAt('b017', 2, clock.nowMs())], 1, clock.nowMs());
  const [alert] = await desk.openAlerts();
  const act = (action: string) => chair.post(`/alerts/${alert?.id}/actions`, { action });
  expect((await act('handled')).status).toBe(200);
  expect((await act('close')).status).toBe(200);
  const again = await act('close');
  expect([again.status, again.json()]).toEqual([
    409,
    { code: 'NOT_NOW', zh: '这条告警已经归档', en: 'The alert is closed already' },
  ]);

  const broken = {
    ...trial.parts.desk,
    alert: async () => {
      throw Object.assign(new Error('no such column: +8613800138003 in /srv/secret'), {
        statusCode: 418,
        zh: '+8613800138003',
        en: 'secret',
      });
    },
  };
  const { cookie } = { cookie: chair.cookie() };
  trial = await trial.restart({ desk: broken });
  const failed = await visitor(trial).get(`/alerts/${alert?.id}`, { cookie });
  expect([failed.status, failed.json()]).toEqual([
    500,
    { code: 'FAILED', zh: '系统出错，请稍后再试', en: 'Something went wrong' },
  ]);
});

test('input that is no input is a 400 without detail', async () => {
  const chair = await chairOf(trial);
  expect((await chair.get('/alerts/nothing')).status).toBe(400);
  const raw = (payload: string, type = 'application/json') =>
    trial.console.app.inject({
      method: 'POST',
      url: '/api/v1/session',
      headers: { 'x-gatehouse': '1', 'content-type': type },
      payload,
    });
  expect((await raw('{"name":')).json().code).toBe('REQUEST');
  expect((await raw('<a/>', 'text/xml')).json().code).toBe('REQUEST');
  const long = await raw(JSON.stringify({ name: 'x'.repeat(20_000) }));
  expect([long.statusCode, long.json().code]).toEqual([413, 'TOO_LARGE']);
});

test('what a rule on trial says is not among the live alerts, and nobody can act on it', async () => {
  const chair = await chairOf(trial);
  const { desk, clock } = trial;
  const finding = overloadAt('b017', 3, clock.nowMs(), { shadow: true });
  await desk.apply([finding, overloadAt('b018', 2, clock.nowMs())], 1, clock.nowMs());
  const titles = (answer: { json(): { alerts: { subjectTitle: string }[] } }) =>
    answer.json().alerts.map(({ subjectTitle }) => subjectTitle);
  expect(titles(await chair.get('/duty'))).toEqual(['18号楼']);
  expect(titles(await chair.get('/alerts'))).toEqual(['18号楼']);
  const shadow = (await desk.alerts({})).find((one) => one.shadow);
  const detail = (await chair.get(`/alerts/${shadow?.id}`)).json();
  expect([detail.alert.shadow, detail.mayAct]).toEqual([true, false]);
  const act = await chair.post(`/alerts/${shadow?.id}/actions`, { action: 'acknowledge' });
  expect(act.json().code).toBe('SHADOW');
});
