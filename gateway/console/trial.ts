import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Reading } from '../../drivers/reading.ts';
import { armRules } from '../../rules/fold.ts';
import { rules as allRules } from '../../rules/index.ts';
import type { Site } from '../../rules/site.ts';
import { GatewayConfig } from '../config/schema.ts';
import type { Desk } from '../desk/contract.ts';
import { createDesk } from '../desk/desk.ts';
import { handClock, noon, trialParts } from '../desk/trial.ts';
import { openJournal } from '../journal/journal.ts';
import { loadMigrations } from '../journal/migrations.ts';
import { createLog } from '../log.ts';
import { gateMigrations } from '../migrations.ts';
import { openSqlite } from '../store/sqlite.ts';
import { openStore, type Store } from '../store/store.ts';
import type { ConsoleParts } from './parts.ts';
import { type Role, roles } from './roles.ts';
import { type BuiltConsole, buildConsole } from './server.ts';

export interface ConsoleTrial {
  readonly console: BuiltConsole;
  readonly clock: ReturnType<typeof handClock>;
  readonly desk: Desk;
  readonly store: Store;
  readonly parts: ConsoleParts;
  /** Readings as if a device had sent them, flushed. */
  append(...readings: readonly Reading[]): Promise<void>;
  /** The same box, started again. */
  restart(more?: Partial<ConsoleParts>): Promise<ConsoleTrial>;
  close(): Promise<void>;
}

export interface ConsoleTrialOptions {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly parts?: Partial<ConsoleParts>;
  readonly site?: Partial<Site>;
  /** Wall time of the box: noon of a May day unless given. */
  readonly clock?: ReturnType<typeof handClock>;
}

/** A console over a real store, journal and desk in a directory of its own; its clock is moved by hand. */
export async function createConsoleTrial(options: ConsoleTrialOptions = {}): Promise<ConsoleTrial> {
  const folder = mkdtempSync(join(tmpdir(), 'console-'));
  const dataDir = join(folder, 'data');
  const clock = options.clock ?? handClock(noon);
  const log = createLog('silent');
  const store = await openStore({
    dataDir,
    load: loadMigrations,
    gate: gateMigrations,
    nowMs: clock.nowMs(),
  });
  const reader = await openSqlite(join(dataDir, 'load.db'), { walAutoCheckpoint: 0 });
  const journal = await openJournal({
    store,
    reader,
    clock,
    windowMs: 0,
    reserveBytes: 1,
    onFatal: (error) => {
      throw error;
    },
  });
  const { site } = trialParts(
    mkdtempSync(join(folder, 'site-')),
    options.site ? { site: options.site } : {},
  );
  const config = GatewayConfig.parse({
    site: { name: '杜巷小区', signature: '杜巷自治' },
    // The tests of the second factor turn it on: the others are not about it.
    console: { listen: '127.0.0.1:0', secondFactor: 'offered' },
    people: [
      { id: 'p3', title: '3号', role: 'duty', phone: '+8613800138003' },
      { id: 'p4', title: '4号', role: 'duty', phone: '+8613800138004' },
      { id: 'guard', title: '物业值班', role: 'property', phone: '+8613800138010' },
      { id: 'chair', title: '主任', role: 'chair', phone: '+8613800138011' },
      { id: 'grid', title: '网格员', role: 'grid', phone: '+8613800138012' },
    ],
    ...options.config,
  });
  const desk = await createDesk({ gate: store.gate, config, site, clock, keys: store.keys, log });
  const parts: ConsoleParts = {
    config,
    site,
    rules: armRules(allRules, config.rules),
    journal,
    desk,
    gate: store.gate,
    clock,
    realClock: clock,
    log,
    metrics: async () => '',
    health: () => ({ ok: true, parts: [{ name: 'journal', ok: true }] }),
    devices: () => [],
    buses: () => [],
    gpio: () => [],
    strangers: () => [],
    commander: {
      canOpen: () => false,
      keepsPlates: () => false,
      plate: async () => [],
      open: async (lane) => ({ id: 'c-1', device: lane, result: 'impossible' }),
      setTime: async (device) => ({ id: 'c-1', device, result: 'impossible' }),
    },
    demo: false,
    keys: store.keys,
    dataDir,
    modem: () => ({ state: 'ready', signalDbm: -77, registered: true }),
    ...options.parts,
  };
  const open = async (now: ConsoleParts): Promise<ConsoleTrial> => {
    const console = await buildConsole(now);
    return {
      console,
      clock,
      desk,
      store,
      parts: now,
      append: (...readings) =>
        new Promise((resolve, reject) => {
          journal.append(readings, (error) => (error ? reject(error) : resolve()));
        }),
      async restart(more = {}) {
        await console.stop();
        return open({ ...now, ...more });
      },
      async close() {
        await console.stop();
        await journal.close();
        await reader.close();
        await store.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  };
  return open(parts);
}

export const password = 'correct horse 3';
const own = { 'x-gatehouse': '1' };

/** A phone or computer: keeps its cookie and says what the pages say. */
export function visitor({ console }: Pick<ConsoleTrial, 'console'>, address = '192.0.2.7') {
  const jar = new Map<string, string>();
  const cookies = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  const ask = async (
    method: 'GET' | 'POST' | 'DELETE' | 'PUT' | 'PATCH',
    url: string,
    body?: object,
    headers: Readonly<Record<string, string>> = {},
  ) => {
    const answer = await console.app.inject({
      method,
      url: `/api/v1${url}`,
      remoteAddress: address,
      headers: { ...own, ...(jar.size > 0 ? { cookie: cookies() } : {}), ...headers },
      ...(body ? { payload: body } : {}),
    });
    for (const { name, value } of answer.cookies) jar.set(name, value);
    const json = () => (answer.body === '' ? {} : answer.json());
    return { status: answer.statusCode, headers: answer.headers, body: answer.body, json };
  };
  return {
    get: (url: string, headers?: Readonly<Record<string, string>>) =>
      ask('GET', url, undefined, headers),
    post: (url: string, body: object = {}, headers?: Readonly<Record<string, string>>) =>
      ask('POST', url, body, headers),
    ask,
    logIn: (name: string, word = password, more: object = {}) =>
      ask('POST', '/session', { name, password: word, ...more }),
    logOut: () => ask('DELETE', '/session'),
    /** As the browser sends them. */
    cookie: cookies,
  };
}
export type Visitor = ReturnType<typeof visitor>;

/** Makes the first account, `chair`, and logs in with it. */
export async function chairOf(trial: ConsoleTrial): Promise<Visitor> {
  const chair = visitor(trial);
  const code = trial.console.setupCode ?? '';
  await chair.post('/setup', { code, name: 'chair', password });
  await chair.logIn('chair');
  return chair;
}

/** Makes an account of a role, named after it, and logs in with it; the chair must be there. */
export async function memberOf(trial: ConsoleTrial, chair: Visitor, role: Role): Promise<Visitor> {
  const name = role === 'chair' ? 'chair-2' : role;
  const { code } = (await chair.post('/accounts', { name, role })).json();
  const person = visitor(trial, `192.0.2.${20 + roles.indexOf(role)}`);
  await person.post('/password', { name, code, password });
  await person.logIn(name);
  return person;
}
