/** Small decision trees whose values add up; how things go together, where weights only tell what each is worth alone. */
export interface Forest {
  /** Five numbers a node: what is asked for (-1: nothing, a leaf), from where on it goes right, its value, and where its two next nodes begin. */
  readonly nodes: Float64Array;
  /** Where each tree begins in `nodes`. */
  readonly roots: readonly number[];
  /** The most that each tree and those behind it can add together; 0 at the end. */
  readonly most: Float64Array;
}

const width = 5;

/**
 * Reads trees as they are written in weights.ts: a tree is `number of the question, threshold, value, left tree, right tree`
 * or `* value` for a leaf, apart by blanks. The value of an inner node is what it would say if it asked no further.
 */
export function readTrees(text: string): Forest {
  const words = text.split(' ').filter((word) => word !== '');
  const nodes: number[] = [];
  const roots: number[] = [];
  const highest: number[] = [];
  let at = 0;
  /** Returns the highest leaf of what it read. */
  const read = (): number => {
    const begin = nodes.length;
    nodes.push(-1, 0, 0, 0, 0);
    const asks = words[at] ?? '*';
    if (asks === '*') {
      const value = Number(words[at + 1]);
      nodes[begin + 2] = value;
      at += 2;
      return value;
    }
    const [threshold, value] = [Number(words[at + 1]), Number(words[at + 2])];
    at += 3;
    const left = nodes.length;
    const leftMost = read();
    const right = nodes.length;
    const rightMost = read();
    nodes.splice(begin, width, Number(asks), threshold, value, left, right);
    return Math.max(leftMost, rightMost);
  };
  while (at < words.length) {
    roots.push(nodes.length);
    highest.push(read());
  }
  const most = new Float64Array(roots.length + 1);
  for (let i = roots.length - 1; i >= 0; i -= 1) most[i] = (most[i + 1] ?? 0) + (highest[i] ?? 0);
  return { nodes: Float64Array.from(nodes), roots, most };
}

/**
 * Sum of all trees for `shape`. With `shares`, adds to each of its places what the answers to that question moved the sum by,
 * and to its last place where the trees begin: together they are the sum.
 */
export function sumOf(
  { nodes, roots }: Forest,
  shape: Float64Array,
  shares?: Float64Array,
): number {
  let sum = 0;
  for (const root of roots) {
    let at = root;
    let value = nodes[at + 2] ?? 0;
    if (shares) shares[shares.length - 1] = (shares.at(-1) ?? 0) + value;
    for (let asks = nodes[at] ?? -1; asks >= 0; asks = nodes[at] ?? -1) {
      at = nextOf(nodes, at, shape[asks] ?? 0);
      const next = nodes[at + 2] ?? 0;
      if (shares) shares[asks] = (shares[asks] ?? 0) + next - value;
      value = next;
    }
    sum += value;
  }
  return sum;
}

/** Rounding of a sum of a few dozen values below 10 stays far below this. */
const slack = 1e-9;

/**
 * `sumOf`, to the last bit, where it may reach `least`; null as soon as what is left cannot bring it there. Most loads are
 * no charger and every one is looked at each minute: a few trees usually do.
 */
export function sumFrom(
  { nodes, roots, most }: Forest,
  shape: Float64Array,
  least: number,
): number | null {
  let sum = 0;
  for (let i = 0; i < roots.length; i += 1) {
    if (sum + (most[i] ?? 0) < least - slack) return null;
    let at = roots[i] ?? 0;
    for (let asks = nodes[at] ?? -1; asks >= 0; asks = nodes[at] ?? -1)
      at = nextOf(nodes, at, shape[asks] ?? 0);
    sum += nodes[at + 2] ?? 0;
  }
  return sum < least - slack ? null : sum;
}

/** Where the node begins to which the answer at `at` leads. */
const nextOf = (nodes: Float64Array, at: number, answer: number): number =>
  nodes[at + (answer >= (nodes[at + 1] ?? 0) ? 4 : 3)] ?? 0;
