import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { saveReport } from '../desk/reports.ts';
import { readAudit } from '../privacy/audit.ts';
import { accessOf } from './api.ts';
import { createGuard } from './guard.ts';
import { requestsPerMinute } from './security.ts';
import { staticPages } from './static-pages.ts';
import { type ConsoleTrial, chairOf, createConsoleTrial, visitor } from './trial.ts';

let trial: ConsoleTrial;
beforeEach(async () => {
  trial = await createConsoleTrial();
});
afterEach(() => trial.close());

test('the policy allows nothing inline and nothing from elsewhere', async () => {
  const { headers } = await trial.console.app.inject('/healthz');
  const policy = String(headers['content-security-policy']);
  expect(policy).not.toMatch(/unsafe|\*|https?:/);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['referrer-policy']).toBe('no-referrer');
});

test('the page is asked for anew each time, its assets never again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-pages-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'assets', 'index-abc123.js'), '');
  const app = fastify();
  await staticPages(app, folder);
  const cache = async (url: string) => (await app.inject(url)).headers['cache-control'];
  expect(await cache('/')).toBe('no-store');
  expect(await cache('/houses/b017')).toBe('no-store');
  expect(await cache('/assets/index-abc123.js')).toBe('public, max-age=31536000, immutable');
  expect((await app.inject('/nothing.js')).statusCode).toBe(404);
  await app.close();
});

test('answers of the API are kept by nobody', async () => {
  const chair = await chairOf(trial);
  for (const url of ['/duty', '/session', '/points'])
    expect((await chair.get(url)).headers['cache-control']).toBe('no-store');
});

test('a report opens with its own style and no script, and the audit knows who took it', async () => {
  const html = '<html><style>p{margin:0}</style><p>日报</p></html>';
  const report = { kind: 'daily', day: '2026-05-01', title: '日报', text: '', html } as const;
  await saveReport(trial.store.gate, report, trial.clock.nowMs());
  const chair = await chairOf(trial);
  const { headers, body } = await chair.get('/reports/daily/2026-05-01');
  expect(body).toBe(html);
  const policy = String(headers['content-security-policy']);
  expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/]+='; /);
  const entries = await readAudit(trial.store.gate, {});
  expect(entries.at(-1)).toMatchObject({ action: 'export', object: 'report daily 2026-05-01' });
});

test('more requests than a house full of pages would make are refused', async () => {
  const guest = visitor(trial, '203.0.113.5');
  let last = 0;
  for (let n = 0; n <= requestsPerMinute; n += 1) last = (await guest.get('/session')).status;
  expect(last).toBe(429);
  expect((await visitor(trial, '203.0.113.6').get('/session')).status).toBe(200);
});

test('a route that does not say whom it lets in stops the start', () => {
  const guard = createGuard(
    { find: async () => undefined },
    { https: false, factorFor: [], strange() {} },
  );
  const route = { method: 'GET', url: '/secrets' };
  expect(() => accessOf(route)).toThrow('GET /secrets does not say who may call it');
  expect(accessOf({ ...route, preHandler: guard.needs('loads.read') })).toEqual([
    { method: 'GET', url: '/secrets', access: 'loads.read' },
  ]);
});
