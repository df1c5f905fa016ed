import type { Clock } from '../../clock.ts';
import type { Device } from '../../config/device.ts';
import type { Log } from '../../log.ts';
import type { Carrier } from '../commands.ts';
import type { Intake } from '../intake.ts';
import { type GpioDevice, type GpioState, startGpioDevice } from './device.ts';
import { loadOnoff, type Onoff } from './library.ts';

export interface GpioWire {
  readonly carrier: Carrier;
  /** Every device on pins, for the devices page and the metrics. */
  states(): readonly GpioState[];
  stop(): void;
}

/**
 * The box's own pins. Without devices on them nothing is loaded; where they cannot be had the rest of the box runs, and
 * the reason stands on the devices page.
 */
export function startGpio({
  devices,
  intake,
  clock,
  log,
  library,
}: {
  readonly devices: readonly Device[];
  readonly intake: Pick<Intake, 'take'>;
  /** Real time. */
  readonly clock: Clock;
  readonly log: Log;
  /** Another name than `onoff`. */
  readonly library?: string;
}): GpioWire {
  let onoff: Onoff | undefined;
  const running = new Map<string, GpioDevice>();
  for (const device of devices) {
    const lines = device.driver.lines?.(device.options);
    if (!lines) continue;
    const one = startGpioDevice({
      device,
      lines,
      onoff: () => {
        onoff ??= loadOnoff(library);
        return onoff;
      },
      takenBy: (number) =>
        [...running.values()].find((other) => other.numbers().includes(number))?.device.id,
      intake,
      clock,
      log,
    });
    running.set(device.id, one);
  }
  const off = () => {
    for (const one of running.values()) one.off();
  };
  // However this process ends, short of SIGKILL; a pulse under way ends by its own process also then.
  if (running.size > 0) process.on('exit', off);
  return {
    carrier: {
      reaches: ({ id }) => running.get(id)?.state().up === true,
      send: ({ id }, message) => running.get(id)?.take(message),
    },
    states: () => [...running.values()].map((one) => one.state()),
    stop() {
      for (const one of running.values()) one.stop();
      process.off('exit', off);
    },
  };
}
