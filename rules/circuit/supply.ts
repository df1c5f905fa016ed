/** Between a phase and the neutral, V: GB/T 156-2017. */
export const nominalV = 220;

/** Below this a phase has no supply, V: what is left is induced by its neighbours. */
export const deadV = 20;
