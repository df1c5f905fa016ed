import type { Loaded } from '../../config/load.ts';
import type { Bus } from '../../config/schema.ts';
import { readSecret } from '../../config/secret.ts';
import type { Log } from '../../log.ts';
import type { Intake } from '../intake.ts';
import { openers } from './kinds.ts';
import type { OpenLine } from './line.ts';
import { type Pace, realPace } from './pace.ts';
import { type BusState, type Rounds, startRounds } from './rounds.ts';
import { roundOf } from './standing.ts';

export interface Buses {
  /** Every bus with devices, for the devices page and the metrics. */
  states(): readonly BusState[];
  stop(): Promise<void>;
}

/** Starts the rounds of every bus that has devices. A bus that cannot be opened is tried again; it never stops the box. */
export function startBuses({
  settings: { config, devices, baseDir },
  intake,
  log,
  kinds = openers,
  pace = realPace,
}: {
  readonly settings: Pick<Loaded, 'config' | 'devices' | 'baseDir'>;
  readonly intake: Pick<Intake, 'take'>;
  readonly log: Log;
  readonly kinds?: Readonly<Record<Bus['kind'], OpenLine>>;
  readonly pace?: Pace;
}): Buses {
  const plans = config.buses.flatMap((bus) => {
    const here = devices.filter((device) => device.bus === bus.id && roundOf(device).length > 0);
    if (here.length === 0) return [];
    const open = kinds[bus.kind];
    const password = readSecret(bus, baseDir);
    return [{ bus, here, open: () => open(bus, password) }];
  });
  const rounds: readonly Rounds[] = plans.map(({ bus, here, open }) =>
    startRounds({
      bus: bus.id,
      everyS: bus.everyS,
      timeoutMs: bus.timeoutMs,
      open,
      devices: here,
      intake,
      pace,
      log,
    }),
  );
  return {
    states: () => rounds.map((one) => one.state()),
    async stop() {
      await Promise.all(rounds.map((one) => one.stop()));
    },
  };
}
