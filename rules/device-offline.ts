import { z } from 'zod';
import { isKnown, missing } from './missing.ts';
import { defineRule } from './rule.ts';

const Config = z.strictObject({
  intervals: z
    .number()
    .min(1)
    .max(1000)
    .default(3)
    .describe('So many of its intervals may pass in silence.'),
  leastS: z.number().min(1).max(86_400).default(300).describe('But at least so many seconds.'),
  backAfter: z
    .int()
    .min(1)
    .max(100)
    .default(3)
    .describe('So many messages, and it counts as back.'),
});

interface State {
  /** The box's time, from ticks: what devices say about time does not matter here. */
  nowMs: number;
  heardMs: number;
  offline: boolean;
  sinceMs: number;
  messages: number;
}

/** A device that should speak keeps silent. */
export const deviceOffline = defineRule<z.infer<typeof Config>, State>({
  id: 'device.offline',
  title: { zh: '设备离线', en: 'Device offline' },
  scope: 'device',
  wants: ['power', 'passage', 'barrier', 'presence', 'status', 'tick'],
  config: Config,
  doubt: (config) => ({
    limit: {
      zh: `漏${config.intervals}次且不少于${config.leastS}秒`,
      en: `${config.intervals} messages missed and at least ${config.leastS} s`,
    },
    could: {
      zh: '停电、网络中断，或设备正在更换',
      en: 'no supply, no network, or a device being changed',
    },
    blind: {
      zh: '没有消息时，网关不知道那里发生什么',
      en: 'While it is silent the box does not know what happens there',
    },
  }),
  initial: () => ({ nowMs: missing, heardMs: missing, offline: false, sinceMs: 0, messages: 0 }),

  step(state, input, subject, config, emit) {
    if (subject.scope !== 'device') return;
    const { device } = subject;
    const name = device.title ?? device.id;
    switch (input.kind) {
      case 'clock':
        state.nowMs = input.atMs;
        if (isKnown(state.heardMs)) state.heardMs += input.stepMs;
        return;
      case 'start':
        // How long the box was away says nothing about the device.
        state.nowMs = input.atMs;
        state.heardMs = input.atMs;
        return;
      case 'tick': {
        state.nowMs = input.atMs;
        if (!isKnown(state.heardMs)) state.heardMs = input.atMs;
        const silentMs = input.atMs - state.heardMs;
        const limitS = Math.max(config.intervals * device.intervalS, config.leastS);
        if (silentMs >= limitS * 1000) state.messages = 0;
        if (state.offline || silentMs < limitS * 1000) return;
        state.offline = true;
        state.sinceMs = state.heardMs;
        const minutes = Math.round(silentMs / 60_000);
        emit({
          change: 'raised',
          severity: 'minor',
          atMs: input.atMs,
          sinceMs: state.sinceMs,
          evidence: { minutes, intervalS: device.intervalS },
          text: {
            zh: `${name}已${minutes}分钟没有消息，该处监测暂停，请检查供电和网络。`,
            en: `${name} has said nothing for ${minutes} min; monitoring there is paused. Check power and network.`,
          },
        });
        return;
      }
      default: {
        if (input.kind === 'status' && !input.online) return;
        const heardMs = isKnown(state.nowMs) ? state.nowMs : input.atMs;
        state.heardMs = heardMs;
        if (!state.offline) return;
        state.messages += 1;
        if (state.messages < config.backAfter) return;
        state.offline = false;
        state.messages = 0;
        const minutes = Math.round((heardMs - state.sinceMs) / 60_000);
        emit({
          change: 'cleared',
          severity: 'info',
          atMs: heardMs,
          sinceMs: state.sinceMs,
          evidence: { minutes },
          text: {
            zh: `${name}恢复在线，中断${minutes}分钟。`,
            en: `${name} is back after ${minutes} min.`,
          },
        });
      }
    }
  },
});
