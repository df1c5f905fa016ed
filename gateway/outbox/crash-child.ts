import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDesk } from '../desk/desk.ts';
import { deskMigrations } from '../desk/migrations.ts';
import { overloadAt, trialParts } from '../desk/trial.ts';
import { migrate } from '../store/migrations.ts';
import { openSqlite, type Sqlite, type Statements } from '../store/sqlite.ts';
import type { OutboxChannel, Receipt } from './channel.ts';
import { startOutbox } from './outbox.ts';

/**
 * The alert path in a process of its own, for the crash test: one critical finding, three channels that write what leaves
 * into a file, and an end by SIGKILL at the n-th step that may lose or double something.
 */
const [, , folder = '', at = '0'] = process.argv;
const killAt = Number(at);
let step = 0;

/** Passed before and after everything that persists or leaves. */
function point(): void {
  step += 1;
  if (step === killAt) process.kill(process.pid, 'SIGKILL');
}

function killing(db: Sqlite): Sqlite {
  const wrap = (inner: Statements): Statements => ({
    ...inner,
    run: async (sql, params) => {
      point();
      const result = await inner.run(sql, params);
      point();
      return result;
    },
    get: (sql, params) => inner.get(sql, params),
    all: (sql, params) => inner.all(sql, params),
  });
  return {
    ...db,
    ...wrap(db),
    transaction: async (work) => {
      const result = await db.transaction(async (tx) => {
        const done = await work(wrap(tx));
        point();
        return done;
      });
      point();
      return result;
    },
  };
}

function channel(name: OutboxChannel['name'], confirms: boolean): OutboxChannel {
  let receipts: (receipt: Receipt) => void = () => {};
  return {
    name,
    window: 1,
    idempotent: name === 'upstream',
    confirmMs: 60_000,
    ready: () => true,
    send: async ({ id, to, text }) => {
      point();
      appendFileSync(join(folder, 'left.txt'), `${JSON.stringify({ name, id, to, text })}\n`);
      point();
      if (!confirms) return { outcome: 'done' };
      const reference = name === 'upstream' ? JSON.parse(text).id : String(id);
      setImmediate(() => {
        point();
        receipts({ reference, outcome: 'delivered' });
      });
      return { outcome: 'sent', reference };
    },
    onReceipt: (listener) => {
      receipts = listener;
    },
    onReady: () => {},
    stop: async () => {},
  };
}

const plain = await openSqlite(join(folder, 'gate.db'));
await migrate(plain, deskMigrations);
const parts = trialParts(folder);
// What makes the box itself is not part of the alert path.
await createDesk({ ...parts, gate: plain });
const gate = killing(plain);
const desk = await createDesk({ ...parts, gate });
const outbox = await startOutbox({
  gate,
  channels: [channel('sms', true), channel('robot', false), channel('upstream', true)],
  clock: parts.clock,
  log: parts.log,
});
desk.onChange(() => outbox.kick());
outbox.kick();
// The journal gives the group again after each start; the desk skips what it has.
await desk.apply([overloadAt('b012', 3, parts.clock.nowMs())], 1, parts.clock.nowMs());
for (let n = 0; n < 20; n += 1) {
  outbox.kick();
  await outbox.settled();
  await new Promise((resolve) => setImmediate(resolve));
}
const rows = await plain.all<{ state: string }>('SELECT state FROM outbox');
process.stdout.write(JSON.stringify({ step, states: rows.map(({ state }) => state) }));
await outbox.stop();
await plain.close();
