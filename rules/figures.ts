/**
 * `length` places for measured figures, all of `value`. They hold fractions from the start: V8 keeps whole numbers in another kind of array,
 * and code that meets both kinds puts every figure that it reads into a box of its own. Nothing else is different.
 */
export const figures = (length: number, value = 0): number[] => {
  const places = new Array<number>(Math.max(1, length)).fill(0.5).fill(value);
  places.length = length;
  return places;
};
