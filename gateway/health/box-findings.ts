import type { Text } from '../../drivers/text.ts';
import type { Finding, Severity } from '../../rules/finding.ts';
import type { Clock } from '../clock.ts';
import type { Journal } from '../journal/contract.ts';
import { isLow } from '../journal/space.ts';
import type { Outbound } from '../outbox/outbound.ts';
import type { StoreNotice } from '../store/store.ts';
import type { Health } from './health.ts';
import type { Illness } from './illness.ts';
import { restartIllness } from './restart.ts';

/** What the box finds wrong with itself, as findings: a silent box is an alarm. */
export interface BoxFindings {
  /** Looks; returns what changed since the last look. */
  look(): readonly Finding[];
}

/** Something that the box notices of itself. */
export interface Watch {
  readonly rule: string;
  /** What of the box it is about, where there are several: a bus. */
  readonly device?: string;
  readonly severity: Severity;
  /** How long it must last, ms. */
  readonly holdMs: number;
  /** Null while all is well. */
  readonly ill: () => Illness | null;
  /** What is said when it is over. */
  readonly over?: Text;
}

interface State {
  sinceMs: number | null;
  raised: boolean;
}

const boxWell: Text = { zh: '网关已恢复正常。', en: 'The box is well again.' };

export function boxFindings(parts: {
  readonly clock: Clock;
  readonly health: () => Health;
  readonly notices: readonly StoreNotice[];
  readonly outbound: Pick<Outbound, 'smsDownSinceMs' | 'cloudTrouble'>;
  readonly journal: Pick<Journal, 'stats'>;
  /** Blocks of the store that could not be read. */
  readonly damaged: () => number;
  /** Of other rooms, beside its own. */
  readonly more?: readonly Watch[];
  /** When the run before last kept something, ms; undefined where there was none. */
  readonly lastKeptMs: number | undefined;
}): BoxFindings {
  const { clock, notices, journal } = parts;
  let low = false;
  const watches: readonly Watch[] = [
    {
      rule: 'system.storage',
      severity: 'major',
      holdMs: 0,
      ill: () => {
        const { healthy, refusing = '', freeBytes, diskBytes } = journal.stats();
        low = isLow(freeBytes, diskBytes, low);
        const freeMb = Math.round(freeBytes / 1e6);
        if (!healthy) {
          return {
            text: {
              zh: `网关无法保存新记录：${refusing}。设备会重发，请维护人员立即处理。`,
              en: `The box cannot keep new readings: ${refusing}. Devices send again; act now.`,
            },
            evidence: { freeMb, reason: refusing },
          };
        }
        if (low) {
          const freePercent = Math.floor((100 * freeBytes) / diskBytes);
          return {
            text: {
              zh: `网关存储剩余${freePercent}%（${freeMb} MB），记录可能受影响，请维护人员今日处理。`,
              en: `${freePercent} % of the box's disk (${freeMb} MB) are free; records are at risk. Act today.`,
            },
            evidence: { freePercent, freeMb },
          };
        }
        const damaged = parts.damaged();
        if (damaged > 0) {
          return {
            text: {
              zh: `存储有${damaged}段记录损坏，已跳过，请维护人员备份并检查存储卡。`,
              en: `${damaged} blocks of the store are damaged and were passed over. Make a backup and check the card.`,
            },
            evidence: { damaged },
          };
        }
        const [notice] = notices;
        if (notice === undefined) return null;
        const what = notice.what === 'lost' ? '丢失' : `损坏，已移至 ${notice.movedTo ?? ''}`;
        return {
          text: {
            zh: `存储文件 ${notice.file} ${what}，此前记录可能不全，请维护人员检查。`,
            en: `The store's file ${notice.file} was ${notice.what}; earlier records may be missing. See gatehouse doctor.`,
          },
          evidence: { file: notice.file, reason: notice.reason },
        };
      },
    },
    {
      rule: 'system.sms',
      severity: 'major',
      holdMs: 0,
      ill: () => {
        const sinceMs = parts.outbound.smsDownSinceMs();
        const minutes = sinceMs === null ? 0 : Math.floor((clock.nowMs() - sinceMs) / 60_000);
        const trouble = parts.outbound.cloudTrouble();
        if (minutes < 3 && trouble !== null) {
          return {
            text: {
              zh: '短信平台不能发送，请检查账户、签名和密钥。',
              en: `The SMS provider does not send: ${trouble}. Check account, signature and key.`,
            },
            evidence: { trouble },
          };
        }
        if (minutes < 3) return null;
        return {
          text: {
            zh: `短信通道异常已${minutes}分钟，请检查模块、SIM卡和天线。`,
            en: `No SMS for ${minutes} min: check modem, SIM card and antenna.`,
          },
          evidence: { minutes },
        };
      },
    },
    {
      rule: 'system.clock',
      severity: 'minor',
      holdMs: 60_000,
      ill: () =>
        clock.trusted()
          ? null
          : {
              text: {
                zh: '网关时间不可信，时段规则已按保守方式运行，请维护人员校时。',
                en: 'The time is not trusted; rules of the hour run conservatively. Set the clock.',
              },
              evidence: {},
            },
    },
    ...(parts.more ?? []),
    {
      rule: 'system.restart',
      severity: 'minor',
      holdMs: 0,
      ill: restartIllness(clock, parts.lastKeptMs),
    },
  ];
  const states = new Map<Watch, State>(
    watches.map((watch) => [watch, { sinceMs: null, raised: false }]),
  );
  return {
    look() {
      const nowMs = clock.nowMs();
      const findings: Finding[] = [];
      for (const [watch, state] of states) {
        const { rule, device, severity, holdMs, ill, over = boxWell } = watch;
        const found = ill();
        if (found) state.sinceMs ??= found.sinceMs ?? nowMs;
        const sinceMs = state.sinceMs ?? nowMs;
        const id = `${rule}/${device ?? 'site'}/${sinceMs}`;
        const about = device === undefined ? {} : { device };
        const common = { id, rule, ...about, atMs: nowMs, sinceMs };
        if (found && !state.raised && nowMs - sinceMs >= holdMs) {
          state.raised = true;
          const { text, evidence } = found;
          const grave = found.severity ?? severity;
          findings.push({ ...common, change: 'raised', severity: grave, text, evidence });
        } else if (!found) {
          if (state.raised) {
            findings.push({
              ...common,
              change: 'cleared',
              severity: 'info',
              evidence: {},
              text: over,
            });
          }
          state.raised = false;
          state.sinceMs = null;
        }
      }
      return findings;
    },
  };
}
