import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding } from '../../rules/finding.ts';
import type { Site } from '../../rules/site.ts';
import type { Clock } from '../clock.ts';
import { GatewayConfig } from '../config/schema.ts';
import { createLog } from '../log.ts';
import { openKeys } from '../privacy/keys.ts';
import { migrate } from '../store/migrations.ts';
import { openSqlite, type Sqlite } from '../store/sqlite.ts';
import type { OutboxRow } from './alert-row.ts';
import type { Desk } from './contract.ts';
import { createDesk } from './desk.ts';
import { deskMigrations } from './migrations.ts';

/** A clock that tests move by hand. */
export interface HandClock extends Clock {
  /** Time passes. */
  pass(ms: number): void;
  /** Somebody sets the wall clock; no time passes. */
  set(nowMs: number): void;
  /** Whether the time is known. */
  trust(known: boolean): void;
}

export function handClock(startMs: number): HandClock {
  let wallMs = startMs;
  let monoMs = 1_000_000;
  let known = true;
  return {
    nowMs: () => wallMs,
    monoMs: () => monoMs,
    trusted: () => known,
    pass: (ms) => {
      wallMs += ms;
      monoMs += ms;
    },
    set: (nowMs) => {
      wallMs = nowMs;
    },
    trust: (now) => {
      known = now;
    },
  };
}

/** A desk on a database of its own, for tests. */
export interface Trial {
  readonly clock: HandClock;
  readonly gate: Sqlite;
  readonly desk: Desk;
  readonly config: GatewayConfig;
  readonly keys: ReturnType<typeof openKeys>;
  /** Time passes in steps, with a tick after each. */
  pass(ms: number, everyMs?: number): Promise<void>;
  /** A group with these findings, now. */
  apply(...findings: readonly Finding[]): Promise<void>;
  /** Rows of the outbox, oldest first. */
  rows(channel?: OutboxRow['channel']): Promise<readonly OutboxRow[]>;
  /** A new desk on the same database, as after a restart. */
  restart(): Promise<Trial>;
  close(): Promise<void>;
}

/** 2026-05-01 12:00 in Shanghai. */
export const noon = Date.UTC(2026, 4, 1, 4);

const people = [
  { id: 'p3', title: '3号', role: 'duty', phone: '+8613800138003' },
  { id: 'p4', title: '4号', role: 'duty', phone: '+8613800138004' },
  { id: 'guard', title: '物业值班', role: 'property', phone: '+8613800138010' },
  { id: 'chair', title: '主任', role: 'chair', phone: '+8613800138011' },
  { id: 'grid', title: '网格员', role: 'grid', phone: '+8613800138012' },
] as const;

export interface TrialOptions {
  readonly startMs?: number;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly site?: Partial<Site>;
}

/** What a desk is built from, but for its database. */
export function trialParts(folder: string, options: TrialOptions = {}) {
  const clock = handClock(options.startMs ?? noon);
  const config = GatewayConfig.parse({
    site: { name: '杜巷小区', signature: '杜巷自治' },
    people,
    // Its own tests turn it on: it would stand among the messages of every story that goes on into the evening.
    sms: { simulated: true, dutyReminder: 'off' },
    robots: [{ kind: 'wecom', url: 'http://127.0.0.1:9999/' }],
    upstream: { url: 'mqtt://127.0.0.1:1' },
    ...options.config,
  });
  const keys = openKeys(folder, undefined, true);
  const site: Site = {
    name: config.site.name,
    utcOffsetMs: 8 * 3_600_000,
    points: buildings(),
    lanes: [{ id: 'in-1', title: '南门', direction: 'in' }],
    devices: buildings().map(({ id }) => ({
      id: `m${id.slice(1)}`,
      point: id,
      kinds: ['power'],
      intervalS: 10,
    })),
    ...options.site,
  };
  return { clock, config, keys, site, log: createLog('silent') };
}

/** Five people, a simulated modem, one robot, a platform; buildings b001 to b473 with a meter each. */
export async function createTrial(options: TrialOptions = {}): Promise<Trial> {
  const folder = mkdtempSync(join(tmpdir(), 'desk-'));
  const parts = trialParts(folder, options);
  const { clock, config, keys } = parts;
  const gate = await openSqlite(join(folder, 'gate.db'));
  await migrate(gate, deskMigrations);
  const open = async (): Promise<Trial> => {
    const desk = await createDesk({ ...parts, gate });
    let seq = desk.appliedSeq();
    return {
      clock,
      gate,
      desk,
      config,
      keys,
      async pass(ms, everyMs = 60_000) {
        for (let left = ms; left > 0; left -= everyMs) {
          clock.pass(Math.min(left, everyMs));
          await desk.tick(clock.nowMs());
        }
      },
      async apply(...findings) {
        seq += 1;
        await desk.apply(findings, seq, clock.nowMs());
      },
      rows: (channel) =>
        channel
          ? gate.all('SELECT * FROM outbox WHERE channel = ? ORDER BY id', [channel])
          : gate.all('SELECT * FROM outbox ORDER BY id'),
      restart: open,
      async close() {
        await gate.close();
        rmSync(folder, { recursive: true, force: true });
        rmSync(`${folder}.keys`, { recursive: true, force: true });
      },
    };
  };
  return open();
}

function buildings(): Site['points'] {
  return Array.from({ length: 473 }, (_, index) => {
    const id = `b${String(index + 1).padStart(3, '0')}`;
    return { id, title: `${index + 1}号楼`, kind: 'building' as const, parent: 'feeder-1' };
  });
}

/** An overload finding of one building at a stage, as the rule emits it. */
export function overloadAt(
  point: string,
  stage: 0 | 1 | 2 | 3,
  atMs: number,
  more: Partial<Finding> = {},
): Finding {
  const severities = ['info', 'minor', 'major', 'critical'] as const;
  const { sinceMs = atMs - 600_000 } = more;
  return {
    id: `load.overload/${point}/${sinceMs}`,
    rule: 'load.overload',
    point,
    change: stage === 0 ? 'cleared' : 'raised',
    severity: severities[stage],
    stage,
    atMs,
    sinceMs,
    evidence: { currentA: 48.2, limitA: 40, sharePercent: 121, minutes: 10 },
    text: { zh: '用电48.2安。', en: '48.2 A.' },
    ...more,
  };
}
