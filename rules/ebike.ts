import { channelCount, gather, phaseOf, powerOf, thinnedMs } from './ebike/bins.ts';
import { Config } from './ebike/config.ts';
import { type Follower, take } from './ebike/follow.ts';
import { end, judge } from './ebike/judge.ts';
import { behindOf, slowestS } from './ebike/metering.ts';
import { endSilent } from './ebike/silence.ts';
import { type ChannelState, type Emit, newChannel, type Place, type State } from './ebike/state.ts';
import type { PhaseName } from './finding.ts';
import { missing } from './missing.ts';
import { defineRule, type Subject } from './rule.ts';

const phaseNames: readonly PhaseName[] = ['l1', 'l2', 'l3'];

/** What never changes of one point. */
interface Ready {
  /** Samples that make a minute known. */
  readonly least: number;
  /** Where the channels are, for a reading with one and for one with three. */
  readonly places: Readonly<Record<1 | 3, readonly Place[]>>;
}

/** Something charges that behaves as e-bike chargers do. A meter cannot see a cable: it suspects, people confirm. */
export const ebike = defineRule<Config, State, Ready>({
  id: 'load.ebike',
  title: { zh: '疑似电动车充电', en: 'Suspected e-bike charging' },
  scope: 'point',
  version: 3,
  wants: ['power', 'hour', 'clock'],
  config: Config,
  applies: (subject) =>
    subject.scope === 'point' &&
    ['building', 'room', 'common'].includes(subject.point.kind) &&
    subject.devices.some(({ intervalS }) => intervalS <= slowestS),
  initial: () => ({ lastMs: missing, channels: [], nights: [], gone: [] }),

  prepare(subject) {
    const least = leastSamples(
      (subject.scope === 'point' ? subject.devices[0]?.intervalS : undefined) ?? 60,
    );
    return { least, places: { 1: placesOf(subject, 1), 3: placesOf(subject, 3) } };
  },

  step(state, input, _subject, config, emit, { least, places }) {
    if (input.kind !== 'power') {
      if (input.kind === 'clock') state.lastMs = missing;
      if (input.kind === 'tick')
        endSilent(state, input.atMs, places[state.channels.length === 3 ? 3 : 1], config, emit);
      // How long the box was away, or how far its clock jumped, is no silence of the meter.
      else delete state.silence;
      return;
    }
    const { atMs } = input;
    if (atMs <= state.lastMs) return;
    state.lastMs = atMs;
    const count = channelCount(input);
    if (count === 0) return;
    while (state.channels.length < count) state.channels.push(newChannel());
    for (let index = 0; index < count; index += 1) {
      const channel = state.channels[index];
      const place = places[count][index];
      if (!channel || !place) continue;
      const phase = phaseOf(input, count, index);
      const bin = gather(channel.gathering, atMs, powerOf(input, count, index), phase, least);
      if (bin === null) continue;
      take(channel, bin, config, judging, { state, channel, place, config, emit });
    }
  },
});

interface Judging {
  readonly state: State;
  readonly channel: ChannelState;
  readonly place: Place;
  readonly config: Config;
  readonly emit: Emit;
}

/** Every track that is open is judged once a minute, and when it ends. */
const judging: Follower<Judging> = {
  looked({ state, channel, place, config, emit }, at, now) {
    const { tracks } = channel.ledger;
    if (tracks.length === 0) return;
    const look = { at, now, ended: null };
    for (const track of tracks) judge(state, channel, track, look, place, config, emit);
  },
  ended({ state, channel, place, config, emit }, track, at, now, how) {
    const look = { at, now, ended: how };
    // Where readings broke off the last word stands: nothing is told of what is past.
    if (how !== 'unknown') judge(state, channel, track, look, place, config, emit);
    end(state, channel, track, look, place, config, emit);
  },
};

/** Half of the samples that a minute should have make it known. */
const leastSamples = (intervalS: number): number =>
  Math.max(1, Math.floor(30 / Math.max(intervalS, thinnedMs / 1000)));

function placesOf(subject: Subject, channels: 1 | 3): readonly Place[] {
  if (subject.scope !== 'point') return [];
  const { point, site } = subject;
  return Array.from({ length: channels }, (_, index) => ({
    title: point.title,
    behind: behindOf(point, channels),
    phase: channels === 3 ? phaseNames[index] : undefined,
    utcOffsetMin: site.utcOffsetMs / 60_000,
  }));
}
