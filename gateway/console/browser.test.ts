import { existsSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { PowerReading } from '../../drivers/reading.ts';
import { ebike } from '../../rules/ebike.ts';
import type { Finding } from '../../rules/finding.ts';
import { run } from '../../rules/run.ts';
import type { Site } from '../../rules/site.ts';
import { keepFigures, markBuilding, releaseBoard } from '../desk/boards.ts';
import { handClock, overloadAt } from '../desk/trial.ts';
import { builtPages } from './static-pages.ts';
import { stepOf, totp } from './totp.ts';
import { type ConsoleTrial, createConsoleTrial, password } from './trial.ts';

/** A phone of the committee, and the screen in the guard room. */
const phone = { width: 360, height: 740 };
const desktop = { width: 1280, height: 800 };
/** Folder for pictures of every page; none are taken without it. */
const pictures = process.env.GATEHOUSE_PICTURES;

const buildings: Site['points'] = Array.from({ length: 473 }, (_, n) => ({
  id: `b${String(n + 1).padStart(3, '0')}`,
  title: `${n + 1}号楼`,
  kind: 'building' as const,
  rooms: 10,
  limits: { contractA: 40 },
}));
const room = { id: 'r1', title: '12-3', kind: 'room' as const, rooms: 1 };
const roomMeter = { id: 'm1', point: 'r1', kinds: ['power' as const], intervalS: 10 };
const site = {
  points: [...buildings, room],
  devices: [
    ...buildings.map(({ id }) => ({
      id: `m-${id}`,
      point: id,
      kinds: ['power' as const],
      intervalS: 60,
    })),
    roomMeter,
  ],
};
/** 21:00 in Shanghai. */
const eveningMs = Date.UTC(2026, 2, 16, 13);

/** A recorded charge as the meter of a room saw it, and what the rule said of it at its surest. */
function charge(): { readings: readonly PowerReading[]; finding: Finding } {
  const trace = '../../drivers/samples/power/traces/ebike_bosch_dual500wh_full_charge.csv';
  const rows = readFileSync(new URL(trace, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .slice(1);
  const points = rows.map((row) => row.split(',').slice(-2).map(Number));
  const startS = points[0]?.[0] ?? 0;
  const quiet = Array.from({ length: 360 }, (_, n) =>
    reading(eveningMs - 3_600_000 + n * 10_000, 15),
  );
  const body = points.map(([s = 0, w = 0]) => reading(eveningMs + (s - startS) * 1000, 15 + w));
  const all = [...quiet, ...body];
  const own = {
    ...site,
    points: [room],
    devices: [roomMeter],
    name: '杜巷',
    utcOffsetMs: 8 * 3_600_000,
    lanes: [],
  };
  const finding = run(ebike, {}, all, own).findLast(({ change }) => change !== 'cleared');
  if (!finding) throw new Error('The rule says nothing of a recorded charge');
  return { readings: all.filter(({ atMs }) => atMs <= finding.atMs), finding };
}
const reading = (atMs: number, powerW: number, device = 'm1'): PowerReading => ({
  kind: 'power',
  device,
  atMs,
  powerW,
  // A charger draws its current in short bursts.
  phases: [{ currentA: Math.round(powerW / 1.32) / 100, voltageV: 220, powerFactor: 0.6 }],
});

let trial: ConsoleTrial;
let browser: Browser;
let base = '';
let context: BrowserContext;
let chargeAlert = 0;
/** What the browser complained of (a policy that was broken, an exception), and where it went. */
const complaints: string[] = [];
const foreign: string[] = [];

beforeAll(async () => {
  expect(builtPages(), 'npm run build makes the pages that are tested here').not.toBeNull();
  expect(existsSync('/usr/bin/chromium'), 'node deploy/scripts/setup.mjs --tests').toBe(true);
  const { readings, finding } = charge();
  const clock = handClock(finding.atMs + 60_000);
  trial = await createConsoleTrial({
    clock,
    site,
    config: { rules: { 'load.lost': { mode: 'shadow' } } },
  });
  await trial.append(...readings);
  const load = (n: number) => 1500 + ((n * 37) % 100) * 90;
  for (let hour = 20; hour >= 0; hour -= 1) {
    const atMs = clock.nowMs() - hour * 3_600_000 - 30_000;
    await trial.append(
      ...buildings
        .slice(0, hour === 0 ? 470 : 20)
        .map(({ id }, n) => reading(atMs, load(n), `m-${id}`)),
    );
  }
  await trial.desk.apply([{ ...finding, atMs: clock.nowMs() }], 1, clock.nowMs());
  chargeAlert = (await trial.desk.alerts({}))[0]?.id ?? 0;
  await trial.console.app.listen({ host: '127.0.0.1', port: 0 });
  base = `http://127.0.0.1:${(trial.console.app.addresses()[0] as AddressInfo).port}`;
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
  context = await newContext();
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await trial?.close();
});

afterEach(() => {
  expect(foreign.splice(0), 'requests to other machines').toEqual([]);
  expect(complaints.splice(0), 'what the browser complained of').toEqual([]);
});

async function newContext(viewport = phone): Promise<BrowserContext> {
  const made = await browser.newContext({ viewport, locale: 'zh-CN', timezoneId: 'Europe/Berlin' });
  made.setDefaultTimeout(8000);
  made.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(base) && !url.startsWith('data:')) foreign.push(url);
  });
  made.on('console', (message) => {
    if (message.type() === 'error' && !/40[139]|429/.test(message.text()))
      complaints.push(message.text());
  });
  made.on('weberror', (error) => complaints.push(String(error.error())));
  return made;
}

async function open(path: string, of = context): Promise<Page> {
  const page = await of.newPage();
  await page.goto(base + path);
  return page;
}
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });

test('the first account is made with the set-up code, and one is logged in', async () => {
  const page = await open('/');
  await page.getByLabel('设置码').fill(trial.console.setupCode ?? '');
  await page.getByLabel('账号').fill('chair');
  await page.getByLabel('密码').fill(password);
  await button(page, '建立第一个账号').click();
  await page.getByText('值班台').waitFor();
  expect(await page.locator('.bar').innerText()).toContain('杜巷小区');
  await button(page, '退出').click();
  await page.getByLabel('账号').fill('chair');
  await page.getByLabel('密码').fill('wrong password');
  await button(page, '登录').click();
  await page.getByText('账号、密码或验证码不对').waitFor();
  await page.getByLabel('账号').fill('chair');
  await page.getByLabel('密码').fill(password);
  await button(page, '登录').click();
  await page.getByText('值班台').waitFor();
  await page.close();
});

test('an alert appears on the duty board by itself, and is accepted with one tap on a phone', async () => {
  const page = await open('/duty');
  await page.getByText('1 条待确认').waitFor();
  const { desk, clock } = trial;
  await desk.apply([overloadAt('b017', 3, clock.nowMs())], 2, clock.nowMs());
  // The page asks by itself every ten seconds; the stream is quicker.
  await page.getByText('17号楼').waitFor({ timeout: 4000 });
  const accept = button(page, /^确认 /).first();
  const box = await accept.boundingBox();
  expect(box?.height).toBeGreaterThanOrEqual(44);
  await accept.tap().catch(() => accept.click());
  await page.getByText('已确认（chair）').waitFor();
  expect((await desk.alerts({})).find(({ subject }) => subject === 'b017')?.work).toBe(
    'acknowledged',
  );
  await page.close();
});

test('an alert shows its curve, what speaks for it and what else it could be', async () => {
  const page = await open('/duty');
  await page.getByText('12-3').first().click();
  await page.getByRole('heading', { name: '依据' }).waitFor();
  await page.getByRole('heading', { name: '其他可能' }).waitFor();
  expect(await page.locator('.reasons li').count()).toBeGreaterThan(2);
  const canvas = page.locator('.chart canvas');
  await canvas.waitFor();
  expect(await drawnPixels(page)).toBeGreaterThan(500);
  expect(page.url()).toBe(`${base}/alerts/${chargeAlert}`);
  await page.close();
});

test('473 houses as tiles, one opens its curve, and no filter loses it', async () => {
  const page = await open('/houses');
  await page.locator('.tile').first().waitFor();
  expect(await page.locator('.tile').count()).toBe(473);
  await page.getByRole('button', { name: /^17号楼:/ }).click();
  await page.locator('.chart canvas').waitFor();
  expect(await drawnPixels(page)).toBeGreaterThan(200);
  expect(page.url()).toBe(`${base}/houses/b017`);
  await button(page, /^离线/).click();
  expect(await page.locator('.tile').count()).toBe(3);
  await page.getByRole('heading', { name: /17号楼/ }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: /17号楼/ }).waitFor();
  await page.close();
});

test('a case is opened from the alert and goes on step by step', async () => {
  const page = await open(`/alerts/${chargeAlert}`);
  await button(page, '立案跟进').click();
  await page.getByRole('heading', { name: '12-3 · 疑似' }).waitFor();
  await button(page, '现场已核实').click();
  await page.getByLabel(/说明/).fill('楼道里一根线');
  await page.locator('form .primary').click();
  await page.getByRole('heading', { name: '12-3 · 已核实' }).waitFor();
  await page.getByLabel('最近的集中充电点').fill('南门充电棚');
  const [sheet] = await Promise.all([
    context.waitForEvent('page'),
    button(page, '打印告知单').click(),
  ]);
  await sheet.getByRole('heading', { name: '告知单' }).waitFor();
  expect(await sheet.locator('body').innerText()).toContain('12-3户主及承租人');
  await sheet.close();
  await page.close();
});

test('month end: a landlord is told, one objects, two roles let the board out', async () => {
  const { gate } = trial.store;
  const nowMs = trial.clock.nowMs();
  const figures = (n: number, confirmedCharging: number) => ({
    place: `${n}号楼`,
    confirmedCharging,
    notRectified: confirmedCharging > 0 ? 1 : 0,
    confirmedOverloads: 0,
    overloadHours: 3 * confirmedCharging,
    rectifiedSameDay: 0,
    openPastRecheck: confirmedCharging > 0 ? 1 : 0,
    completePercent: 99,
  });
  const all = [1, 2, 3, 4].map((n) => figures(n, n > 2 ? 3 : 0));
  await keepFigures(gate, '2026-02', all, nowMs);
  // A house stays on the wall while its case is open.
  await gate.run(
    "INSERT INTO cases (rule, place, state, opened_ms, changed_ms) VALUES ('load.ebike', '4号楼', 'rectifying', ?, ?)",
    [nowMs, nowMs],
  );
  const told = { month: '2026-02', place: '4号楼', mark: 'told' } as const;
  await markBuilding(gate, told, { who: '3号', nowMs: nowMs - 4 * 86_400_000 });
  const page = await open('/reports');
  await page.getByRole('heading', { name: '红黑榜 2026-02' }).waitFor();
  await page.getByText('1号楼 100、2号楼 100').waitFor();
  await button(page, '已告知房东').click();
  await page.getByText('已告知房东，满三天后上榜').waitFor();
  await button(page, '记下异议').click();
  await page.getByText('房东有异议，不公布').waitFor();
  await picture(page, '/board', 360);
  await button(page, '异议已了结').click();
  await button(page, /^放行公布/).click();
  await button(page, '放行公布 (1/2)').waitFor();
  await releaseBoard(gate, '2026-02', { role: 'grid', who: '网格员', nowMs: trial.clock.nowMs() });
  await page.reload();
  await page.getByText('已由两个角色放行公布。').waitFor();
  const [sheet] = await Promise.all([
    context.waitForEvent('page'),
    page.getByRole('link', { name: /公布中的红黑榜/ }).click(),
  ]);
  await sheet.getByRole('heading', { name: /用电安全红黑榜/ }).waitFor();
  const lines = await sheet.locator('body').innerText();
  expect(lines).toContain('4号楼');
  expect(lines, 'told too late').not.toContain('3号楼');
  await picture(sheet, '/board-page', 360);
  await sheet.close();
  await page.close();
});

test('two taps swap two shifts, and the page says who would be told now', async () => {
  const page = await open('/roster');
  const cell = (n: number) => page.locator('tbody tr').first().locator('button').nth(n);
  const [first, second] = [await cell(0).innerText(), await cell(1).innerText()];
  expect(first).not.toBe(second);
  await page.getByText('物业值班').waitFor();
  await cell(0).click();
  await cell(1).click();
  await expect.poll(() => cell(0).innerText()).toBe(second);
  expect(await cell(1).innerText()).toBe(first);
  await page.close();
});

test('a second factor is set up from the QR code and asked for at the next log-in', async () => {
  const page = await open('/me');
  await page.locator('input[name=password]').first().fill(password);
  await button(page, '启用').click();
  await page.getByRole('img', { name: '二维码' }).waitFor();
  const secret = (await page.locator('code').first().innerText()).replaceAll(' ', '');
  const code = totp(fromBase32(secret), stepOf(trial.clock.nowMs()));
  await page.getByLabel('动态验证码或恢复码').fill(code);
  await button(page, '确认').click();
  await page.locator('.codes li').first().waitFor();
  const recovery = await page.locator('.codes li').first().innerText();
  const other = await open('/', await newContext());
  await other.getByLabel('账号').fill('chair');
  await other.getByLabel('密码').fill(password);
  await button(other, '登录').click();
  await other.getByLabel('动态验证码或恢复码').fill(recovery);
  await button(other, '登录').click();
  await other.getByText('值班台').waitFor();
  await other.context().close();
  await page.close();
});

test('a new member comes in with the one-time code and a password of the own choice', async () => {
  const page = await open('/accounts');
  await page.getByLabel('账号').fill('3号');
  await button(page, '新建').click();
  const code = await page.locator('.code').innerText();
  const other = await open('/', await newContext());
  await other.getByLabel('账号').fill('3号');
  await other.getByLabel('密码').fill(code);
  await button(other, '登录').click();
  await other.getByLabel(/新密码/).fill('another horse 4');
  await button(other, '设置您自己的密码').click();
  await other.getByText('值班台').waitFor();
  expect(await other.locator('nav').innerText()).not.toContain('账号\n系统');
  await other.context().close();
  await page.close();
});

test('the chair tries a rule over the last days and sees what it would have said', async () => {
  const page = await open('/rules');
  const panel = page.locator('.rule', { hasText: '用电过载' });
  await panel.getByText('试算', { exact: true }).click();
  await panel.getByLabel('过去几天').fill('2');
  await button(page, '开始试算').first().click();
  await panel.getByText('会报').first().waitFor();
  await panel.getByRole('img', { name: /会报 \d+ · 实际报 \d+/ }).waitFor();
  expect(await panel.locator('.bars text').count()).toBeGreaterThan(1);
  expect(await seriousFaults(page)).toEqual([]);
  await picture(page, '/rules-tried', 360);
  await page.close();
});

test('the pages speak English at one tap and remember it', async () => {
  const page = await open('/duty');
  await button(page, 'English').click();
  await page.getByRole('link', { name: 'Houses' }).waitFor();
  expect(await page.locator('html').getAttribute('lang')).toBe('en');
  await page.reload();
  await page.getByRole('link', { name: 'Houses' }).waitFor();
  await button(page, '中文').click();
  await page.getByRole('link', { name: '楼栋' }).waitFor();
  await page.close();
});

const everyPage = [
  '/duty',
  '/alerts/1',
  '/cases',
  '/cases/1',
  '/gate',
  '/houses/b017',
  '/roster',
  '/rules',
  '/reports',
  '/devices',
  '/privacy',
  '/system',
  '/accounts',
  '/me',
];

test('no page is wider than a phone, and none has a serious fault of accessibility', async () => {
  const page = await open('/duty');
  for (const path of everyPage) {
    await page.goto(base + path);
    await page.locator('main > *').first().waitFor();
    if (path === '/rules') await page.locator('summary').first().click();
    await page.waitForTimeout(150); // a chart draws in the next frames
    const width = await page.evaluate('document.documentElement.scrollWidth');
    expect([path, width]).toEqual([path, phone.width]);
    expect([path, await seriousFaults(page)]).toEqual([path, []]);
    await picture(page, path, 360);
  }
  await page.close();
}, 40_000);

test.runIf(pictures)('pictures of every page on a wide screen', async () => {
  const page = await open('/duty');
  await page.setViewportSize(desktop);
  for (const path of everyPage) {
    await page.goto(base + path);
    await page.locator('main > *').first().waitFor();
    await page.waitForTimeout(300);
    await picture(page, path, 1280);
  }
  await button(page, '退出').click();
  await picture(page, '/login', 1280);
});

async function picture(page: Page, path: string, width: number): Promise<void> {
  if (pictures === undefined) return;
  const name = `${path.slice(1).replaceAll('/', '-')}-${width}.png`;
  await page.screenshot({ path: join(pictures, name), fullPage: path !== '/houses/b017' });
}

async function seriousFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const run = (globalThis as unknown as { axe: typeof axe }).axe.run;
    const { violations } = await run({ resultTypes: ['violations'] });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  });
}

/** Pixels of the first curve that are not empty. */
const drawnPixels = (page: Page): Promise<number> =>
  page.evaluate(`(async () => {
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const canvas = document.querySelector('canvas');
    const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data;
    return pixels?.filter((value, at) => at % 4 === 3 && value > 0).length ?? 0;
  })()`);

function fromBase32(text: string): Uint8Array {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...text]
    .map((sign) => alphabet.indexOf(sign).toString(2).padStart(5, '0'))
    .join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
