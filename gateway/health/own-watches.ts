import { readFile } from 'node:fs/promises';
import type { Sqlite } from '../store/sqlite.ts';
import type { Watch } from './box-findings.ts';

/** What waits for the platform, and how long the oldest of it has. */
export interface Backlog {
  readonly count: number;
  readonly oldestMs: number;
}

/** A platform that has confirmed nothing for so long is told, ms. */
const silentMs = 3_600_000;
/** A Raspberry Pi slows itself down from here, °C (raspberrypi.com, frequency management). */
export const hotC = 80;
/** … and is well again below this, °C. */
const coolC = 70;

/** Records that the platform has not confirmed; null where there are none. */
export async function backlogOf(gate: Pick<Sqlite, 'get'>): Promise<Backlog | null> {
  const row = await gate.get<{ count: number; oldestMs: number | null }>(
    `SELECT COUNT(*) AS count, MIN(created_ms) AS oldestMs FROM outbox
     WHERE channel = 'upstream' AND state IN ('waiting', 'sending', 'sent')`,
  );
  return row && row.oldestMs !== null ? { count: row.count, oldestMs: row.oldestMs } : null;
}

/** Temperature of the processor, °C; undefined where the machine does not say. */
export async function processorC(
  file = '/sys/class/thermal/thermal_zone0/temp',
): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const milli = Number(text.trim());
  return text.trim() === '' || !Number.isFinite(milli) ? undefined : milli / 1000;
}

/** The platform that does not answer, and the box that is too hot. */
export function ownWatches(parts: {
  readonly nowMs: () => number;
  /** As of the last look. */
  readonly backlog: () => Backlog | null;
  readonly processorC: () => number | undefined;
}): readonly Watch[] {
  let hot = false;
  return [
    {
      rule: 'system.sync',
      severity: 'info',
      holdMs: 0,
      ill() {
        const backlog = parts.backlog();
        const waitedMs = backlog ? parts.nowMs() - backlog.oldestMs : 0;
        if (!backlog || waitedMs < silentMs) return null;
        const hours = Math.floor(waitedMs / 3_600_000);
        return {
          text: {
            zh: `向街道平台同步积压${backlog.count}条，已${hours}小时未成功，请检查网络。`,
            en: `${backlog.count} records wait for the platform, for ${hours} h: check the network.`,
          },
          evidence: { count: backlog.count, hours },
        };
      },
    },
    {
      rule: 'system.temperature',
      severity: 'minor',
      holdMs: 60_000,
      ill() {
        const temperatureC = parts.processorC();
        hot = temperatureC !== undefined && temperatureC >= (hot ? coolC : hotC);
        if (!hot || temperatureC === undefined) return null;
        return {
          text: {
            zh: `网关处理器${Math.round(temperatureC)}度，会变慢，请检查通风和日晒。`,
            en: `The box's processor is at ${Math.round(temperatureC)} °C and slows down: check air and sun.`,
          },
          evidence: { temperatureC },
        };
      },
    },
  ];
}
