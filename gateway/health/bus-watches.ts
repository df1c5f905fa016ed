import type { Site } from '../../rules/site.ts';
import type { BusState } from '../wires/poll/rounds.ts';
import { longestSilentPauseMs } from '../wires/poll/standing.ts';
import type { Watch } from './box-findings.ts';

/**
 * A failed line on which nobody has answered for so long is down, ms of real time. Shorter than the least silence of
 * `device.offline` (five minutes) and of `load.lost` (three): the bus is told before its devices would be.
 */
export const busDownMs = 120_000;
/** A bus with this share of all meters is grave (alerts and messages, section 3: device.offline). */
const graveShare = 0.1;
/** Rounds that a meter needs to count as back (device.offline), and one to spare. */
const backRounds = 4;

/** A bus that has to be told, with what the box is configured to know of it. */
interface WatchedBus {
  readonly id: string;
  readonly title?: string | undefined;
  readonly everyS: number;
}

/**
 * Lines that are down, each told once and as itself. It counts as back when its devices have had the time to be heard
 * again: until then their silence is still the line's.
 */
export function busWatches(parts: {
  readonly buses: readonly WatchedBus[];
  readonly site: Pick<Site, 'devices'>;
  readonly states: () => readonly BusState[];
  readonly nowMs: () => number;
  /** Real time, monotonic. */
  readonly monoMs: () => number;
}): readonly Watch[] {
  const meters = parts.site.devices.filter(({ kinds }) => kinds.includes('power'));
  return parts.buses.map(({ id, title = id, everyS }): Watch => {
    const onIt = meters.filter(({ bus }) => bus === id).length;
    let downSinceMs: number | null = null;
    let wellSinceMs: number | null = null;
    return {
      rule: 'system.bus',
      device: id,
      severity: onIt > 0 && onIt >= meters.length * graveShare ? 'major' : 'minor',
      holdMs: 0,
      over: { zh: `总线${title}恢复应答。`, en: `Bus ${title} answers again.` },
      ill() {
        const state = parts.states().find(({ bus }) => bus === id);
        const deafForMs = state?.deafForMs ?? 0;
        if (deafForMs >= busDownMs) {
          downSinceMs ??= parts.nowMs() - deafForMs;
          wellSinceMs = null;
        } else if (downSinceMs !== null) {
          wellSinceMs ??= parts.monoMs();
          const roundMs = Math.max(everyS * 1000, state?.roundMs ?? 0);
          const settledMs = longestSilentPauseMs + backRounds * roundMs;
          // A line that fails again in the meantime has not come back.
          if (deafForMs > 0) wellSinceMs = null;
          else if (parts.monoMs() - wellSinceMs >= settledMs) downSinceMs = null;
        }
        if (downSinceMs === null) return null;
        const minutes = Math.round(Math.max(0, deafForMs) / 60_000);
        const devices = state?.devices.length ?? 0;
        return {
          sinceMs: downSinceMs,
          text: {
            zh: `总线${title}中断，其上${devices}台设备的监测暂停，请检查转换器的供电、网线和接线。`,
            en: `Bus ${title} is down; its ${devices} devices are not monitored. Check power, cable and wiring of its converter.`,
          },
          evidence: {
            ...(minutes === 0 ? {} : { minutes }),
            devices,
            reason: state?.reason ?? '',
          },
        };
      },
    };
  });
}
