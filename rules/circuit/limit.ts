import type { Text } from '../../drivers/text.ts';
import type { Limits } from '../site.ts';
import { cableLimitA, cableTauS } from './cable.ts';

export type LimitedBy = 'contract' | 'breaker' | 'cable';

/** What a circuit may carry, A per phase, and which of the three decides. */
export interface CircuitLimit {
  readonly limitA: number;
  readonly limitedBy: LimitedBy;
  /** Thermal time constant, s: the cable's, or 600 s where none was surveyed. */
  readonly tauS: number;
}

const defaultTauS = 600;

const computed = new WeakMap<Limits, CircuitLimit | null>();

/** The lowest of contract, breaker and derated cable; null where nothing was surveyed. Computed once for each survey. */
export function circuitLimit(limits: Limits | undefined): CircuitLimit | null {
  if (!limits) return null;
  let limit = computed.get(limits);
  if (limit === undefined) {
    limit = lowestOf(limits);
    computed.set(limits, limit);
  }
  return limit;
}

function lowestOf(limits: Limits): CircuitLimit | null {
  const candidates: Array<readonly [LimitedBy, number]> = [];
  if (limits.contractA !== undefined) candidates.push(['contract', limits.contractA]);
  if (limits.breaker) candidates.push(['breaker', limits.breaker.ratedA]);
  if (limits.cable) candidates.push(['cable', cableLimitA(limits.cable)]);
  const lowest = candidates.sort((a, b) => a[1] - b[1])[0];
  if (!lowest) return null;
  const tauS = limits.cable ? cableTauS(limits.cable) : defaultTauS;
  return { limitA: lowest[1], limitedBy: lowest[0], tauS };
}

/** How the limit is called in a sentence. */
export const limitNames: Readonly<Record<LimitedBy, Text>> = {
  contract: { zh: '合同容量', en: 'supply contract' },
  breaker: { zh: '断路器额定', en: 'breaker rating' },
  cable: { zh: '进户线载流量', en: 'cable capacity' },
};
