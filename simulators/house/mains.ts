import type { Random } from '../random.ts';

/** Voltage of one phase over the day, V: low in the evening, wandering by the minute, stepping with the neighbours. */
export function mainsVoltage(random: Random): (s: number) => number {
  const base = random.between(221, 230);
  const dip = random.between(3, 8);
  const [a, b, c] = [random.between(0, 6), random.between(0, 6), random.between(0, 6)];
  return (s) => {
    const hour = (s / 3600) % 24;
    const evening = Math.exp(-(((hour - 20) / 2.2) ** 2));
    const wander =
      1.6 * Math.sin(s / 4100 + a) + 0.9 * Math.sin(s / 610 + b) + 0.5 * Math.sin(s / 47 + c);
    const step = Math.sin(s / 1900 + b) > 0.7 ? -1.4 : 0;
    return base - dip * evening + wander + step;
  };
}
