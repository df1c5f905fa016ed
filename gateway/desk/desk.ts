import { randomBytes } from 'node:crypto';
import type { Finding } from '../../rules/finding.ts';
import type { Site } from '../../rules/site.ts';
import type { Clock } from '../clock.ts';
import type { GatewayConfig } from '../config/schema.ts';
import type { Log } from '../log.ts';
import type { Sqlite } from '../store/sqlite.ts';
import { act } from './act.ts';
import {
  type AlertRow,
  alertRow,
  eventsOf,
  type OutboxRow,
  type Tx,
  toAlert,
  toDelivery,
} from './alert-row.ts';
import { applyFinding, doubtOwn } from './apply.ts';
import type { DeskContext } from './context.ts';
import type { Alert, Channel, Desk } from './contract.ts';
import { remember, remembered } from './desk-state.ts';
import { endDrill, runningDrill, startDrill } from './drill.ts';
import { remindDuty, reminderMinute } from './duty-reminder.ts';
import { tellHold } from './hold-notice.ts';
import { localTime, quietHours } from './local-time.ts';
import { listPeople, type PhoneKeys, seedPeople } from './people.ts';
import { doubtOf } from './quiet-hours.ts';
import { insertDrill } from './raise.ts';
import { purgeDesk } from './retention.ts';
import { tellCase } from './tell-case.ts';
import {
  closeOld,
  isDue,
  knowMorning,
  marksOf,
  pullIn,
  runDue,
  shiftTimers,
  tellAfterSilence,
} from './timers.ts';

/** What a desk is built from. `gate` is gate.db with the desk's migrations done. */
export interface DeskParts {
  readonly gate: Sqlite;
  readonly config: GatewayConfig;
  readonly site: Site;
  readonly clock: Clock;
  readonly keys: PhoneKeys;
  readonly log: Log;
}

/** Wall and monotonic time may drift apart by this before the wall clock counts as set. */
const stepMs = 30_000;
/** So long after a start a step is the network's time arriving, not somebody setting a right clock. */
const startingMs = 30 * 60_000;
const tidyMs = 3_600_000;
/** How often it is looked whether a silence has ended, ms. */
const silenceLookMs = 15_000;

/** From findings to alerts to rows of the outbox. Everything that must survive is in gate.db, timers too. */
export async function createDesk(parts: DeskParts): Promise<Desk> {
  const { gate, clock, log } = parts;
  const context = await prepare(parts);
  let applied = Number((await remembered(gate, 'applied')) ?? 0);
  let listeners: ((alert: Alert) => void)[] = [];
  let lastTick: {
    readonly wallMs: number;
    readonly monoMs: number;
    readonly trusted: boolean;
  } | null = null;
  const startedMs = clock.monoMs();
  const marks = await gate.transaction(async (tx) => {
    await pullIn(tx, clock.nowMs());
    return marksOf(tx);
  });
  let tidiedMs = Number.NEGATIVE_INFINITY;
  let ticking: Promise<void> | null = null;
  let lookedMs = Number.NEGATIVE_INFINITY;
  let digestDay = await remembered(gate, 'digest');
  let remindedDay = await remembered(gate, 'reminded');
  const reminder = reminderMinute(context.config.sms.dutyReminder);

  async function changing(work: (tx: Tx) => Promise<readonly number[]>): Promise<void> {
    const rows = await gate.transaction(async (tx) => {
      const ids = new Set(await work(tx));
      const changed: AlertRow[] = [];
      for (const id of ids) changed.push(await alertRow(tx, id));
      return changed;
    });
    for (const row of rows) publish(row);
  }

  function publish(row: AlertRow): void {
    const alert = toAlert(row);
    for (const listener of listeners) {
      try {
        listener(alert);
      } catch (err) {
        // Who listens must not stop what must be sent.
        log.error({ desk: 'listener', err });
      }
    }
  }

  /** The clock was set since the last tick: timers move with it. */
  async function followClock(nowMs: number): Promise<void> {
    const monoMs = clock.monoMs();
    const moved = lastTick ? nowMs - lastTick.wallMs - (monoMs - lastTick.monoMs) : 0;
    if (Math.abs(moved) >= stepMs) {
      const starting = !lastTick?.trusted || monoMs - startedMs < startingMs;
      log.warn({ desk: 'clock', movedMs: Math.round(moved), starting });
      await gate.transaction(async (tx) => {
        await shiftTimers(tx, Math.round(moved), starting ? marks : undefined);
        await pullIn(tx, nowMs);
      });
    }
    const trusted = clock.trusted();
    if (trusted && lastTick?.trusted === false)
      await gate.transaction((tx) => knowMorning(tx, context, nowMs));
    lastTick = { wallMs: nowMs, monoMs, trusted };
  }

  async function tick(nowMs: number): Promise<void> {
    await followClock(nowMs);
    const { day, minute } = localTime(nowMs, context.zone);
    const morning = minute >= quietHours.toMinute && digestDay !== day;
    if (morning || (await isDue(gate, nowMs))) {
      await changing((tx) => runDue(tx, context, nowMs));
      // In quiet hours that last longer, and while the time is not known, the summary is still to come.
      if (morning) digestDay = await remembered(gate, 'digest');
    }
    if (clock.monoMs() - lookedMs >= silenceLookMs) {
      lookedMs = clock.monoMs();
      if (reminder !== null && minute >= reminder && remindedDay !== day) {
        await gate.transaction((tx) => remindDuty(tx, context, day, nowMs));
        remindedDay = await remembered(gate, 'reminded');
      }
      await changing((tx) => tellAfterSilence(tx, context, nowMs));
    }
    if (clock.monoMs() - tidiedMs < tidyMs) return;
    tidiedMs = clock.monoMs();
    await changing((tx) => closeOld(tx, nowMs));
    // Before the clock is right nobody knows what is old.
    if (clock.trusted()) await gate.transaction((tx) => purgeDesk(tx, nowMs));
  }

  return {
    async apply(findings, seq, atMs) {
      if (seq <= applied) return;
      // Groups without findings leave no trace: applying them again does nothing.
      if (findings.length > 0) {
        await changing(async (tx) => {
          const ids = await applyAll(tx, context, findings, atMs);
          await remember(tx, 'applied', seq);
          return ids;
        });
      }
      applied = seq;
    },
    inDoubt: context.inDoubt,
    appliedSeq: () => applied,
    system: (finding, atMs) => changing((tx) => applyAll(tx, context, [finding], atMs)),
    tick(nowMs) {
      // A slow disk must not make ticks queue up: the running one does what is due.
      ticking ??= tick(nowMs).finally(() => {
        ticking = null;
      });
      return ticking;
    },
    async act(alertId, action, actor, note) {
      const nowMs = clock.nowMs();
      const row = await gate.transaction((tx) =>
        act(tx, context, alertId, action, actor, note, nowMs),
      );
      publish(row);
      return toAlert(row);
    },
    async drill(who) {
      const nowMs = clock.nowMs();
      const insert = (tx: Tx) => insertDrill(tx, context.site, nowMs);
      const row = await gate.transaction((tx) => startDrill(tx, context, insert, who, nowMs));
      publish(row);
      return toAlert(row);
    },
    endDrill: (who) =>
      changing(async (tx) => {
        const drill = await runningDrill(tx);
        if (drill) await endDrill(tx, drill, who, clock.nowMs());
        return drill ? [drill.id] : [];
      }),
    tellHold: (tx, hold) => tellHold(tx, context, hold, clock.nowMs()),
    tellCase: (tx, of) => tellCase(tx, context, of, clock.nowMs()),
    openAlerts: async () =>
      (
        await gate.all<AlertRow>(
          `SELECT * FROM alerts WHERE work <> 'closed' AND severity <> 'info' AND shadow = 0
           ORDER BY condition = 'active' DESC, severity = 'critical' DESC, severity = 'major' DESC, id DESC
           LIMIT 1000`,
        )
      ).map(toAlert),
    async alerts({ fromMs = 0, toMs = Number.MAX_SAFE_INTEGER, limit = 200 }) {
      const rows = await gate.all<AlertRow>(
        'SELECT * FROM alerts WHERE raised_ms >= ? AND raised_ms < ? ORDER BY raised_ms DESC, id DESC LIMIT ?',
        [fromMs, toMs, Math.min(limit, 10_000)],
      );
      return rows.map(toAlert);
    },
    async alert(id) {
      const row = await gate.get<AlertRow>('SELECT * FROM alerts WHERE id = ?', [id]);
      if (!row) return undefined;
      const rows = await gate.all<OutboxRow>(
        'SELECT * FROM outbox WHERE alert_id = ? ORDER BY id LIMIT 500',
        [id],
      );
      const people = new Map((await listPeople(gate)).map((one) => [one.id, one.title]));
      return {
        alert: toAlert(row),
        events: await eventsOf(gate, id),
        deliveries: rows.map((one) => toDelivery(one, people.get(one.recipient) ?? one.recipient)),
      };
    },
    onChange(listener) {
      listeners = [...listeners, listener];
    },
    async pending() {
      const rows = await gate.all<{ channel: Channel; n: number }>(
        `SELECT channel, COUNT(*) AS n FROM outbox
         WHERE state IN ('waiting', 'sending') OR (state = 'sent' AND channel = 'upstream')
         GROUP BY channel`,
      );
      const counts = { sms: 0, cloud: 0, robot: 0, mail: 0, upstream: 0 };
      for (const { channel, n } of rows) counts[channel] = n;
      return counts;
    },
  };
}

/** Who is in charge, what the box calls itself: read and kept once at the start. */
async function prepare(parts: DeskParts): Promise<DeskContext> {
  const { gate, config, site, clock, keys, log } = parts;
  const boxId = await gate.transaction(async (tx) => {
    await seedPeople(tx, config.people, keys);
    await doubtOwn(tx, clock.nowMs());
    const known = await remembered(tx, 'box');
    if (known) return known;
    const made = randomBytes(4).toString('hex');
    await remember(tx, 'box', made);
    return made;
  });
  const { name, signature, language, timeZone: zone } = config.site;
  // A signature may have ten characters; a longer name of a village is cut.
  return {
    config,
    site,
    clock,
    keys,
    log,
    zone,
    inDoubt: doubtOf(clock),
    language,
    boxId,
    signature: signature ?? name.slice(0, 10),
  };
}

async function applyAll(
  tx: Tx,
  context: DeskContext,
  findings: readonly Finding[],
  atMs: number,
): Promise<readonly number[]> {
  const ids: number[] = [];
  for (const finding of findings) {
    const row = await applyFinding(tx, context, finding, atMs);
    if (row) ids.push(row.id);
  }
  return ids;
}
