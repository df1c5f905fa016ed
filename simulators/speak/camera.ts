import type { Message } from '../../drivers/driver.ts';
import type { BarrierReading, Reading } from '../../drivers/reading.ts';

/** What a device does when it is told to do something. */
export interface Obeys {
  /** Where it hears commands. */
  readonly filter: string;
  /** What it says at once; `later` says more when the arm has moved. */
  answer(
    topic: string,
    body: Uint8Array,
    later: (messages: readonly Message[]) => void,
  ): readonly Message[];
}

/** The arm is up after this, and comes down again, ms. */
const upMs = 1500;
const downMs = 7000;

/**
 * A VZenith camera takes whatever it is told (code 200 on the topic of the command, as the maker's MQTT text says),
 * and a pulse on its relay lifts the arm.
 */
export function obedientCamera(parts: {
  readonly device: string;
  readonly lane: string;
  readonly filter: string;
  readonly nowMs: () => number;
  readonly encode: (reading: Reading) => readonly Message[];
}): Obeys {
  const { device, lane, filter, nowMs, encode } = parts;
  const arm = (state: BarrierReading['state']) =>
    encode({ kind: 'barrier', device, lane, atMs: nowMs(), state });
  return {
    filter,
    answer(topic, body, later) {
      let said: { id?: unknown; sn?: unknown; name?: unknown };
      try {
        said = JSON.parse(Buffer.from(body).toString('utf8'));
      } catch {
        return [];
      }
      const { id, sn, name } = said;
      if (name === 'gpio_out') {
        setTimeout(() => later(arm('open')), upMs).unref();
        setTimeout(() => later(arm('closed')), downMs).unref();
      }
      const reply = { id, sn, name, version: '1.0', code: 200, payload: { type: name, body: {} } };
      return [{ topic: `${topic}/reply`, body: new TextEncoder().encode(JSON.stringify(reply)) }];
    },
  };
}
