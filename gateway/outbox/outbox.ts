import type { Clock } from '../clock.ts';
import type { OutboxRow, Tx } from '../desk/alert-row.ts';
import type { Channel } from '../desk/contract.ts';
import { infoPriority } from '../desk/enqueue.ts';
import { markedAgain } from '../desk/messages.ts';
import type { Log } from '../log.ts';
import type { Sqlite } from '../store/sqlite.ts';
import type { OutboxChannel, Receipt, SendResult } from './channel.ts';

export interface OutboxParts {
  readonly gate: Sqlite;
  readonly channels: readonly OutboxChannel[];
  readonly clock: Clock;
  readonly log: Log;
}

/** Sends what waits, at each channel's own pace. */
export interface Outbox {
  /** Looks for work; called about once a second, and after each change of an alert. */
  kick(): void;
  /** Resolves when nothing is due that a channel could take. */
  settled(): Promise<void>;
  /** Counts of results since the start, for the metrics. */
  counts(): Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

/** So long a report may overtake the note that its message left. */
const earlyMs = 10_000;

/** Back-off after each try that did not leave, ms; the last one repeats. */
const backOffMs = [15_000, 60_000, 180_000, 600_000] as const;
/** A channel that says it is ready and is not must not be asked without pause. */
const downMs = 1000;
/** Reports come a little after the end of a message's validity. */
const graceMs = 5 * 60_000;
const mostTries: Readonly<Record<Channel, number>> = {
  sms: 8,
  cloud: 4,
  robot: 12,
  mail: 12,
  upstream: Number.POSITIVE_INFINITY,
};

/**
 * At least once: a row is marked before it is given to a channel, so a crash in between leaves it `sending`, and the next
 * start sends it once more, marked. At most one duplicate for each crash.
 */
export async function startOutbox({ gate, channels, clock, log }: OutboxParts): Promise<Outbox> {
  const counts: Record<string, number> = {};
  const flights = new Map<Channel, number>();
  const running = new Set<Promise<void>>();
  const early = new Map<string, readonly [Receipt, number]>();
  let stopped = false;
  let again = false;
  let looking: Promise<void> | null = null;
  let writes: Promise<unknown> = Promise.resolve();
  await recover(gate, channels, clock.nowMs());

  for (const channel of channels) {
    channel.onReceipt((receipt) => {
      later(channel, async () => {
        const known = await confirm(gate, channel, receipt, clock.nowMs());
        // A report can overtake the note that its message left: it waits for that a moment.
        if (!known) early.set(`${channel.name} ${receipt.reference}`, [receipt, clock.monoMs()]);
        kick();
      });
    });
    channel.onReady(() => kick());
  }

  function later(channel: OutboxChannel, work: () => Promise<void>): void {
    writes = writes.then(work).catch((err: unknown) => log.error({ outbox: channel.name, err }));
  }

  /** A report that came before its message was noted as sent. */
  function takeEarly(channel: OutboxChannel, result: SendResult): void {
    const monoMs = clock.monoMs();
    for (const [key, [receipt, atMs]] of early) {
      if (monoMs - atMs > earlyMs) early.delete(key);
      else if (result.outcome === 'sent' && key === `${channel.name} ${result.reference}`) {
        early.delete(key);
        later(channel, async () => void (await confirm(gate, channel, receipt, clock.nowMs())));
      }
    }
  }

  function kick(): void {
    if (stopped) return;
    again = true;
    looking ??= look().finally(() => {
      looking = null;
    });
  }

  async function look(): Promise<void> {
    while (again && !stopped) {
      again = false;
      try {
        await expire(gate, channels, clock.nowMs());
        for (const channel of channels) await fill(channel);
      } catch (err) {
        // The disk may refuse for a while; the rows are still there at the next look.
        log.error({ outbox: 'look', err });
      }
    }
  }

  async function fill(channel: OutboxChannel): Promise<void> {
    while (!stopped && channel.ready() && (flights.get(channel.name) ?? 0) < channel.window) {
      const row = await take(gate, channel, clock.nowMs());
      if (!row) return;
      flights.set(channel.name, (flights.get(channel.name) ?? 0) + 1);
      const flight = send(channel, row).finally(() => {
        flights.set(channel.name, (flights.get(channel.name) ?? 1) - 1);
        running.delete(flight);
        kick();
      });
      running.add(flight);
    }
  }

  async function send(channel: OutboxChannel, row: OutboxRow): Promise<void> {
    const marked = row.again > 0 && !channel.idempotent;
    let result: SendResult;
    try {
      result = await channel.send({
        id: row.id,
        to: row.recipient,
        text: marked ? markedAgain(row.text) : row.text,
        priority: row.priority,
        expiresAtMs: row.expires_ms,
        messageId: row.message_id,
        again: row.again > 0,
        ...(row.params === null ? {} : { params: JSON.parse(row.params) }),
      });
    } catch (err) {
      log.error({ outbox: channel.name, err });
      result = { outcome: 'unknown', reason: 'Internal error' };
    }
    const key = `${channel.name} ${result.outcome}`;
    counts[key] = (counts[key] ?? 0) + 1;
    try {
      await settle(gate, channel, row, result, clock.nowMs());
      takeEarly(channel, result);
    } catch (err) {
      log.error({ outbox: channel.name, err });
    }
  }

  async function settled(): Promise<void> {
    while (looking || running.size > 0) {
      await looking;
      await Promise.all(running);
    }
    await writes;
    if (looking || running.size > 0) await settled();
  }

  return {
    kick,
    settled,
    counts: () => ({ ...counts }),
    async stop() {
      stopped = true;
      await looking;
      for (const channel of channels) await channel.stop();
      await Promise.all(running);
      await writes;
    },
  };
}

/**
 * After a start. Of a row the box knows for certain that it never left (`waiting`) or that it did (`sent`, `delivered`):
 * neither is sent twice, and a clean stop leaves no other. `sending` alone, after a kill or a power cut, may have left or
 * not, and no modem says which: an alert goes once more, marked where that can do harm; what is for information only does
 * not (who stands by need not be told twice, and whoever it did not reach misses no alert).
 */
async function recover(
  gate: Sqlite,
  channels: readonly OutboxChannel[],
  nowMs: number,
): Promise<void> {
  // A box without a clock of its own may start in the past: what waits must not wait for its time to come again.
  await gate.run("UPDATE outbox SET next_ms = ? WHERE state = 'waiting' AND next_ms > ?", [
    nowMs,
    nowMs + Math.max(...backOffMs),
  ]);
  for (const { name, idempotent } of channels) {
    await gate.run(
      `UPDATE outbox SET state = 'waiting', next_ms = ?, again = again + ?, reason = 'restart'
       WHERE channel = ? AND state = 'sending' AND (priority < ? OR ?)`,
      [nowMs, idempotent ? 0 : 1, name, infoPriority, idempotent ? 1 : 0],
    );
    await gate.run(
      `UPDATE outbox SET state = 'unknown', done_ms = ?, reason = 'restart' WHERE channel = ? AND state = 'sending'`,
      [nowMs, name],
    );
  }
}

/** The next row of a channel, marked as under way before anything is sent. */
async function take(
  gate: Sqlite,
  { name }: OutboxChannel,
  nowMs: number,
): Promise<OutboxRow | undefined> {
  return gate.transaction(async (tx) => {
    if (name === 'cloud') await leaveToModem(tx, nowMs);
    const row =
      name === 'upstream' ? await nextUpstream(tx, nowMs) : await nextRow(tx, name, nowMs);
    if (!row) return undefined;
    await tx.run("UPDATE outbox SET state = 'sending', attempts = attempts + 1 WHERE id = ?", [
      row.id,
    ]);
    return row;
  });
}

/** What the modem has sent in time needs no provider; what is critical goes both ways. */
const leaveToModem = (tx: Tx, nowMs: number) =>
  tx.run(
    `UPDATE outbox SET state = 'cancelled', done_ms = ?, reason = 'sent by the modem'
     WHERE state = 'waiting' AND channel = 'cloud' AND priority > 0 AND next_ms <= ? AND twin IN
       (SELECT id FROM outbox WHERE channel = 'sms' AND state IN ('sending', 'sent', 'delivered', 'unknown', 'cancelled'))`,
    [nowMs, nowMs],
  );

/** The provider has it: the modem need not say it again when it is back. */
const leaveToProvider = (gate: Sqlite, { twin, priority }: OutboxRow, nowMs: number) =>
  twin === null || priority === 0
    ? undefined
    : gate.run(
        `UPDATE outbox SET state = 'cancelled', done_ms = ?, reason = 'sent by the provider'
         WHERE id = ? AND state = 'waiting'`,
        [nowMs, twin],
      );

const nextRow = (tx: Tx, channel: Channel, nowMs: number) =>
  tx.get<OutboxRow>(
    `SELECT * FROM outbox INDEXED BY outbox_due WHERE state = 'waiting' AND channel = ? AND next_ms <= ?
     ORDER BY priority, next_ms, id LIMIT 1`,
    [channel, nowMs],
  );

/** Live alerts are younger than this; they do not wait behind the backlog of an outage. */
const liveMs = 10 * 60_000;

/** Live ones first, then the backlog; within one alert always the oldest, and one at a time. */
async function nextUpstream(tx: Tx, nowMs: number): Promise<OutboxRow | undefined> {
  const oldest = `NOT EXISTS (SELECT 1 FROM outbox AS before INDEXED BY outbox_alert
     WHERE before.alert_id = outbox.alert_id AND before.id < outbox.id AND before.channel = 'upstream'
       AND before.state IN ('waiting', 'sending', 'sent'))`;
  const live = await tx.get<OutboxRow>(
    `SELECT * FROM outbox INDEXED BY outbox_live WHERE state = 'waiting' AND channel = 'upstream'
       AND created_ms > ? AND next_ms <= ? AND ${oldest} ORDER BY created_ms, id LIMIT 1`,
    [nowMs - liveMs, nowMs],
  );
  return (
    live ??
    tx.get<OutboxRow>(
      `SELECT * FROM outbox INDEXED BY outbox_oldest WHERE state = 'waiting' AND channel = 'upstream'
         AND next_ms <= ? AND ${oldest} ORDER BY id LIMIT 1`,
      [nowMs],
    )
  );
}

async function settle(
  gate: Sqlite,
  channel: OutboxChannel,
  row: OutboxRow,
  result: SendResult,
  nowMs: number,
): Promise<void> {
  const set = (columns: string, values: readonly (string | number | null)[]) =>
    gate.run(`UPDATE outbox SET ${columns} WHERE id = ? AND state = 'sending'`, [
      ...values,
      row.id,
    ]);
  const tries = row.attempts + 1;
  const wait = backOffMs[Math.min(tries, backOffMs.length) - 1] ?? 600_000;
  switch (result.outcome) {
    case 'done':
      await set("state = 'delivered', sent_ms = ?, done_ms = ?, reason = NULL", [nowMs, nowMs]);
      return;
    case 'sent':
      await set("state = 'sent', sent_ms = ?, next_ms = ?, reference = ?, reason = NULL", [
        nowMs,
        confirmBy(channel, row, nowMs),
        result.reference,
      ]);
      await leaveToProvider(gate, row, nowMs);
      return;
    case 'down':
      // No try: the row waits as it was, and goes when the channel is back.
      await set("state = 'waiting', attempts = attempts - 1, next_ms = ?, reason = ?", [
        nowMs + downMs,
        result.reason,
      ]);
      return;
    case 'refused':
      await set("state = 'failed', done_ms = ?, reason = ?", [nowMs, result.reason]);
      return;
    case 'retry':
      if (tries >= mostTries[channel.name]) {
        await set("state = 'failed', done_ms = ?, reason = ?", [nowMs, result.reason]);
      } else await set("state = 'waiting', next_ms = ?, reason = ?", [nowMs + wait, result.reason]);
      return;
    case 'unknown':
      if (row.again > 0 && !channel.idempotent) {
        await set("state = 'unknown', done_ms = ?, reason = ?", [nowMs, result.reason]);
      } else {
        await set("state = 'waiting', next_ms = ?, again = again + ?, reason = ?", [
          nowMs + (channel.idempotent ? wait : 0),
          channel.idempotent ? 0 : 1,
          result.reason,
        ]);
      }
  }
}

/** Until when a confirmation is awaited: a message that the network has dropped is not reported on any more. */
const confirmBy = (channel: OutboxChannel, row: OutboxRow, nowMs: number): number =>
  channel.idempotent
    ? nowMs + channel.confirmMs
    : Math.min(nowMs + channel.confirmMs, row.expires_ms + graceMs);

/** The other side's word; false when it is about nothing we know. What is settled already stays as it is. */
async function confirm(
  gate: Sqlite,
  { name }: OutboxChannel,
  { reference, outcome, reason }: Receipt,
  nowMs: number,
): Promise<boolean> {
  return gate.transaction(async (tx) => {
    // A platform echoes our own id; a modem gives numbers that begin anew after 256: the newest counts.
    const row = await tx.get<OutboxRow>(
      name === 'upstream'
        ? `SELECT * FROM outbox WHERE once = ? AND state IN ('sent', 'sending', 'waiting')`
        : `SELECT * FROM outbox WHERE reference = ? AND channel = 'sms' AND state IN ('sent', 'unknown')
             ORDER BY sent_ms DESC, id DESC LIMIT 1`,
      [reference],
    );
    if (!row) return false;
    const set = (columns: string, values: readonly (string | number)[]) =>
      tx.run(`UPDATE outbox SET ${columns} WHERE id = ?`, [...values, row.id]);
    if (outcome === 'delivered') {
      await set("state = 'delivered', done_ms = ?, reason = NULL", [nowMs]);
    } else if (outcome === 'stopped' && row.attempts < 2) {
      const next = nowMs + backOffMs[0];
      await set("state = 'waiting', next_ms = ?, reason = ?", [next, reason ?? outcome]);
    } else await set("state = 'failed', done_ms = ?, reason = ?", [nowMs, reason ?? outcome]);
    return true;
  });
}

/** What is too late misleads; what was never confirmed is unknown, or goes again where that does no harm. */
async function expire(
  gate: Sqlite,
  channels: readonly OutboxChannel[],
  nowMs: number,
): Promise<void> {
  const late = await gate.get(
    "SELECT 1 FROM outbox INDEXED BY outbox_expires WHERE state = 'waiting' AND expires_ms <= ? LIMIT 1",
    [nowMs],
  );
  if (late) {
    await gate.run(
      "UPDATE outbox SET state = 'expired', done_ms = ?, reason = 'expired' WHERE state = 'waiting' AND expires_ms <= ?",
      [nowMs, nowMs],
    );
  }
  for (const { name, idempotent } of channels) {
    const due = await gate.get(
      `SELECT 1 FROM outbox INDEXED BY outbox_unconfirmed WHERE state = 'sent' AND channel = ? AND next_ms <= ? LIMIT 1`,
      [name, nowMs],
    );
    if (!due) continue;
    const next = idempotent
      ? "state = 'waiting', next_ms = ?"
      : "state = 'unknown', done_ms = ?, reason = 'no report'";
    await gate.run(
      `UPDATE outbox SET ${next} WHERE state = 'sent' AND channel = ? AND next_ms <= ?`,
      [nowMs, name, nowMs],
    );
  }
}
