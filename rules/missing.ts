/**
 * Stands in a state for a time that has not been, and for a figure that is never negative and nobody has read. A number and not null: V8
 * keeps it within its object then, and writes the next one over it. Where a place may be null, each new figure is an object of its own, made,
 * tied to the state and collected: for a village that was a third of what its rules cost.
 */
export const missing = -1;

/** False for `missing`. */
export const isKnown = (value: number): boolean => value >= 0;
