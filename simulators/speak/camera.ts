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
  const plates = new Set<string>();
  const arm = (state: BarrierReading['state']) =>
    encode({ kind: 'barrier', device, lane, atMs: nowMs(), state });
  return {
    filter,
    answer(topic, body, later) {
      let said: { id?: unknown; sn?: unknown; name?: unknown; payload?: { body?: ListWish } };
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
      const listed = name === 'white_list_operator' ? kept(plates, said.payload?.body ?? {}) : {};
      const payload = { type: name, body: listed };
      const reply = { id, sn, name, version: '1.0', code: 200, payload };
      return [{ topic: `${topic}/reply`, body: new TextEncoder().encode(JSON.stringify(reply)) }];
    },
  };
}

interface ListWish {
  readonly operator_type?: unknown;
  readonly plate?: unknown;
  readonly dldb_rec?: { readonly plate?: unknown };
}

/** The list that a camera keeps by itself, and what it says of it (maker's text, white_list_operator). */
function kept(plates: Set<string>, { operator_type: what, plate, dldb_rec: record }: ListWish) {
  if (what === 'update_or_add') plates.add(String(record?.plate));
  if (what === 'delete') plates.delete(String(plate));
  return {
    operator_type: what,
    state_code: 200,
    ...(what === 'select' ? { dldb_rec: [...plates].map((one) => ({ plate: one })) } : {}),
  };
}
