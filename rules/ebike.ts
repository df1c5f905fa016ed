import { channelCount, gather, phaseOf, powerOf, thinnedMs } from './ebike/bins.ts';
import { Config } from './ebike/config.ts';
import { take } from './ebike/follow.ts';
import { end, judge } from './ebike/judge.ts';
import { behindOf } from './ebike/metering.ts';
import { newChannel, type Place, type State } from './ebike/state.ts';
import type { PhaseName } from './finding.ts';
import { defineRule, type Subject } from './rule.ts';

const phaseNames: readonly PhaseName[] = ['l1', 'l2', 'l3'];
/** A meter that speaks less often than this says nothing about single charges: its points go to the watch list. */
const slowestS = 120;

/** Something charges that behaves as e-bike chargers do. A meter cannot see a cable: it suspects, people confirm. */
export const ebike = defineRule<Config, State>({
  id: 'load.ebike',
  title: { zh: '疑似电动车充电', en: 'Suspected e-bike charging' },
  scope: 'point',
  wants: ['power', 'clock'],
  config: Config,
  applies: (subject) =>
    subject.scope === 'point' &&
    ['building', 'room', 'common'].includes(subject.point.kind) &&
    subject.devices.some(({ intervalS }) => intervalS <= slowestS),
  initial: () => ({ lastMs: null, channels: [], nights: [] }),

  step(state, input, subject, config, emit) {
    if (input.kind === 'clock') state.lastMs = null;
    if (input.kind !== 'power' || subject.scope !== 'point') return;
    const { atMs } = input;
    if (state.lastMs !== null && atMs <= state.lastMs) return;
    state.lastMs = atMs;
    const count = channelCount(input);
    while (state.channels.length < count) state.channels.push(newChannel());
    const least = leastSamples(subject.devices[0]?.intervalS ?? 60);
    for (let index = 0; index < count; index += 1) {
      const channel = state.channels[index];
      if (!channel) continue;
      const phase = phaseOf(input, count, index);
      const bin = gather(channel.gathering, atMs, powerOf(input, count, index), phase, least);
      if (bin === null) continue;
      const place = placeOf(subject, count, index);
      take(channel, bin, config, {
        looked(at, now) {
          for (const track of channel.ledger.tracks)
            judge(state, channel, track, { at, now, ended: null }, place, config, emit);
        },
        ended(track, at, now, how) {
          const look = { at, now, ended: how };
          // Where readings broke off the last word stands: nothing is told of what is past.
          if (how !== 'unknown') judge(state, channel, track, look, place, config, emit);
          end(state, channel, track, look, place, config, emit);
        },
      });
    }
  },
});

/** Half of the samples that a minute should have make it known. */
const leastSamples = (intervalS: number): number =>
  Math.max(1, Math.floor(30 / Math.max(intervalS, thinnedMs / 1000)));

function placeOf(
  subject: Extract<Subject, { scope: 'point' }>,
  channels: number,
  index: number,
): Place {
  return {
    title: subject.point.title,
    behind: behindOf(subject.point, channels),
    phase: channels === 3 ? phaseNames[index] : undefined,
    utcOffsetMin: subject.site.utcOffsetMs / 60_000,
  };
}
