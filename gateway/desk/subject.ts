import type { Finding } from '../../rules/finding.ts';
import type { Site } from '../../rules/site.ts';
import type { Alert } from './contract.ts';

/** What a finding is about. */
export function subjectOf(
  finding: Pick<Finding, 'point' | 'lane' | 'device'>,
): readonly [Alert['subjectKind'], string] {
  if (finding.point !== undefined) return ['point', finding.point];
  if (finding.lane !== undefined) return ['lane', finding.lane];
  if (finding.device !== undefined) return ['device', finding.device];
  return ['site', 'site'];
}

/** As people say it. A device without a title is called after what it measures. */
export function titleOf(
  site: Site,
  rule: string,
  kind: Alert['subjectKind'],
  subject: string,
): string {
  const pointTitle = (id: string | undefined) =>
    site.points.find((point) => point.id === id)?.title;
  switch (kind) {
    case 'point':
      return pointTitle(subject) ?? subject;
    case 'lane':
      return site.lanes.find(({ id }) => id === subject)?.title ?? subject;
    case 'device': {
      // A bus may be called like a device on it.
      if (rule === 'system.bus')
        return site.buses?.find(({ id }) => id === subject)?.title ?? subject;
      const device = site.devices.find(({ id }) => id === subject);
      return device?.title ?? pointTitle(device?.point) ?? subject;
    }
    default:
      return site.name;
  }
}
