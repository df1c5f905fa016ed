import type { Config } from './config.ts';
import { end } from './judge.ts';
import { beginAnew, type Emit, type Place, type State } from './state.ts';

/** So long without a reading, by the box's time, and nobody knows any more whether it still charges, ms. */
const silentMs = 55 * 60_000;

/**
 * Asked once an hour: where the meter has said nothing since the last time, what was open is closed as of unknown end. Readings that come
 * again would do so too; but a meter that was taken down never does, and its suspicion must not stand open for months.
 */
export function endSilent(
  state: State,
  atMs: number,
  places: readonly Place[],
  config: Config,
  emit: Emit,
): void {
  const { silence, lastMs } = state;
  if (!silence || silence.lastMs !== lastMs) {
    state.silence = { fromMs: atMs, lastMs };
    return;
  }
  if (atMs - silence.fromMs < silentMs) return;
  const now = Math.floor(atMs / 60_000) - 1;
  for (const [index, channel] of state.channels.entries()) {
    const { last } = channel;
    const place = places[index];
    if (!last || !place || channel.ledger.tracks.length === 0) continue;
    const look = { at: last.minute, now: Math.max(now, last.minute), ended: 'unknown' } as const;
    for (const track of channel.ledger.tracks)
      end(state, channel, track, look, place, config, emit);
    beginAnew(channel);
  }
}
