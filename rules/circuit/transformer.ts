/** Distribution transformer, ONAN: IEC 60076-7:2018 (GB/T 1094.7). Temperatures in °C, rises in K, times in min. */
const topOilRiseK = 60;
const gradientK = 23;
const hotSpotFactor = 1.2;
const oilTauMin = 180;
/** k22 × winding time constant; k21 = 1: the second term falls away. */
const windingTauMin = 8;
const lossRatio = 6.5;
const oilExponent = 0.8;
const windingExponent = 1.6;

/** How hot the oil and the windings are above their surroundings. Plain JSON. */
export interface Heat {
  oilK: number;
  windingK: number;
}

/** Where a constant load of `loadPu` (1 = rated) ends. */
export function settled(loadPu: number): Heat {
  const square = loadPu * loadPu;
  return {
    oilK: topOilRiseK * ((1 + lossRatio * square) / (1 + lossRatio)) ** oilExponent,
    windingK: hotSpotFactor * gradientK * loadPu ** windingExponent,
  };
}

/** Lets `minutes` of `loadPu` pass, in place; exact while the load is constant. */
export function warm(heat: Heat, loadPu: number, minutes: number): void {
  const target = settled(loadPu);
  heat.oilK = target.oilK + (heat.oilK - target.oilK) * Math.exp(-minutes / oilTauMin);
  heat.windingK =
    target.windingK + (heat.windingK - target.windingK) * Math.exp(-minutes / windingTauMin);
}

export const hotSpotC = ({ oilK, windingK }: Heat, ambientC: number): number =>
  ambientC + oilK + windingK;

/** How much faster than at 98 °C the paper ages: doubles every 6 K. */
export const ageingRate = (spotC: number): number => 2 ** ((spotC - 98) / 6);
