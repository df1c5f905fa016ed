export type Done = (error: Error | null) => void;

/** How many acknowledgements go out in one turn of the event loop. */
export const acksPerTurn = 500;

/** Gives acknowledgements in the order of the commits, a slice a turn, and tells of each group after its own. */
export interface Acks<Group> {
  give(dones: readonly Done[], error: Error | null, group: Group | null): void;
  /** Resolves when everything given so far is out. */
  idle(): Promise<void>;
}

interface Batch<Group> {
  readonly dones: readonly Done[];
  readonly error: Error | null;
  readonly group: Group | null;
  next: number;
}

export function createAcks<Group>(onGroup: (group: Group) => void): Acks<Group> {
  const batches: Batch<Group>[] = [];
  let scheduled = false;
  let waiters: Array<() => void> = [];
  const turn = () => {
    scheduled = false;
    let left = acksPerTurn;
    for (let batch = batches[0]; batch && left > 0; batch = batches[0]) {
      const to = Math.min(batch.next + left, batch.dones.length);
      left -= to - batch.next;
      while (batch.next < to) {
        batch.dones[batch.next]?.(batch.error);
        batch.next += 1;
      }
      if (batch.next < batch.dones.length) break;
      batches.shift();
      if (batch.group) onGroup(batch.group);
    }
    if (batches.length > 0) schedule();
    else {
      const told = waiters;
      waiters = [];
      for (const tell of told) tell();
    }
  };
  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(turn);
  };
  return {
    give(dones, error, group) {
      batches.push({ dones, error, group, next: 0 });
      // The first slice goes at once: most groups are no larger.
      if (!scheduled && batches.length === 1) turn();
      else schedule();
    },
    idle: () =>
      batches.length === 0 ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve)),
  };
}
