import type { Site } from '../../rules/site.ts';
import type { AlertRow, Tx } from './alert-row.ts';
import type { DeskContext } from './context.ts';
import { messageIdOf } from './kinds.ts';
import { atLocal, isNight, localTime } from './local-time.ts';
import type { Quiet } from './quiet.ts';
import { isStorm } from './storm.ts';

/** Suspected-charging messages a village and day. */
export const chargingPerDay = 3;
/** So many raises within the window, and it is flapping. */
export const flapCycles = 4;
export const flapWindowMs = 30 * 60_000;

/** Why this alert, raised or risen now, is told to nobody; null when it is told. Order matters: the first reason counts. */
export async function quietReason(
  tx: Tx,
  context: DeskContext,
  alert: AlertRow,
  nowMs: number,
): Promise<Quiet | null> {
  const critical = alert.severity === 'critical';
  if (alert.shadow === 1) return 'shadow';
  if (alert.severity === 'info') return 'info';
  if (await isSilenced(tx, alert, nowMs)) return 'silenced';
  if (!critical && (await isInhibited(tx, context.site, alert))) return 'inhibited';
  if (alert.cycles >= flapCycles) return 'flapping';
  const ownMessage = alert.rule === 'notice.storm';
  if (!critical && !ownMessage && (await isStorm(tx, nowMs))) return 'storm';
  if (alert.severity === 'minor' && isNight(nowMs, context.zone)) return 'night';
  if (messageIdOf(alert.rule, alert.severity) === null) return 'no-text';
  if (alert.rule === 'load.ebike' && (await chargingTold(tx, context, nowMs)) >= chargingPerDay) {
    return 'charging-budget';
  }
  return null;
}

/** No silence of a critical alert is longer, and none of a whole kind covers one. */
const criticalSilenceMs = 3_600_000;

async function isSilenced(tx: Tx, alert: AlertRow, nowMs: number): Promise<boolean> {
  const rows = await tx.all<{ key: string | null; lengthMs: number }>(
    `SELECT key, until_ms - from_ms AS lengthMs FROM silences
     WHERE from_ms <= ? AND until_ms > ? AND (key = ? OR rule = ?)`,
    [nowMs, nowMs, alert.key, alert.rule],
  );
  return rows.some(
    ({ key, lengthMs }) =>
      alert.severity !== 'critical' || (key !== null && lengthMs <= criticalSilenceMs),
  );
}

/**
 * A lost feeder explains lost buildings and silent devices below it; a bus that is down, the silence of its devices and of
 * the houses they measure; a silent meter, what it would have said.
 */
async function isInhibited(tx: Tx, site: Site, alert: AlertRow): Promise<boolean> {
  const keys: string[] = [];
  const device = site.devices.find(({ id }) => id === alert.subject);
  const point = alert.subject_kind === 'point' ? alert.subject : device?.point;
  if (alert.rule === 'load.lost' || alert.rule === 'device.offline') {
    const seen = new Set<string>();
    let above = site.points.find(({ id }) => id === point)?.parent;
    while (above !== undefined && !seen.has(above)) {
      seen.add(above);
      keys.push(`load.lost/${above}`);
      above = site.points.find(({ id }) => id === above)?.parent;
    }
    const silent = alert.rule === 'device.offline' ? [device] : silentMeters(site, alert);
    const buses = silent.flatMap((one) => one?.bus ?? []);
    keys.push(...buses.map((bus) => `system.bus/${bus}`));
  } else if (alert.rule.startsWith('load.') && alert.subject_kind === 'point') {
    const meters = site.devices.filter((one) => one.point === alert.subject);
    keys.push(...meters.map(({ id }) => `device.offline/${id}`));
  }
  if (keys.length === 0) return false;
  const marks = keys.map(() => '?').join(', ');
  const row = await tx.get(
    `SELECT 1 FROM alerts WHERE condition = 'active' AND shadow = 0 AND key IN (${marks})`,
    keys,
  );
  return row !== undefined;
}

/** The meters whose silence is all that is known of a house without power; none where one of them says 0 V. */
function silentMeters({ devices }: Site, { subject, evidence }: AlertRow): Site['devices'] {
  const { silent } = JSON.parse(evidence) as { readonly silent?: boolean };
  if (silent !== true) return [];
  return devices.filter(({ point, kinds }) => point === subject && kinds.includes('power'));
}

async function chargingTold(tx: Tx, context: DeskContext, nowMs: number): Promise<number> {
  const { day } = localTime(nowMs, context.zone);
  const row = await tx.get<{ n: number }>(
    `SELECT COUNT(DISTINCT alert_id) AS n FROM outbox
     WHERE message_id = 'load.ebike.suspected' AND channel IN ('sms', 'cloud') AND state <> 'cancelled'
       AND created_ms >= ?`,
    [atLocal(day, 0, context.zone)],
  );
  return row?.n ?? 0;
}
