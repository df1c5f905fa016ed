/** A message that waits for a session. */
interface Waiting {
  readonly payload?: Uint8Array;
  readonly topic?: string;
  readonly messageId?: number;
}

interface ClientId {
  readonly id: string;
}

interface Asked {
  readonly topic: string;
}

/** What aedes keeps in memory of sessions that outlive their connections: the part of its persistence that can grow. */
export interface Sessions {
  addSubscriptions(client: ClientId, asked: readonly Asked[]): Promise<void>;
  cleanSubscriptions(client: ClientId): Promise<void>;
  outgoingEnqueue(to: { readonly clientId: string }, message: Waiting): Promise<void>;
  outgoingEnqueueCombi(
    to: ReadonlyArray<{ readonly clientId: string }>,
    message: Waiting,
  ): Promise<void>;
  outgoingClearMessageId(client: ClientId, message: Waiting): Promise<Waiting | undefined>;
  outgoingStream(client: ClientId): AsyncIterable<Waiting>;
}

export interface SessionLimits {
  readonly maxMessages?: number;
  readonly maxBytes?: number;
  /** Whether a client may hear what it asks for. */
  readonly maySubscribe: (id: string, filter: string) => boolean;
  /** More waited for this client than may be; its session and all that waited are gone. */
  readonly onForgotten: (id: string) => void;
}

/** What may wait for one client that is away, or does not say that it got what it was sent. */
export const maxKeptMessages = 1000;
export const maxKeptBytes = 1024 * 1024;
/** What a message takes beside its topic and payload, about, bytes. */
const messageBytes = 300;

/**
 * Puts limits on sessions that are kept (clean session 0), which aedes has none for: a reader that never comes back
 * would have every reading of the village in memory. Beyond them its session is forgotten.
 */
export function limitSessions(sessions: Sessions, limits: SessionLimits): void {
  const { maxMessages = maxKeptMessages, maxBytes = maxKeptBytes } = limits;
  const { maySubscribe, onForgotten } = limits;
  const plain: Sessions = {
    addSubscriptions: sessions.addSubscriptions.bind(sessions),
    cleanSubscriptions: sessions.cleanSubscriptions.bind(sessions),
    outgoingEnqueue: sessions.outgoingEnqueue.bind(sessions),
    outgoingEnqueueCombi: sessions.outgoingEnqueueCombi.bind(sessions),
    outgoingClearMessageId: sessions.outgoingClearMessageId.bind(sessions),
    outgoingStream: sessions.outgoingStream.bind(sessions),
  };
  const waiting = new Map<string, { n: number; bytes: number }>();
  /** Until they subscribe again: messages that were on their way to the session come after its end. */
  const forgotten = new Set<string>();

  const forget = async (id: string) => {
    forgotten.add(id);
    waiting.delete(id);
    await plain.cleanSubscriptions({ id });
    for await (const message of plain.outgoingStream({ id })) {
      await plain.outgoingClearMessageId({ id }, message);
    }
    onForgotten(id);
  };

  /** Counts a message; false, and the session is forgotten, where it is one too many. */
  const fits = async (id: string, message: Waiting): Promise<boolean> => {
    if (forgotten.has(id)) return false;
    const held = waiting.get(id) ?? { n: 0, bytes: 0 };
    held.n += 1;
    held.bytes += bytesOf(message);
    if (held.n <= maxMessages && held.bytes <= maxBytes) {
      waiting.set(id, held);
      return true;
    }
    await forget(id);
    return false;
  };

  Object.assign(sessions, {
    // aedes stores the refused filters of a SUBSCRIBE with the others, and would keep their messages for the client.
    addSubscriptions(client, asked) {
      forgotten.delete(client.id);
      const allowed = asked.filter(({ topic }) => maySubscribe(client.id, topic));
      return plain.addSubscriptions(client, allowed);
    },
    async outgoingEnqueue(to, message) {
      if (await fits(to.clientId, message)) await plain.outgoingEnqueue(to, message);
    },
    async outgoingEnqueueCombi(to, message) {
      const fitting: { readonly clientId: string }[] = [];
      for (const one of to) if (await fits(one.clientId, message)) fitting.push(one);
      await plain.outgoingEnqueueCombi(fitting, message);
    },
    async outgoingClearMessageId(client, message) {
      const gone = await plain.outgoingClearMessageId(client, message);
      const held = waiting.get(client.id);
      if (gone && held) {
        held.n -= 1;
        held.bytes -= bytesOf(gone);
        if (held.n <= 0) waiting.delete(client.id);
      }
      return gone;
    },
  } satisfies Partial<Sessions>);
}

const bytesOf = ({ payload, topic }: Waiting): number =>
  messageBytes + (payload?.length ?? 0) + Buffer.byteLength(topic ?? '');
