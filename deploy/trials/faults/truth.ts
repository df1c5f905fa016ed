/** What message `number` says: known without asking whoever sent it. */
export const figureAt = (number: number): number => ((number * 7919) % 100_003) / 10;

export const plateAt = (number: number): string =>
  `沪T${String(number % 100_000).padStart(5, '0')}`;
