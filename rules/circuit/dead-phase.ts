/** Below this a phase has no supply, V: what is left is induced by its neighbours. */
export const deadV = 20;
