import { z } from 'zod';
import { isLive } from './fold.ts';
import { defineRule } from './rule.ts';

const Config = z.strictObject({
  silentMin: z
    .number()
    .positive()
    .max(1440)
    .default(10)
    .describe('No other credential has worked for so long, min.'),
  passages: z
    .int()
    .min(1)
    .max(10_000)
    .default(5)
    .describe('While at least so many passed by face.'),
});

interface State {
  nowMs: number | null;
  /** When something other than a face terminal was last heard. */
  otherMs: number | null;
  faces: number;
  raised: boolean;
  sinceMs: number;
}

/**
 * For a while a lane could only be passed by face: the law wants another way (Shanghai Data Regulations, arts. 22
 * and 23; Supreme Court 2021, art. 10).
 */
export const complianceFaceOnly = defineRule<z.infer<typeof Config>, State>({
  id: 'compliance.face_only',
  title: { zh: '仅能刷脸通行', en: 'Face is the only way in' },
  scope: 'lane',
  wants: ['passage', 'status', 'presence', 'barrier', 'tick'],
  config: Config,
  doubt: () => ({
    could: {
      zh: '读卡器或车牌相机一时离线、正有人在岗放行',
      en: 'a reader or camera offline for a moment, or somebody there who lets people in',
    },
    blind: {
      zh: '网关看不到有没有人值守',
      en: 'The box does not see whether somebody stands there',
    },
  }),
  applies: (subject) => subject.scope === 'lane' && subject.lane.staffed !== true,
  initial: () => ({ nowMs: null, otherMs: null, faces: 0, raised: false, sinceMs: 0 }),

  step(state, input, subject, config, emit) {
    if (subject.scope !== 'lane') return;
    switch (input.kind) {
      case 'start':
      case 'clock':
        state.nowMs = input.atMs;
        state.otherMs = input.atMs;
        return;
      case 'tick':
        state.nowMs = input.atMs;
        state.otherMs ??= input.atMs;
        break;
      case 'passage':
        if (!isLive(input)) return;
        if (input.credential === 'face') state.faces += 1;
        else other(state);
        return;
      case 'status':
        if (input.online && !speaksOfFaces(subject, input.device)) other(state);
        return;
      case 'finding':
        return;
      default:
        if (!speaksOfFaces(subject, input.device)) other(state);
        return;
    }
    const silentMs = input.atMs - (state.otherMs ?? input.atMs);
    const only = silentMs >= config.silentMin * 60_000 && state.faces >= config.passages;
    if (only === state.raised) return;
    state.raised = only;
    if (only) state.sinceMs = state.otherMs ?? input.atMs;
    const name = subject.lane.title ?? subject.lane.id;
    const minutes = Math.round((input.atMs - state.sinceMs) / 60_000);
    emit({
      change: only ? 'raised' : 'cleared',
      severity: only ? 'major' : 'info',
      atMs: input.atMs,
      sinceMs: state.sinceMs,
      evidence: { minutes, passages: state.faces },
      text: only
        ? {
            zh: `${name}已${minutes}分钟只能刷脸通行，依法须提供其他方式，请检查刷卡和车牌设备，或派人值守。`,
            en: `${name}: for ${minutes} min face has been the only way in. The law wants another: check card reader and camera, or send somebody.`,
          }
        : { zh: `${name}已恢复其他通行方式。`, en: `${name}: another way in works again.` },
    });
  },
});

function other(state: State): void {
  state.otherMs = state.nowMs;
  state.faces = 0;
}

/** Face terminals say nothing but passages and status; whatever also sees loops or arms is another device. */
function speaksOfFaces(
  subject: Parameters<typeof complianceFaceOnly.step>[2],
  device: string,
): boolean {
  if (subject.scope !== 'lane') return false;
  const found = subject.devices.find(({ id }) => id === device);
  return found?.personal === true;
}
