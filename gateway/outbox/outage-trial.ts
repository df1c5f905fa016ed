import { setTimeout as sleep } from 'node:timers/promises';
import { createTrial, noon, overloadAt } from '../desk/trial.ts';
import { createLog } from '../log.ts';
import type { OutboxChannel, Receipt } from './channel.ts';
import { startOutbox } from './outbox.ts';

export interface OutageParts {
  /** Rows that wait for the platform. */
  readonly rows: number;
  /** So many of them are watched while they leave. */
  readonly watched: number;
  readonly told?: (text: string) => void;
}

export interface Outage {
  /** Rows of the backlog that left, and their numbers, first and last. */
  readonly left: number;
  readonly firstRow: number;
  readonly lastRow: number;
  /** Rows that left before an earlier one of their own alert. */
  readonly disorder: readonly number[];
  /** Alerts that came meanwhile, and how many of them reached the platform. */
  readonly live: number;
  readonly liveSent: number;
  /** Rows of the backlog that left between a live alert and its record, of each. */
  readonly behind: readonly number[];
  /** Rows that still wait; 0 where all were watched. */
  readonly pending: number;
  readonly heapMb: readonly number[];
  readonly seconds: number;
}

const rowsOfAlert = 3;
/** What is watched is looked at in so many steps, with a live alert in each. */
const steps = 10;
const stuckMs = 600_000;

/** After three days without the platform it is back: what waited leaves, and new alerts come meanwhile. */
export async function outageTrial({ rows, watched, told }: OutageParts): Promise<Outage> {
  const trial = await createTrial();
  // How it survives a power cut is not the question here, and the backlog has a commit for each step of each row.
  await trial.gate.exec(`
    PRAGMA synchronous = OFF;
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
    INSERT INTO outbox (once, alert_id, channel, recipient, message_id, text, priority, created_ms, next_ms, expires_ms)
    SELECT 'x' || i, 1000 + i / ${rowsOfAlert}, 'upstream', 'platform', 'x', '{"id":"x' || i || '"}', 1,
      ${noon - 3 * 86_400_000} + i, ${noon}, ${noon + 30 * 86_400_000} FROM n;`);
  let [left, live, liveSent, firstRow, lastRow] = [0, 0, 0, 0, 0];
  const behind: number[] = [];
  const askedAt: number[] = [];
  // Each alert's rows in their order, though others overtake them; a bit each, so that the trial itself stays flat.
  const lastOf = new Uint32Array(rows);
  const disorder: number[] = [];
  let receipts: (one: Receipt) => void = () => {};
  const up: OutboxChannel = {
    name: 'upstream',
    window: 20,
    idempotent: true,
    confirmMs: 60_000,
    ready: () => true,
    async send({ text }) {
      const { id } = JSON.parse(text);
      if (id.startsWith('x')) {
        const row = Number(id.slice(1));
        const alert = Math.floor(row / rowsOfAlert);
        if (row <= (lastOf[alert] ?? 0)) disorder.push(row);
        lastOf[alert] = row;
        left += 1;
        firstRow ||= row;
        lastRow = Math.max(lastRow, row);
      } else {
        liveSent += 1;
        behind.push(left - (askedAt[liveSent - 1] ?? 0));
      }
      setImmediate(() => receipts({ reference: id, outcome: 'delivered' }));
      return { outcome: 'sent', reference: id };
    },
    onReceipt: (listener) => {
      receipts = listener;
    },
    onReady: () => {},
    stop: async () => {},
  };
  const log = createLog('silent');
  const outbox = await startOutbox({ gate: trial.gate, channels: [up], clock: trial.clock, log });
  try {
    const heapMb: number[] = [];
    const startedMs = performance.now();
    outbox.kick();
    while (left < watched) {
      const until = Math.min(watched, left + watched / steps);
      await reached(() => left >= until);
      heapMb.push(process.memoryUsage().heapUsed / 1e6);
      told?.(`outage: ${left} of ${watched} rows`);
      if (left >= watched) break;
      live += 1;
      askedAt.push(left);
      await trial.apply(overloadAt(`b${String(live).padStart(3, '0')}`, 3, noon));
      outbox.kick();
    }
    const pending = async () => (await trial.desk.pending()).upstream;
    for (let more = 600; watched === rows && more > 0 && (await pending()) > 0; more -= 1)
      await sleep(100);
    await reached(() => liveSent >= live);
    return {
      left,
      firstRow,
      lastRow,
      disorder,
      live,
      liveSent,
      behind,
      pending: await pending(),
      heapMb,
      seconds: (performance.now() - startedMs) / 1000,
    };
  } finally {
    await outbox.stop();
    await trial.close();
  }
}

async function reached(isThere: () => boolean): Promise<void> {
  for (const fromMs = performance.now(); !isThere(); await sleep(20)) {
    if (performance.now() - fromMs > stuckMs) throw new Error('The outbox stands still');
  }
}
