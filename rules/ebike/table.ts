/** What fitting gave for one metering and season; all in log-odds. */
export interface Table {
  /** In the order of `names` (evidence.ts). */
  readonly weights: readonly number[];
  /** What is added for how things go together, as `readTrees` reads it; numbers are those of `shapeNames`. */
  readonly trees: string;
  readonly possible: number;
  readonly probable: number;
  readonly confirmed: number;
}
