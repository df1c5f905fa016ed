import type { Loaded } from '../../config/load.ts';
import { readSecret } from '../../config/secret.ts';
import type { Log } from '../../log.ts';
import type { Intake } from '../intake.ts';
import { type Pace, realPace } from '../poll/pace.ts';
import { isStream } from '../poll/standing.ts';
import { createHttpClient } from './client.ts';
import { type EventStream, type StreamState, startStream } from './stream.ts';

export interface Streams {
  states(): readonly StreamState[];
  stats(): Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

/** Opens the event streams of all devices on buses of kind `http` whose drivers ask for one. */
export function startStreams({
  settings: { config, devices, baseDir },
  intake,
  log,
  pace = realPace,
}: {
  readonly settings: Pick<Loaded, 'config' | 'devices' | 'baseDir'>;
  readonly intake: Pick<Intake, 'take'>;
  readonly log: Log;
  readonly pace?: Pace;
}): Streams {
  const streams: readonly EventStream[] = config.buses
    .filter(({ kind }) => kind === 'http')
    .flatMap((bus) => {
      const password = readSecret(bus, baseDir);
      return devices
        .filter((device) => device.bus === bus.id)
        .flatMap((device) =>
          (device.driver.polls?.(device.options) ?? []).flatMap((poll) => {
            if (!isStream(poll)) return [];
            const { address = '', username, timeoutMs } = bus;
            const { monoMs } = pace;
            const client = createHttpClient({ address, username, password, timeoutMs, monoMs });
            return [startStream({ device, path: poll.path, client, intake, pace, log })];
          }),
        );
    });
  const states = () => streams.map((one) => one.state());
  return {
    states,
    stats() {
      const all = states();
      const sum = (of: (state: StreamState) => number) => all.reduce((n, one) => n + of(one), 0);
      return {
        streams: all.length,
        streamsUp: sum(({ up }) => (up ? 1 : 0)),
        streamParts: sum(({ parts }) => parts),
        streamPartsTooLong: sum(({ tooLong }) => tooLong),
        streamsOpened: sum(({ opened }) => opened),
      };
    },
    async stop() {
      await Promise.all(streams.map((one) => one.stop()));
    },
  };
}
