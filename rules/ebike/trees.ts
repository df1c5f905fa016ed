/** Small decision trees whose values add up; how things go together, where weights only tell what each is worth alone. */
export interface Forest {
  /** Five numbers a node: what is asked for (-1: nothing, a leaf), from where on it goes right, its value, and its two next nodes. */
  readonly nodes: Float64Array;
  readonly roots: readonly number[];
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
  let at = 0;
  const read = (): number => {
    const index = nodes.length / width;
    nodes.push(-1, 0, 0, 0, 0);
    const asks = words[at] ?? '*';
    if (asks === '*') {
      nodes[index * width + 2] = Number(words[at + 1]);
      at += 2;
      return index;
    }
    const [threshold, value] = [Number(words[at + 1]), Number(words[at + 2])];
    at += 3;
    const left = read();
    const right = read();
    nodes.splice(index * width, width, Number(asks), threshold, value, left, right);
    return index;
  };
  while (at < words.length) roots.push(read());
  return { nodes: Float64Array.from(nodes), roots };
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
    let at = root * width;
    let value = nodes[at + 2] ?? 0;
    if (shares) shares[shares.length - 1] = (shares.at(-1) ?? 0) + value;
    for (let asks = nodes[at] ?? -1; asks >= 0; asks = nodes[at] ?? -1) {
      const right = (shape[asks] ?? 0) >= (nodes[at + 1] ?? 0);
      at = (nodes[at + (right ? 4 : 3)] ?? 0) * width;
      const next = nodes[at + 2] ?? 0;
      if (shares) shares[asks] = (shares[asks] ?? 0) + next - value;
      value = next;
    }
    sum += value;
  }
  return sum;
}
