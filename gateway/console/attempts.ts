import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { Clock } from '../clock.ts';

/** Failures before a lock, and how long it lasts (PR-32): of one name from one address, of one known browser, of one name's codes. */
export const failuresOfName = 5;
export const lockMs = 15 * 60_000;
/** Failures of one address in that time, whatever names it tried. */
export const failuresOfAddress = 20;
/**
 * Failures of one name from all addresses together before it slows down, and the pause between tries from then on: with
 * both at most 100 in the first hour, as OWASP ASVS 4.0.3, 2.2.1 wants it. No lock: anybody could bring it about.
 */
export const failuresFromAnywhere = 20;
export const slowMs = 45_000;
/** Pairs of name and address, addresses, known browsers that are counted at once. */
const mostCounts = 4096;
/** Groups of names that are no account. */
const nameGroups = 4096;

/** What is tried: a password from outside, the code that belongs to it, or either by somebody who is logged in. */
export type TryKind = 'password' | 'code' | 'inside' | 'one-time';

export interface Try {
  readonly kind: TryKind;
  readonly name: string;
  /** It is an account's. */
  readonly known: boolean;
  readonly address: string;
  /** A browser in which this name has logged in before; absent for a stranger. */
  readonly device?: string | undefined;
}

/** One try that was let through; it counts as a failure until it is said to be none. */
export interface Attempt {
  /** It was right: this name begins anew here. */
  succeeded(): Promise<void>;
  /** It was no guess (a second factor is asked for, the box was busy): it is not counted. */
  forgiven(): Promise<void>;
}

export type Taken =
  | { readonly attempt: Attempt }
  /** `first`: this refusal is the one that found it locked. */
  | { readonly refused: Scope; readonly first: boolean };

/** What a count is about. */
type Scope = 'name' | 'address' | 'device' | 'code' | 'everywhere';

/** A count as it is kept over a restart. `leftMs`: how long it still matters. */
export interface KeptCount {
  readonly key: string;
  readonly n: number;
  readonly leftMs: number;
}

/** Where counts outlive a restart. */
export interface AttemptStore {
  load(): Promise<readonly KeptCount[]>;
  save(counts: readonly KeptCount[]): Promise<void>;
}

interface Count {
  readonly key: string;
  readonly scope: Scope;
  n: number;
  /** Failures: forgotten then. The one from everywhere: when its next free try would be, were there none in store. */
  untilMs: number;
  told: boolean;
}

const limits: Readonly<Record<Exclude<Scope, 'everywhere'>, number>> = {
  name: failuresOfName,
  device: failuresOfName,
  code: failuresOfName,
  address: failuresOfAddress,
};

/**
 * Counts tries BEFORE anything is computed: of a thousand parallel guesses a few are looked at. A stranger is counted by
 * name and address, by address, and by name over all addresses; a browser in which the name has logged in before has a
 * count of its own that strangers cannot fill (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"). Names
 * that are no account are counted too, in groups, so that a lock does not tell which names exist.
 */
export async function createAttempts(
  clock: Pick<Clock, 'monoMs'>,
  store: AttemptStore,
  /** What is counted, in a form that nobody reads: people type passwords where a name is asked for. */
  hidden: (id: string) => string,
) {
  const counts = new Map<string, Count>();
  /** Names are few and never pushed out: whoever fills the rest with addresses frees none of them. */
  const names = new Map<string, Count>();
  const kept = new Map((await store.load()).map((one) => [one.key, one]));
  const startMs = clock.monoMs();

  const countOf = (scope: Scope, id: string): Count => {
    const key = `${scope} ${hidden(id)}`;
    const map = scope === 'everywhere' || scope === 'code' ? names : counts;
    const known = map.get(key);
    if (known && (scope === 'everywhere' || clock.monoMs() < known.untilMs)) return known;
    const before = known ? undefined : kept.get(key);
    kept.delete(key);
    const untilMs = before && startMs + Math.min(before.leftMs, lockMs);
    const still = before && untilMs !== undefined && clock.monoMs() < untilMs;
    const fresh: Count = {
      key,
      scope,
      n: still ? before.n : 0,
      untilMs: still ? untilMs : scope === 'everywhere' ? 0 : Number.POSITIVE_INFINITY,
      told: false,
    };
    map.delete(key);
    map.set(key, fresh);
    if (counts.size > mostCounts) counts.delete(counts.keys().next().value ?? '');
    return fresh;
  };
  const isFull = ({ scope, n, untilMs }: Count): boolean =>
    scope === 'everywhere'
      ? untilMs - clock.monoMs() > (failuresFromAnywhere - 1) * slowMs
      : n >= limits[scope];
  const raise = (count: Count) => {
    count.n += 1;
    const nowMs = clock.monoMs();
    count.untilMs =
      count.scope === 'everywhere' ? Math.max(count.untilMs, nowMs) + slowMs : nowMs + lockMs;
  };
  const lower = (count: Count) => {
    count.n = Math.max(0, count.n - 1);
    if (count.scope === 'everywhere') count.untilMs -= slowMs;
  };
  const save = (of: readonly Count[]) =>
    store.save(
      of.map(({ key, n, untilMs }) => ({ key, n, leftMs: Math.max(0, untilMs - clock.monoMs()) })),
    );
  const scopesOf = ({ kind, name, known, address, device }: Try): Count[] => {
    const group = known ? `=${name}` : `~${groupOf(name)}`;
    const of = device === undefined ? '' : ` ${device}`;
    if (kind === 'inside') return [countOf('device', `inside ${group}`)];
    if (kind === 'code') return [countOf('code', group + of)];
    if (device !== undefined) return [countOf('device', group + of)];
    const net = network(address);
    const here = [countOf('name', `${group} ${net}`), countOf('address', net)];
    // A one-time code has 58 bits: nobody guesses it, and it is the way in while guesses slow a name down.
    return kind === 'one-time' ? here : [...here, countOf('everywhere', group)];
  };

  return {
    /** Decided at once and in order; what follows is on the disk when it resolves. */
    async take(one: Try): Promise<Taken> {
      const of = scopesOf(one);
      const full = of.find(isFull);
      if (full) {
        const first = !full.told;
        full.told = true;
        return { refused: full.scope, first };
      }
      for (const count of of) raise(count);
      await save(of);
      return {
        attempt: {
          async succeeded() {
            for (const count of of) {
              if (count.scope === 'address' || count.scope === 'everywhere') lower(count);
              else count.n = 0;
            }
            await save(of);
          },
          async forgiven() {
            for (const count of of) lower(count);
            await save(of);
          },
        },
      };
    },
    /** How long the last lock that outlived a restart still lasts, ms; 0 where there is none. */
    keptLockMs: (): number =>
      Math.max(
        0,
        ...[...kept.values()]
          .filter(({ key, n }) => /^(name|device|code) /.test(key) && n >= failuresOfName)
          .map(({ leftMs }) => Math.min(leftMs, lockMs)),
      ),
  };
}
export type Attempts = Awaited<ReturnType<typeof createAttempts>>;

const groupOf = (name: string): number =>
  createHash('sha256').update(name).digest().readUInt32BE() % nameGroups;

/** Whoever has one address of IPv6 has the 64 bits behind its network (RFC 4291, 2.5.4): they count as one. */
export function network(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = address.toLowerCase().split('%')[0]?.split('::') ?? [];
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
