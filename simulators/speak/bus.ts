import type { PowerReading } from '../../drivers/reading.ts';
import { startDlt645Bus } from '../bus/dlt645-bus.ts';
import type { MeterPlan } from '../bus/dlt645-meter.ts';
import type { Speaker } from './speaker.ts';

/** Quicker than a meter on a wall, ms: see the bit rate of the village's bus. */
const answerMs = 5;

/**
 * Meters on one line behind a converter on `port`. They say nothing by themselves: what they measured last is what they
 * answer. Before they have measured anything they keep silent.
 */
export async function hangOnBus(
  port: number,
  baudRate: number,
  meters: readonly { readonly device: string; readonly address: string }[],
): Promise<Map<string, Speaker>> {
  const last = new Map<string, PowerReading>();
  const plans = new Map(
    meters.map(({ device, address }): [string, MeterPlan] => [
      device,
      {
        address,
        blocks: false,
        delayMs: answerMs,
        dead: true,
        reading: () => last.get(device) ?? { kind: 'power', device, atMs: 0, powerW: 0 },
      },
    ]),
  );
  const bus = await startDlt645Bus({ meters: [...plans.values()], baudRate, end: 'tcp', port });
  return new Map(
    [...plans].map(([device, plan]): [string, Speaker] => [
      device,
      {
        encode(reading) {
          if (reading.kind === 'power') {
            last.set(device, reading);
            plan.dead = false;
          }
          return [];
        },
        send: (_message, done) => done(false),
        connected: () => true,
        stop: bus.stop,
      },
    ]),
  );
}
