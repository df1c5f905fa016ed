/** A client of the broker, as far as its subscriptions go. */
export interface Reader {
  readonly id: string;
  /** False: its session outlives the connection. */
  readonly clean: boolean;
}

/** Who listens to what devices say: while nobody does, nothing is handed on. */
export interface Readers {
  /** Counts filters once, however often they are asked for; those that were refused (0x80) not at all. */
  subscribed(
    reader: Reader,
    list: ReadonlyArray<{ readonly topic: string; readonly qos: number }>,
  ): void;
  /** What was never subscribed takes nothing away from others. */
  unsubscribed(reader: Reader, filters: readonly string[]): void;
  /** It has logged in: a clean session ends one that was kept under its name. */
  came(reader: Reader): void;
  /** A session that was kept is no more. */
  forgotten(id: string): void;
  count(): number;
}

const refused = 128;

/** A filter that can match `gatehouse/v1/{device}/{kind}`. */
const readsReadings = (filter: string): boolean => /^(?:gatehouse\/|[#+])/.test(filter);

export function createReaders(): Readers {
  // A connection that is pushed out says goodbye after the new one of its name has come: each is a key of its own.
  const filters = new Map<Reader | string, Set<string>>();
  const keyOf = (reader: Reader) => (reader.clean ? reader : reader.id);
  // Asked for with every message.
  let count = 0;
  const recount = () => {
    count = [...filters.values()].reduce((sum, { size }) => sum + size, 0);
  };
  const drop = (key: Reader | string) => {
    filters.delete(key);
    recount();
  };
  return {
    subscribed(reader, list) {
      const key = keyOf(reader);
      const known = filters.get(key) ?? new Set();
      for (const { topic, qos } of list) {
        if (qos !== refused && readsReadings(topic)) known.add(topic);
      }
      if (known.size > 0) filters.set(key, known);
      recount();
    },
    unsubscribed(reader, list) {
      const key = keyOf(reader);
      const known = filters.get(key);
      if (!known) return;
      for (const topic of list) known.delete(topic);
      if (known.size === 0) filters.delete(key);
      recount();
    },
    came(reader) {
      if (reader.clean) drop(reader.id);
    },
    forgotten: drop,
    count: () => count,
  };
}
