/** What regression gave for one metering and season; all in log-odds. */
export interface Fitted {
  /** In the order of `names` (evidence.ts). */
  readonly weights: readonly number[];
  readonly possible: number;
  readonly probable: number;
  readonly confirmed: number;
}
