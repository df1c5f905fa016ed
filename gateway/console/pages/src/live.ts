import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, get } from './api.ts';

/** Data that keeps itself fresh: by server-sent events, by asking every ten seconds where they fail. */
export interface Live<T> {
  readonly data: T | null;
  /** Null while the connection holds; else since when it does not, ms of this browser. */
  readonly lostSinceMs: number | null;
  readonly error: string | null;
  refresh(): void;
}

const pollMs = 10_000;

/** One stream for the whole page: browsers open six connections to a server, not more. */
const listeners = new Set<() => void>();
let events: EventSource | null = null;

function listen(listener: () => void): () => void {
  listeners.add(listener);
  if (!events) {
    events = new EventSource('/api/v1/stream');
    events.addEventListener('alerts', () => {
      for (const one of listeners) one();
    });
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    events?.close();
    events = null;
  };
}

/** Asks `path` again and again; `streamed` also when the box says that alerts have changed. */
export function useLive<T>(path: string, onLoggedOut: () => void, streamed = true): Live<T> {
  const [data, setData] = useState<T | null>(null);
  const [lostSinceMs, setLost] = useState<number | null>(null);
  const [error, setError] = useState<string | null>(null);
  const load = useRef<() => void>(() => {});
  useEffect(() => {
    let ended = false;
    const refresh = async () => {
      try {
        const fresh = await get<T>(path);
        if (ended) return;
        setData(fresh);
        setLost(null);
        setError(null);
      } catch (cause) {
        if (ended) return;
        if (cause instanceof ApiError && cause.status === 401) onLoggedOut();
        else if (cause instanceof ApiError) setError(cause.message);
        else setLost((since) => since ?? Date.now());
      }
    };
    load.current = () => void refresh();
    void refresh();
    const timer = setInterval(() => void refresh(), pollMs);
    const unlisten = streamed ? listen(() => void refresh()) : () => {};
    return () => {
      ended = true;
      clearInterval(timer);
      unlisten();
    };
  }, [path]);
  return { data, lostSinceMs, error, refresh: () => load.current() };
}
