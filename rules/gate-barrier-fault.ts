import { z } from 'zod';
import { defineRule } from './rule.ts';

const Config = z.strictObject({
  openMin: z
    .number()
    .positive()
    .max(60)
    .default(2)
    .describe('So long not closed after the last vehicle, min.'),
  faultS: z
    .number()
    .min(0)
    .max(600)
    .default(5)
    .describe('The barrier itself reports a fault for so long, s.'),
  cycles: z.int().min(1).max(20).default(2).describe('So many normal cycles, and it is over.'),
});

interface State {
  barrier: 'closed' | 'open' | 'moving' | 'fault' | 'unknown';
  /** Time of the last word about the arm; an older one is late and says nothing of now. */
  lastMs?: number;
  /** Since when it is not closed, or says fault; the box's or the device's time, whichever is newer. */
  notClosedMs: number | null;
  faultMs: number | null;
  /** The last vehicle: a lane in use may stay open. */
  usedMs: number | null;
  /** Time of the loop's last word. Its clock is not the camera's: only its own older words are late. */
  loopMs?: number;
  occupied: boolean;
  cycles: number;
  opened: boolean;
  raised: boolean;
  sinceMs: number;
}

/** The arm stays up with nobody there, or the barrier says that it is broken. */
export const gateBarrierFault = defineRule<z.infer<typeof Config>, State>({
  id: 'gate.barrier_fault',
  title: { zh: '道闸异常', en: 'Barrier fault' },
  scope: 'lane',
  wants: ['barrier', 'presence', 'passage', 'tick'],
  config: Config,
  doubt: () => ({
    could: {
      zh: '有人按住开闸、车辆停在杆下，或位置传感器故障',
      en: 'somebody holding it open, a vehicle below it, or its position sensor',
    },
    blind: {
      zh: '网关看不到杆，只知道控制器怎么说',
      en: 'The box does not see the arm, only what its controller says',
    },
  }),
  applies: (subject) => subject.scope === 'lane' && subject.devices.length > 0,
  initial: () => ({
    barrier: 'unknown',
    notClosedMs: null,
    faultMs: null,
    usedMs: null,
    occupied: false,
    cycles: 0,
    opened: false,
    raised: false,
    sinceMs: 0,
  }),

  step(state, input, subject, config, emit) {
    if (subject.scope !== 'lane') return;
    const { atMs } = input;
    switch (input.kind) {
      case 'start':
      case 'clock':
        delete state.lastMs;
        delete state.loopMs;
        state.notClosedMs = null;
        state.faultMs = null;
        state.usedMs = null;
        state.occupied = false;
        return;
      case 'presence':
        if (input.input !== (subject.lane.loop ?? 'loop')) return;
        if (atMs < (state.loopMs ?? atMs)) return;
        state.loopMs = atMs;
        state.occupied = input.occupied;
        state.usedMs = Math.max(state.usedMs ?? atMs, atMs);
        break;
      case 'passage':
        if (input.replayed) return;
        state.usedMs = Math.max(state.usedMs ?? atMs, atMs);
        break;
      case 'barrier':
        if (atMs < (state.lastMs ?? atMs)) return;
        state.lastMs = atMs;
        state.barrier = input.state;
        state.faultMs = input.state === 'fault' ? (state.faultMs ?? atMs) : null;
        if (input.state === 'open') state.opened = true;
        if (input.state === 'closed') {
          if (state.opened) state.cycles += 1;
          state.opened = false;
        }
        state.notClosedMs =
          input.state === 'open' || input.state === 'moving' ? (state.notClosedMs ?? atMs) : null;
        break;
      default:
        break;
    }
    const { lane } = subject;
    const idleSinceMs = Math.max(state.notClosedMs ?? 0, state.usedMs ?? 0);
    const stuck =
      state.notClosedMs !== null &&
      !state.occupied &&
      atMs - idleSinceMs >= config.openMin * 60_000;
    const fault = state.faultMs !== null && atMs - state.faultMs >= config.faultS * 1000;
    if (!state.raised && (stuck || fault)) {
      state.raised = true;
      state.cycles = 0;
      state.sinceMs = state.faultMs ?? state.notClosedMs ?? atMs;
    } else if (state.raised && state.cycles >= config.cycles && !stuck && !fault) {
      state.raised = false;
    } else {
      return;
    }
    const name = lane.title ?? lane.id;
    const minutes = Math.round((atMs - state.sinceMs) / 60_000);
    const what = fault
      ? { zh: '道闸自报故障', en: 'reports a fault' }
      : { zh: `${minutes}分钟未落杆`, en: `not closed for ${minutes} min` };
    emit({
      change: state.raised ? 'raised' : 'cleared',
      severity: state.raised ? 'major' : 'info',
      atMs,
      sinceMs: state.sinceMs,
      evidence: {
        minutes,
        barrier: state.barrier,
        state: state.raised ? (fault ? '自报故障' : '久未落杆') : '正常',
      },
      text: state.raised
        ? {
            zh: `${name}道闸异常：${what.zh}，请物业到场处理并注意行人安全。`,
            en: `${name}: barrier ${what.en}. Property staff to attend; mind pedestrians.`,
          }
        : { zh: `${name}道闸恢复正常。`, en: `${name}: the barrier works again.` },
    });
  },
});
