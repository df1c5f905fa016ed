import { z } from 'zod';
import { isLive } from './fold.ts';
import { defineRule } from './rule.ts';
import type { Site } from './site.ts';

const Config = z.strictObject({
  hours: z.number().min(1).max(720).default(24).describe('A visitor may stay so long, h.'),
  forgetDays: z
    .number()
    .min(1)
    .max(30)
    .default(7)
    .describe('A vehicle that was not seen to leave for so long is forgotten, days.'),
});

interface State {
  nowMs: number | null;
  /** Visitors inside: a mark of the plate, when they came by the box's time, through which lane, and whether it was told. */
  inside: Array<[mark: number, sinceMs: number, lane: string, told: boolean]>;
}

/** More visitors than this are not remembered: the oldest are forgotten first. */
const mostInside = 500;
const hourMs = 3_600_000;

/** A visitor's vehicle is still inside after a day: a line on a list, nobody is sent a message for it. */
export const gateOverstay = defineRule<z.infer<typeof Config>, State>({
  id: 'gate.overstay',
  title: { zh: '访客车辆超时', en: 'Visitor overstays' },
  scope: 'site',
  wants: ['passage', 'tick'],
  config: Config,
  doubt: (config) => ({
    limit: {
      zh: `${config.hours}小时`,
      en: `${config.hours} h`,
    },
    could: {
      zh: '离开时漏拍，或已登记',
      en: 'it left unseen, or has been registered',
    },
    blind: {
      zh: '网关看不到小区里的车',
      en: 'The box sees no vehicle inside',
    },
  }),
  applies: ({ site }) => site.lanes.length > 0,
  initial: () => ({ nowMs: null, inside: [] }),

  step(state, input, { site }, config, emit) {
    const gone = (index: number, atMs: number) => {
      const [entry] = state.inside.splice(index, 1);
      if (!entry?.[3]) return;
      const hours = Math.round((atMs - entry[1]) / hourMs);
      emit({
        change: 'cleared',
        severity: 'info',
        atMs,
        sinceMs: entry[1],
        evidence: { hours, lane: entry[2] },
        text: {
          zh: `${clockOf(entry[1], site)}进入的访客车辆已离开或已登记，停留${hours}小时。`,
          en: `The visitor vehicle of ${clockOf(entry[1], site)} has left or is registered, after ${hours} h.`,
        },
      });
    };
    switch (input.kind) {
      case 'clock':
        for (const entry of state.inside) entry[1] += input.stepMs;
        state.nowMs = input.atMs;
        return;
      case 'passage': {
        if (!isLive(input) || input.plate === undefined || input.result === 'rejected') return;
        const atMs = state.nowMs ?? input.atMs;
        const mark = markOf(input.plate);
        const index = state.inside.findIndex(([one]) => one === mark);
        // Who comes again, leaves, or has been registered meanwhile begins anew.
        if (index >= 0) gone(index, atMs);
        if (input.direction !== 'in' || input.result !== 'visitor') return;
        state.inside.push([mark, atMs, input.lane, false]);
        if (state.inside.length > mostInside) state.inside.shift();
        return;
      }
      case 'tick':
        break;
      default:
        return;
    }
    state.nowMs = input.atMs;
    for (let i = state.inside.length - 1; i >= 0; i -= 1) {
      const entry = state.inside[i];
      if (!entry) continue;
      const hours = (input.atMs - entry[1]) / hourMs;
      if (hours > config.forgetDays * 24) gone(i, input.atMs);
      else if (!entry[3] && hours >= config.hours) {
        entry[3] = true;
        const whole = Math.round(hours);
        emit({
          change: 'raised',
          severity: 'info',
          atMs: input.atMs,
          sinceMs: entry[1],
          evidence: { hours: whole, lane: entry[2] },
          text: {
            zh: `${clockOf(entry[1], site)}有访客车辆进入，已${whole}小时未见离开，车牌请查通行记录。（也可能是漏拍）`,
            en: `A visitor vehicle came in at ${clockOf(entry[1], site)}, ${whole} h ago, and was not seen to leave; the passages show its plate. (The camera may have missed it.)`,
          },
        });
      }
    }
  },
});

/** FNV-1a cut to 20 bits: enough to tell a few hundred cars apart, while dozens of plates share each mark: none can be read back. */
function markOf(plate: string): number {
  let mark = 0x811c9dc5;
  for (let i = 0; i < plate.length; i += 1)
    mark = Math.imul(mark ^ plate.charCodeAt(i), 0x01000193);
  return (mark ^ (mark >>> 20)) & 0xfffff;
}

/** Local month, day and time, as `03-16 14:05`. */
const clockOf = (atMs: number, { utcOffsetMs }: Site): string =>
  new Date(atMs + utcOffsetMs).toISOString().slice(5, 16).replace('T', ' ');
