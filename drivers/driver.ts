import type { z } from 'zod';
import type { Direction, Reading, ReadingKind } from './reading.ts';
import type { Text } from './text.ts';

/** A message that cannot be read. Normal: it is kept in the quarantine with this reason, and the box goes on. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
  /** True: the message speaks of a person; not even the quarantine may hold its bytes. */
  readonly personal: boolean;

  constructor(message: string, { personal = false }: { readonly personal?: boolean } = {}) {
    super(message);
    this.personal = personal;
  }
}

/** One message as a wire carries it, in either direction. */
export interface Message {
  /** MQTT topic, or the path of an HTTP request. */
  readonly topic?: string;
  readonly body: Uint8Array;
  /** HTTP only: the content type of `body`. */
  readonly contentType?: string;
  /** HTTP only, when the box speaks: the method; `GET` and `POST` need no mention. */
  readonly method?: string;
  /** MQTT only: sent with the retain flag (never acts). */
  readonly retained?: boolean;
  /** Modbus only: the first register that was asked for. */
  readonly start?: number;
  /**
   * Polled wires only: the answers to the further questions of the same round, in the order of `polls`. What was not
   * answered is not among them: a field whose answer is missing stays absent, it is never taken from another round.
   */
  readonly rest?: readonly Message[];
}

/** Which device is speaking, when the box heard it, and where the device stands. */
export interface Arrival {
  readonly device: string;
  /** ms since 1970 UTC, by the box's clock. */
  readonly atMs: number;
  /** The lane that the device watches; the device's own name where none is configured. */
  readonly lane: string;
  readonly direction: Direction;
}

/**
 * A device's small memory between messages, for makers that spread one reading over several topics. Empty at first.
 * Drivers of persons count here what they let go: `dropped`, members that are on no allow-list, and `minors`,
 * messages of which nothing but this count was kept.
 */
export type Memory = Record<string, unknown>;

/** Topics of one device. `publishes` may hold `+`; both are exact otherwise. */
export interface Topics {
  readonly publishes: readonly string[];
  readonly subscribes: readonly string[];
}

/** How a device knows what is its own on a topic where others speak too. */
export interface SharedTopic<O = unknown> {
  /** The option that holds the name by which it is known there. */
  readonly option: string;
  /** That name; undefined where it takes what all of them say. Names that differ only in what the maker mixes up are one. */
  name(options: O, device: string): string | undefined;
  /** Whether this message is of it; false where it names nobody. May throw as `decode` does. */
  mine(message: Message, options: O, device: string): boolean;
}

/** What the box may ask a device to do. `open` is one pulse. `plates` never enter a log. */
export type Command =
  | { readonly kind: 'open'; readonly id: string; readonly atMs: number }
  | { readonly kind: 'time'; readonly id: string; readonly atMs: number }
  | {
      readonly kind: 'plate-add' | 'plate-remove';
      readonly id: string;
      readonly atMs: number;
      readonly plate: string;
    }
  | { readonly kind: 'plate-list'; readonly id: string; readonly atMs: number };

/** A device's word on a command. `accepted` is not "the arm moved": only its position says that. */
export interface CommandAnswer {
  readonly id: string | null;
  readonly result: 'accepted' | 'refused';
  readonly reason?: string;
  /** What is on the list in the device, for `plate-list`. */
  readonly plates?: readonly string[];
}

/** A captured or composed message and what it means. Tests run every one. */
export interface Sample {
  readonly note: string;
  /** A file below `drivers/samples/`, or the text itself. */
  readonly file?: string;
  readonly text?: string;
  readonly hex?: string;
  /** True: the file is a list of `{topic, payload}`, messages in the order in which they came. */
  readonly list?: true;
  readonly topic?: string;
  readonly contentType?: string;
  readonly start?: number;
  readonly options?: Record<string, unknown>;
  readonly arrival?: Partial<Arrival>;
  /** Exactly what `decode` returns. */
  readonly readings?: readonly Reading[];
  /** Or: a part of the reason why it is refused. */
  readonly refused?: string;
}

/** How the box asks a device that does not speak by itself. */
export type Poll =
  | {
      readonly wire: 'modbus';
      readonly unitId: number;
      readonly code: 3 | 4;
      readonly start: number;
      readonly count: number;
    }
  | { readonly wire: 'dlt645'; readonly frame: Uint8Array }
  | { readonly wire: 'http'; readonly path: string; readonly stream?: boolean };

/** GPIO only: the pins of the box that a device hangs on, numbered as the chip does (BCM). */
export interface Lines {
  /** Label of the chip, as `/sys/class/gpio/gpiochip*` says it. */
  readonly chip: string;
  /** Where the chip's numbers begin; found by the label if absent. */
  readonly base?: number | undefined;
  /** The name of each input by its number. */
  readonly inputs: Readonly<Record<string, string>>;
  /** A level counts once it held so long, ms. */
  readonly debounceMs: number;
  /** The line that is pulsed, and the level at which the relay is drawn. */
  readonly relay?: { readonly line: number; readonly on: 0 | 1 };
}

export type Wire = 'mqtt' | 'http' | 'http-poll' | 'modbus' | 'dlt645' | 'gpio';

/** A driver is one file: what one kind of device says, both ways. Pure: no clock, disk, network or randomness. */
export interface Driver<O = unknown> {
  readonly id: string;
  readonly title: Text;
  readonly wire: Wire;
  /** Where the facts come from: the maker's manual, a bench, or the field. */
  readonly proven: 'manual' | 'bench' | 'field';
  /** Where every field's meaning was found; shown in docs/devices.md. */
  readonly sources: readonly string[];
  /** What it cannot tell, in a sentence or two; shown in docs/devices.md. */
  readonly lacks: Text;
  /** Fields of a reading that the protocol has no place for, as `passage.result`: `encode` loses them. */
  readonly omits?: readonly string[];
  /** What it reads. A driver of faces (`credential: 'face'`) also says `personal`. */
  readonly kinds: readonly ReadingKind[];
  /** True: it handles persons. Off unless the configuration turns it on for the site. */
  readonly personal?: true;
  /** Schema of the device's `options` in gateway.yaml. Strict: unknown keys are refused. */
  readonly options: z.ZodType<O>;
  /** MQTT only: where this device may publish and subscribe. */
  topics?(device: string, options: O): Topics;
  /** MQTT only, where a maker or a program has one topic for many devices. Absent: what comes there is this one's. */
  readonly shared?: SharedTopic<O>;
  /** Readings of one message; throws CodecError. No guess, no half. An empty list: valid, but nothing to store. */
  decode(message: Message, options: O, arrival: Arrival, memory: Memory): Reading[];
  /** The inverse, for the simulators: messages that say `reading` as the device would. */
  encode(reading: Reading, options: O): Message[];
  /** The answer a device waits for; the wire sends it after the commit. */
  reply?(message: Message, options: O, arrival: Arrival): Message | null;
  /** The messages that carry a command; undefined where the protocol has none. */
  command?(command: Command, options: O, device: string): Message[] | null;
  /** A device's answer to a command; null if the message is none. */
  answer?(message: Message, options: O): CommandAnswer | null;
  /**
   * What to ask for, one round; polled wires only. First what every such device answers and no reading can do without:
   * where that stays unanswered, nothing else is asked. `decode` gets the answers of one round together (`rest`).
   */
  polls?(options: O): Poll[];
  /** What the device hangs on; GPIO only. */
  lines?(options: O): Lines;
  readonly samples: readonly Sample[];
}

/** Gives a driver its types from its option schema, and hides them again for the registry. */
export function defineDriver<O>(driver: Driver<O>): Driver {
  return driver as unknown as Driver;
}
