import type { Clock } from '../clock.ts';
import type { DeviceState } from '../wires/intake.ts';
import type { Watch } from './box-findings.ts';

/** What the box watches of its own promises to people. */
export interface PrivacyWatchParts {
  readonly clock: Pick<Clock, 'nowMs' | 'trusted'>;
  readonly utcOffsetMs: number;
  /** Local date by which the impact assessment has to be reviewed; undefined where no faces are read. */
  readonly reviewBy: string | undefined;
  /** Rows that ought to be gone for a day; as of the last look. */
  readonly overdueRows: () => number;
  /** Requests of persons that are due in three days or have been; as of the last look. */
  readonly requestsDue: () => { readonly count: number; readonly days: number } | null;
  readonly devices: () => readonly DeviceState[];
}

const dayMs = 24 * 3_600_000;

/** Alerts about privacy: a purge that is behind (PR-16), a device that sends pictures (PR-02), a request that is due (PR-21), an assessment that is due (PR-33). */
export function privacyWatches(parts: PrivacyWatchParts): readonly Watch[] {
  const { clock, reviewBy } = parts;
  let late = false;
  return [
    {
      rule: 'privacy.retention',
      severity: 'major',
      holdMs: 0,
      ill() {
        const rows = parts.overdueRows();
        if (rows === 0) return null;
        return {
          text: {
            zh: `有${rows}条个人信息超过保存期一天仍未清除，请维护人员检查。`,
            en: `${rows} rows of personal data are a day past their term: see gatehouse doctor.`,
          },
          evidence: { rows },
        };
      },
    },
    {
      rule: 'privacy.payload_rejected',
      severity: 'minor',
      holdMs: 0,
      ill() {
        const since = clock.nowMs() - dayMs;
        const devices = parts
          .devices()
          .filter(({ tooMuchMs }) => tooMuchMs !== undefined && tooMuchMs > since)
          .map(({ device }) => device);
        if (devices.length === 0) return null;
        return {
          text: {
            zh: `${devices.join('、')}发来图片或过长内容，已拒收且未保存，请在设备上关闭图片上传。`,
            en: `${devices.join(', ')} sent pictures or too much: refused, nothing kept. Turn its pictures off.`,
          },
          evidence: { devices },
        };
      },
    },
    {
      rule: 'privacy.request_due',
      severity: 'minor',
      holdMs: 0,
      ill() {
        const due = parts.requestsDue();
        if (due === null) return null;
        const { count, days } = due;
        return {
          text: {
            zh: `有${count}件个人信息申请${days >= 0 ? `${days}天内到期` : '已经逾期'}，请答复申请人。`,
            en: `${count} requests of persons are ${days >= 0 ? `due within ${days} days` : 'overdue'}: answer them.`,
          },
          evidence: { count, days },
        };
      },
    },
    {
      rule: 'privacy.review',
      severity: 'minor',
      holdMs: 0,
      ill() {
        if (reviewBy === undefined) return null;
        // What was late stays late while nobody knows the date.
        if (clock.trusted()) {
          late = new Date(clock.nowMs() + parts.utcOffsetMs).toISOString().slice(0, 10) > reviewBy;
        }
        if (!late) return null;
        return {
          text: {
            zh: `人脸终端的影响评估应在${reviewBy}前复审，现已过期。`,
            en: `The impact assessment of the face terminals was to be reviewed by ${reviewBy}.`,
          },
          evidence: { reviewBy },
        };
      },
    },
  ];
}
