import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import { type SimulatedModem, startModem } from '../simulators/modem/modem.ts';
import { type Gateway, startGateway } from './app.ts';
import { systemClock } from './clock.ts';
import { fromSource } from './config/load.ts';
import { builtPages } from './console/static-pages.ts';
import { handClock } from './desk/trial.ts';
import { createLog } from './log.ts';

/**
 * The night of the committee, through a whole gateway: a meter on the broker, the rules, the desk, a modem on a
 * pseudo-terminal, the power that goes, and the duty member's phone with a real browser. The times are those of the
 * rules as they are (160 % for a minute is critical), the clock is moved by hand.
 */

const undo: (() => unknown)[] = [];
afterEach(async () => {
  while (undo.length > 0) await undo.pop()?.();
});

/** Where pictures go: docs/images, when they are to be made anew. */
const pictures = process.env.GATEHOUSE_PICTURES;
const phone = { width: 360, height: 740 };
const password = 'correct horse 3';
const minute = 60_000;
const at = (time: string) => Date.parse(`2026-05-02T${time}+08:00`);
const people = [
  { id: 'p1', title: '1号', role: 'duty', phone: '+8613800138001' },
  { id: 'p2', title: '2号', role: 'duty', phone: '+8613800138002' },
  { id: 'guard', title: '物业值班', role: 'property', phone: '+8613800138010' },
  { id: 'chair', title: '主任', role: 'chair', phone: '+8613800138011' },
  { id: 'grid', title: '网格员', role: 'grid', phone: '+8613800138012' },
];
const roleOf = (number: string) => people.find((one) => one.phone === number)?.title ?? number;

async function village() {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-journey-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  const clock = handClock(at('01:30:00'));
  const sim = await startModem({ nowMs: clock.nowMs });
  undo.push(sim.stop);
  const settings = fromSource(
    {
      site: { name: '杜巷小区', signature: '杜巷自治' },
      dataDir: './data',
      broker: { listen: '127.0.0.1:0', anonymous: true },
      // The log-in has tests of its own.
      console: { listen: '127.0.0.1:0', secondFactor: 'offered' },
      journal: { windowMs: 2, reserveMb: 1 },
      sms: { simulated: true },
      points: [{ id: 'b12', title: '12号楼', kind: 'building', limits: { contractA: 40 } }],
      devices: [{ id: 'm12', driver: 'native', point: 'b12', intervalS: 10 }],
      people,
    },
    folder,
  );
  let gateway: Gateway | undefined;
  const stop = async () => {
    await gateway?.stop();
    gateway = undefined;
  };
  undo.push(stop);
  const start = async () => {
    gateway = await startGateway({
      settings,
      clock,
      realClock: systemClock,
      log: createLog('silent'),
      // Ticks come twenty times as often; the clock is ours.
      speed: 20,
      demo: false,
      simulatedModem: sim.path,
      onFatal: (error) => {
        throw error;
      },
    });
    return gateway;
  };
  return { clock, sim, start, stop };
}

/** The meter of building 12 says `currentA` every ten seconds while `ms` pass. */
async function meter(
  gateway: Gateway,
  clock: ReturnType<typeof handClock>,
  currentA: number,
  ms: number,
) {
  const client = await connectAsync(`mqtt://${gateway.mqtt}`, { clientId: 'm12' });
  for (let left = ms; left > 0; left -= 10_000) {
    clock.pass(10_000);
    const body = { atMs: clock.nowMs(), powerW: currentA * 220, phases: [{ currentA }] };
    await client.publishAsync('gatehouse/v1/m12/power', JSON.stringify(body), { qos: 1 });
  }
  await client.endAsync();
}

/** Who got what since `from`, in the order of arrival. */
const heard = (sim: SimulatedModem, from = 0) =>
  sim
    .inbox()
    .slice(from)
    .map(({ to, text }) => `${roleOf(to)}：${text.replace(/^【杜巷自治】/, '')}`);

async function logIn(browser: Browser, base: string, code: string | undefined): Promise<Page> {
  const context = await browser.newContext({
    viewport: phone,
    locale: 'zh-CN',
    timezoneId: 'Europe/Berlin',
  });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  await page.goto(base);
  if (code !== undefined) await page.getByLabel('设置码').fill(code);
  await page.getByLabel('账号').fill('chair');
  await page.getByLabel('密码').fill(password);
  await page.getByRole('button', { name: code === undefined ? '登录' : '建立第一个账号' }).click();
  await page.getByText('值班台').waitFor();
  return page;
}

const house = (page: Page) => page.locator('.card', { hasText: '12号楼' });

async function picture(page: Page, name: string, part?: string): Promise<void> {
  // The hand of the clock moves by jumps: the bar asks for the time every ten seconds only.
  await page.reload();
  await page.locator('main > *').first().waitFor();
  const width = await page.evaluate('document.documentElement.scrollWidth');
  expect([name, width], 'no wider than a phone').toEqual([name, phone.width]);
  if (pictures === undefined) return;
  const path = join(pictures, `night-${name}.png`);
  if (part === undefined) await page.screenshot({ path, fullPage: true });
  else await page.locator('section.panel', { hasText: part }).last().screenshot({ path });
}

test('02:00, critical: from the meter to the phone, through a power cut, to the report in the morning', async () => {
  expect(builtPages(), 'npm run build makes the pages that are tested here').not.toBeNull();
  expect(existsSync('/usr/bin/chromium'), 'node deploy/scripts/setup.mjs --tests').toBe(true);
  const { clock, sim, start, stop } = await village();
  let gateway = await start();
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
  undo.push(() => browser.close());
  const pageOf = (path: string) => `http://${gateway.http}${path}`;
  let page = await logIn(browser, pageOf('/'), gateway.console.setupCode);
  await meter(gateway, clock, 12, 31 * minute);

  // 02:01: building 12 goes far above its limit; a minute later the duty member has it, and the board shows it.
  await meter(gateway, clock, 64, minute + 20_000);
  await expect.poll(() => sim.inbox().length, { timeout: 10_000 }).toBe(1);
  const raisedMs = clock.nowMs();
  expect(raisedMs).toBeLessThan(at('02:04:00'));
  const [duty = ''] = heard(sim);
  expect(duty).toMatch(/^[12]号：紧急：12号楼用电64安，达额定160%，有起火危险，请立即到场/);
  expect(sim.inbox()[0]).toMatchObject({ parts: 1, validityMin: 60 });
  const reference = /编号([A-Z]\d+)/.exec(duty)?.[1] ?? '';
  await page.getByText('1 条待确认').waitFor();
  await house(page).waitFor();
  await picture(page, '1-alert');

  // 02:05: nobody has answered, so the deputy and the guard room are called too.
  await meter(gateway, clock, 64, 3 * minute);
  await expect.poll(() => sim.inbox().length, { timeout: 10_000 }).toBe(4);
  const called = heard(sim, 1);
  expect(called.map((line) => line.split('：')[0]).sort()).toEqual(['1号', '2号', '物业值班']);
  for (const line of called) expect(line).toContain('升级：12号楼的用电过载已3分钟无人确认');

  // The guard answers 1: the ladder ends, all hear it, and the board says who.
  sim.reply('+8613800138010', '1');
  await expect.poll(() => sim.inbox().length, { timeout: 10_000 }).toBe(8);
  const standBy = heard(sim, 4).filter((line) => line.includes('其他人员可待命'));
  expect(standBy).toHaveLength(3);
  expect(standBy[0]).toContain(`${reference}已由值班物业确认`);
  await page.getByText('已确认（物业值班）').waitFor();
  await picture(page, '2-acknowledged');

  // On site; the load falls: cleared, not closed.
  await meter(gateway, clock, 64, 8 * minute);
  sim.reply('+8613800138010', '2');
  await page.getByText('到场（物业值班）').waitFor();
  // The thermal memory of the cable cools slowly; the rule waits for it.
  await meter(gateway, clock, 8, 30 * minute);
  await page.getByText('已恢复', { exact: false }).first().waitFor();
  const before = sim.inbox().length;

  // The power goes; two minutes later the box is back, and does not know the time.
  await page.close();
  await stop();
  const rightMs = clock.nowMs() + 2 * minute;
  clock.pass(2 * minute);
  clock.set(0);
  clock.trust(false);
  gateway = await start();
  page = await logIn(browser, pageOf('/'), undefined);
  await house(page).waitFor();
  await page.getByText('到场（物业值班）').waitFor();
  await page.getByRole('img', { name: '时间不可信' }).waitFor();
  for (let n = 0; n < 3; n += 1) {
    clock.pass(minute);
    await new Promise((later) => setTimeout(later, 300));
  }
  // Eight in the morning in Shanghai by the letter: nobody is woken by what is minor (the clock, the restart).
  expect(sim.inbox()).toHaveLength(before);
  await picture(page, '3-after-the-cut');
  clock.set(rightMs + 3 * minute);
  clock.trust(true);
  await page.getByRole('img', { name: '时间可信' }).waitFor({ timeout: 15_000 });
  await meter(gateway, clock, 8, 2 * minute);

  // Handled, by SMS; closing is left to a person.
  sim.reply('+8613800138010', '4');
  await page.getByText('已处理（物业值班）').waitFor({ timeout: 15_000 });
  await expect.poll(() => heard(sim, before).join()).toContain('已记处理');
  expect(
    heard(sim, before).filter((line) => line.includes('重发')),
    'nothing twice',
  ).toEqual([]);
  expect(heard(sim, before).filter((line) => line.includes('紧急：'))).toEqual([]);

  // 07:00: what waited is one line to each; 08:00: the report asks for the finding, and a person closes it.
  clock.set(at('07:00:30'));
  await expect.poll(() => heard(sim, before).join(), { timeout: 10_000 }).toContain('早间汇总');
  expect(heard(sim, before).some((line) => line.includes('网关') && line.includes('中断'))).toBe(
    false,
  );
  clock.set(at('08:01:00'));
  await page.goto(pageOf('/reports'));
  await page
    .getByRole('link', { name: /2026-05-02/ })
    .first()
    .waitFor({ timeout: 20_000 });
  await picture(page, '4-report');
  const [sheet] = await Promise.all([
    page.context().waitForEvent('page'),
    page
      .getByRole('link', { name: /2026-05-02/ })
      .first()
      .click(),
  ]);
  await sheet.getByRole('heading', { name: /日报/ }).waitFor();
  const report = (await sheet.locator('body').textContent()) ?? '';
  expect(report).toContain('紧急1');
  await sheet.close();
  await page.goto(pageOf('/duty'));
  await house(page).locator('.fact').click();
  await page.getByRole('heading', { name: '经过' }).waitFor();
  await picture(page, '5-story');
  await page.getByRole('button', { name: '归档' }).click();
  await page.goto(pageOf('/duty'));
  await house(page).waitFor({ state: 'detached' });
}, 240_000);

test('a day of plans: works are announced, a holiday is entered, and the drill shows who answers', async () => {
  const { clock, sim, start } = await village();
  clock.set(at('10:00:00'));
  const gateway = await start();
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
  undo.push(() => browser.close());
  const base = `http://${gateway.http}`;
  const page = await logIn(browser, base, gateway.console.setupCode);

  await page.goto(`${base}/devices`);
  await page.locator('summary', { hasText: '报备检修' }).click();
  await page.getByLabel('楼栋、车道或设备').fill('12号楼');
  await page.getByLabel('原因').fill('更换总开关');
  await page.getByRole('button', { name: '报备检修' }).click();
  await page.getByText('更换总开关').waitFor();
  await picture(page, '6-works');
  await page.goto(`${base}/duty`);
  await page.getByText('检修中').waitFor();

  await page.goto(`${base}/roster`);
  await page.locator('summary', { hasText: '加入日历' }).click();
  await page.getByLabel('名称').fill('劳动节');
  await page.getByLabel('到（含）').fill('2026-05-05');
  await page.getByRole('button', { name: '加入日历' }).click();
  await page
    .getByRole('rowheader', { name: /劳动节/ })
    .first()
    .waitFor();

  await expect.poll(() => sim.commands().some((one) => one.startsWith('AT+CPMS'))).toBe(true);
  await page.getByRole('button', { name: '开始演练' }).click();
  await page.getByRole('button', { name: '现在给所有值班岗位发演练短信' }).click();
  await expect.poll(() => sim.inbox().length, { timeout: 10_000 }).toBe(1);
  expect(heard(sim)[0]).toContain('演练：每月短信测试');
  await page.goto(`${base}/duty`);
  await page.getByText('演练进行中').waitFor();
  await picture(page, '7-drill');
  clock.pass(2 * minute);
  sim.reply(sim.inbox()[0]?.to ?? '', '1');
  await expect.poll(() => heard(sim).join(), { timeout: 10_000 }).toContain('已记录您的回复');
  clock.pass(2 * minute);
  await expect.poll(() => sim.inbox().length, { timeout: 10_000 }).toBe(4);
  clock.pass(minute);
  sim.reply('+8613800138010', '收到');
  await expect.poll(() => sim.inbox().length, { timeout: 10_000 }).toBe(5);
  for (const ms of [4 * minute, 7 * minute, 16 * minute]) {
    clock.pass(ms);
    await new Promise((later) => setTimeout(later, 500));
  }
  await page.goto(`${base}/roster`);
  await page.getByText('物业值班', { exact: true }).last().waitFor();
  await expect
    .poll(() => page.locator('.facts li').allTextContents(), { timeout: 15_000 })
    .toEqual([
      expect.stringMatching(/^[12]号2.*分钟$/),
      expect.stringMatching(/^[12]号未回复$/),
      expect.stringMatching(/^物业值班1.*分钟$/),
      '主任未回复',
      '网格员未回复',
    ]);
  await picture(page, '8-drill', '每月一次');
  expect(heard(sim).every((line) => line.includes('演练'))).toBe(true);
  await page.goto(`${base}/duty`);
  await page.getByText('演练进行中').waitFor({ state: 'detached' });
}, 240_000);
