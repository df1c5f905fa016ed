import type { Random } from '../random.ts';
import { corrected, type Run, rectifier } from './load.ts';

/** A charger and its battery; AC watts at the end of constant current, DC amperes and ampere-hours. */
interface Charger {
  readonly name: string;
  readonly chemistry: 'lead-acid' | 'lithium';
  readonly endW: number;
  readonly constantA: number;
  readonly batteryAh: number;
  /** How many of a hundred are like this: an estimate, nobody has counted them. */
  readonly share: number;
}

/** Market sizes; AC figures follow as U × I / efficiency (niuche.net, hsgcd.com, lithium-battery-manufacturer.com). */
export const chargers: readonly Charger[] = [
  {
    name: '36V12Ah lead-acid',
    chemistry: 'lead-acid',
    endW: 96,
    constantA: 1.8,
    batteryAh: 12,
    share: 5,
  },
  {
    name: '48V12Ah lead-acid',
    chemistry: 'lead-acid',
    endW: 127,
    constantA: 1.8,
    batteryAh: 12,
    share: 22,
  },
  {
    name: '48V20Ah lead-acid',
    chemistry: 'lead-acid',
    endW: 195,
    constantA: 2.8,
    batteryAh: 20,
    share: 27,
  },
  {
    name: '60V20Ah lead-acid',
    chemistry: 'lead-acid',
    endW: 240,
    constantA: 2.8,
    batteryAh: 20,
    share: 12,
  },
  {
    name: '72V20Ah lead-acid',
    chemistry: 'lead-acid',
    endW: 288,
    constantA: 2.8,
    batteryAh: 20,
    share: 6,
  },
  {
    name: '72V32Ah lead-acid',
    chemistry: 'lead-acid',
    endW: 458,
    constantA: 4.5,
    batteryAh: 32,
    share: 2,
  },
  {
    name: '48V lithium 2 A',
    chemistry: 'lithium',
    endW: 127,
    constantA: 2,
    batteryAh: 12,
    share: 9,
  },
  {
    name: '48V lithium 3 A',
    chemistry: 'lithium',
    endW: 188,
    constantA: 3,
    batteryAh: 20,
    share: 8,
  },
  {
    name: '48V lithium 5 A',
    chemistry: 'lithium',
    endW: 310,
    constantA: 5,
    batteryAh: 24,
    share: 4,
  },
  {
    name: '60V lithium 3 A',
    chemistry: 'lithium',
    endW: 232,
    constantA: 3,
    batteryAh: 20,
    share: 3,
  },
  {
    name: '72V lithium 5 A',
    chemistry: 'lithium',
    endW: 477,
    constantA: 5,
    batteryAh: 30,
    share: 2,
  },
];

/** Shape parameters, from measured lithium packs and one lead-acid battery; see the sources in load.md of the makers. */
const shapes = {
  'lead-acid': {
    rise: [0.1, 0.15],
    tau0Min: [28, 42],
    growMin: 90,
    cvShare: 0.22,
    endShare: [0.15, 0.25],
    factor: 1.12,
    floatW: [3, 12],
  },
  lithium: {
    rise: [0.07, 0.125],
    tau0Min: [16, 31],
    growMin: 120,
    cvShare: 0.08,
    endShare: [0.03, 0.08],
    factor: 1,
    floatW: [0, 3],
  },
} as const;

/** One charge, as numbers. Power in W, times in s. */
export interface Charge {
  readonly endW: number;
  readonly rise: number;
  readonly constantS: number;
  readonly tau0S: number;
  readonly growS: number;
  /** Constant voltage ends at this power. */
  readonly cutW: number;
  /** What it draws afterwards, until it is unplugged. */
  readonly floatW: number;
}

/** Power of a charge `s` seconds after it was plugged in: rises, falls like a battery, floats. */
export function chargeW(charge: Charge, s: number): number {
  const { endW, rise, constantS, tau0S, growS, cutW, floatW } = charge;
  if (s < 0) return 0;
  if (s < 2) return endW * (1 - rise) * (s / 2);
  if (s < constantS) return endW * (1 - rise * (1 - s / constantS));
  // dP/dt = −P / (tau0 (1 + t/grow)) has this closed form.
  const falling = endW * (1 + (s - constantS) / growS) ** (-growS / tau0S);
  return falling > cutW ? falling : floatW;
}

/** When the falling part reaches its end, s after plugging in. */
export function chargedS({ endW, constantS, tau0S, growS, cutW }: Charge): number {
  return constantS + growS * ((endW / cutW) ** (tau0S / growS) - 1);
}

/** A charge of a random battery, plugged in at `fromS`. */
export function randomCharge(random: Random, fromS: number): Run {
  const charger = weighted(random);
  const shape = shapes[charger.chemistry];
  const of = ([low, high]: readonly [number, number]) => random.between(low, high);
  const neededAh = charger.batteryAh * random.between(0.2, 0.95) * shape.factor;
  const constantS =
    (3600 * Math.max(0.05 * charger.batteryAh, neededAh - shape.cvShare * charger.batteryAh)) /
    charger.constantA;
  const endW = charger.endW * random.between(0.94, 1.06);
  const charge: Charge = {
    endW,
    rise: of(shape.rise),
    constantS,
    tau0S: of(shape.tau0Min) * 60,
    growS: shape.growMin * 60,
    cutW: endW * of(shape.endShare),
    floatW: of(shape.floatW),
  };
  const isCorrected = random.chance(0.1);
  const doneS = chargedS(charge);
  // Some are pulled out before they are full, most stay plugged in until the morning.
  const heldS = random.chance(0.15)
    ? doneS * random.between(0.3, 0.9)
    : doneS + random.between(0, 6) * 3600;
  const noise = random.fork(`noise${fromS}`);
  return {
    name: charger.name,
    nature: isCorrected ? corrected : rectifier(random.between(1, 1.4)),
    fromS,
    toS: fromS + heldS,
    powerW: (s) => Math.max(0, chargeW(charge, s) + noise.normal(0, 0.5)),
    charging: { charger: charger.name, corrected: isCorrected },
  };
}

/** Local time at which a rider plugs in, s since midnight: mostly evenings, some noons, some any time. */
export function pluggedInS(random: Random): number {
  const kind = random.next();
  const hour =
    kind < 0.75
      ? random.normal(20.6, 1.7)
      : kind < 0.9
        ? random.normal(12.7, 1)
        : random.between(0, 24);
  return Math.min(Math.max(hour, 0), 23.99) * 3600;
}

function weighted(random: Random): Charger {
  const total = chargers.reduce((sum, { share }) => sum + share, 0);
  let left = random.between(0, total);
  for (const charger of chargers) {
    left -= charger.share;
    if (left <= 0) return charger;
  }
  return chargers[2] as Charger;
}
