import { lastLocal, type SimulatedTime, simulatedMs } from '../../simulators/clock.ts';
import { isStandInHere, simFileHere } from '../../simulators/gpio/stand-in.ts';
import { startModem } from '../../simulators/modem/modem.ts';
import { type Played, playVillage } from '../../simulators/play.ts';
import { scenarios } from '../../simulators/scenarios/index.ts';
import { restPins } from '../../simulators/speak/pins.ts';
import { createVillage } from '../../simulators/village.ts';
import { pinsLane } from '../../simulators/village-lanes.ts';
import type { Gateway } from '../app.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { Loaded } from '../config/load.ts';

/** What `run --demo` has and a box has not; loaded for it alone. */
export interface Demonstration {
  /** A wall clock and a monotonic one that run faster than real ones, together. */
  readonly clock: Clock;
  /** Lets the village speak to the gateway. */
  play(gateway: Gateway, settings: Loaded): Promise<Played>;
}

export function createDemonstration(speed: number, utcOffsetMs: number): Demonstration {
  const scenario = scenarios.demo;
  if (!scenario) throw new Error('The demonstration has no scenario');
  const time: SimulatedTime = {
    startMs: lastLocal(scenario.startHour, Date.now(), utcOffsetMs),
    realStartMs: Date.now(),
    speed,
  };
  if (isStandInHere()) restPins(simFileHere);
  return {
    clock: {
      nowMs: () => Math.round(simulatedMs(Date.now(), time)),
      monoMs: () => systemClock.monoMs() * speed,
      trusted: () => true,
    },
    play: (gateway, { config, devices }) =>
      playVillage({
        village: createVillage(1, { pins: devices.some(({ id }) => id === pinsLane.device) }),
        scenario,
        seed: 1,
        brokerUrl: `mqtt://${gateway.mqtt}`,
        ...(gateway.push === undefined ? {} : { pushUrl: `http://${gateway.push}` }),
        buses: config.buses,
        ...(isStandInHere() ? { simFile: simFileHere } : {}),
        time,
        utcOffsetMs,
      }),
  };
}

/** A modem on a pseudo-terminal; what leaves it is shown, as the telephone would. */
export async function simulatedModem(clock: Clock) {
  const modem = await startModem({ nowMs: clock.nowMs });
  let told = 0;
  let timer: NodeJS.Timeout | undefined;
  return {
    path: modem.path,
    onSms(show: (to: string, text: string) => void) {
      timer = setInterval(() => {
        for (const { to, text } of modem.inbox().slice(told)) show(to, text);
        told = modem.inbox().length;
      }, 500);
    },
    async stop() {
      clearInterval(timer);
      await modem.stop();
    },
  };
}
