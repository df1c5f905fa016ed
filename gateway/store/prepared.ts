/** Statements that write, kept as SQLite compiled them: each commit would ask for one more turn of the thread pool otherwise. */
export interface Prepared<S> {
  /** The compiled statement where there is one; from the third call of a text on, about. */
  of(sql: string): S | undefined;
  /** It failed: the next call compiles it anew. */
  drop(sql: string): void;
  /** Lets all go. A file with compiled statements cannot be closed. */
  finalize(): void;
}

/** So many are kept, some KB each. */
export const maxPrepared = 24;
/** So many texts are remembered as seen once. */
export const maxSeen = 200;

/**
 * Only of such as are through when they have been run: one that gives rows would hold its view of the file until the
 * next call, and no checkpoint could pass it.
 */
const isWriting = (sql: string): boolean =>
  /^\s*(?:INSERT|UPDATE|DELETE|BEGIN|COMMIT)\b/i.test(sql) && !/\bRETURNING\b/i.test(sql);

interface Kept<S> {
  readonly statement: S;
  /** What is asked of a statement whose compilation fails later is never answered, so nothing is asked before it is ready. */
  readonly state: { readonly isReady: boolean };
}

/** `compile` begins to compile a text, and says when it has. */
export function createPrepared<S extends { finalize(): unknown }>(
  compile: (sql: string, done: (error: Error | null) => void) => S,
): Prepared<S> {
  const kept = new Map<string, Kept<S>>();
  const seen = new Set<string>();

  const drop = (sql: string) => {
    kept.get(sql)?.statement.finalize();
    kept.delete(sql);
  };

  const prepare = (sql: string) => {
    const oldest = kept.keys().next().value;
    if (kept.size >= maxPrepared && oldest !== undefined) drop(oldest);
    const state = { isReady: false, isRefused: false };
    const statement = compile(sql, (error) => {
      state.isReady = error === null;
      state.isRefused = error !== null;
      if (state.isRefused && kept.get(sql)?.state === state) kept.delete(sql);
    });
    // A file that is closed refuses at once, before there is a statement.
    if (!state.isRefused) kept.set(sql, { statement, state });
  };

  return {
    of(sql) {
      const known = kept.get(sql);
      if (known) {
        kept.delete(sql);
        kept.set(sql, known);
        return known.state.isReady ? known.statement : undefined;
      }
      if (!isWriting(sql)) return undefined;
      if (seen.has(sql)) {
        seen.delete(sql);
        prepare(sql);
        return undefined;
      }
      if (seen.size >= maxSeen) seen.clear();
      seen.add(sql);
      return undefined;
    },
    drop,
    finalize() {
      for (const sql of [...kept.keys()]) drop(sql);
    },
  };
}
