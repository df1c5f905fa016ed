import type { PowerReading } from '../../drivers/reading.ts';
import type { Speaker } from './speaker.ts';

/** A meter as it hangs on a line: dead until it has measured anything. */
interface Hanging {
  dead?: boolean;
}

/**
 * Meters on one line. They say nothing by themselves: what they measured last is what they answer. `start` puts the
 * plans on the line.
 */
export async function hangOnBus<M extends { readonly device: string }, P extends Hanging>(
  meters: readonly M[],
  planOf: (meter: M, reading: () => PowerReading) => P,
  start: (plans: readonly P[]) => Promise<{ stop(): Promise<void> }>,
): Promise<Map<string, Speaker>> {
  const last = new Map<string, PowerReading>();
  const plans = meters.map((meter) => {
    const { device } = meter;
    const nothing: PowerReading = { kind: 'power', device, atMs: 0, powerW: 0 };
    return { device, plan: planOf(meter, () => last.get(device) ?? nothing) };
  });
  for (const { plan } of plans) plan.dead = true;
  const bus = await start(plans.map(({ plan }) => plan));
  return new Map(
    plans.map(({ device, plan }): [string, Speaker] => [
      device,
      {
        encode(reading) {
          if (reading.kind === 'power') {
            last.set(device, counted(reading, last.get(device)));
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

const msPerHour = 3_600_000;

/** What every such meter knows besides: what it has counted, and the mains' frequency. */
function counted(reading: PowerReading, before: PowerReading | undefined): PowerReading {
  const { energyWh = 0, atMs = reading.atMs } = before ?? {};
  const moreWh = (Math.max(0, reading.powerW) * Math.max(0, reading.atMs - atMs)) / msPerHour;
  return { frequencyHz: 50, ...reading, energyWh: energyWh + moreWh };
}
