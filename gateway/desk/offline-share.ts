import type { Finding } from '../../rules/finding.ts';
import type { Site } from '../../rules/site.ts';
import type { Tx } from './alert-row.ts';

/** From this share of the meters on their silence is no longer one device's. */
export const offlineShare = 0.1;
const leastMeters = 3;

/**
 * One silent meter is minor and waits for the morning. The one with which a tenth of them is silent is major, and says so; those after
 * it are minor again, for the village has been told.
 */
export async function weighOffline(tx: Tx, site: Site, finding: Finding): Promise<Finding> {
  const { rule, change, severity, device, text } = finding;
  if (rule !== 'device.offline' || change !== 'raised' || severity !== 'minor') return finding;
  const meters = site.devices.filter(({ kinds }) => kinds.includes('power'));
  if (!meters.some(({ id }) => id === device)) return finding;
  const rows = await tx.all<{ subject: string; severity: string }>(
    "SELECT subject, severity FROM alerts WHERE rule = 'device.offline' AND condition = 'active' AND shadow = 0",
  );
  if (rows.some((row) => row.severity !== 'minor' && row.subject !== device)) return finding;
  const silent = new Set([...rows.map(({ subject }) => subject), device]);
  const count = meters.filter(({ id }) => silent.has(id)).length;
  if (count < Math.max(leastMeters, meters.length * offlineShare)) return finding;
  const percent = Math.round((100 * count) / meters.length);
  return {
    ...finding,
    severity: 'major',
    evidence: { ...finding.evidence, silentMeters: count, meters: meters.length },
    text: {
      zh: `${text.zh}共${count}块电表（${percent}%）没有消息，请查网络和供电。`,
      en: `${text.en} ${count} meters (${percent} %) are silent: look at network and supply.`,
    },
  };
}
