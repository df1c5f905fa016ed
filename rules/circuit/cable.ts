import type { Limits } from '../site.ts';

type Cable = NonNullable<Limits['cable']>;

/** Sections of IEC 60364-5-52, mm². */
const sectionsMm2 = [1.5, 2.5, 4, 6, 10, 16, 25, 35, 50] as const;

/** Ampacity of PVC copper at 30 °C, A: IEC 60364-5-52:2009 tables B.52.2 and B.52.4 (GB/T 16895.6). */
const ampacityA = {
  2: {
    B1: [17.5, 24, 32, 41, 57, 76, 101, 125, 151],
    B2: [16.5, 23, 30, 38, 52, 69, 90, 111, 133],
    C: [19.5, 27, 36, 46, 63, 85, 112, 138, 168],
  },
  3: {
    B1: [15.5, 21, 28, 36, 50, 68, 89, 110, 134],
    B2: [15, 20, 27, 34, 46, 62, 80, 99, 118],
    C: [17.5, 24, 32, 41, 57, 76, 96, 119, 144],
  },
} as const;

/** Time constants of the same cables, s; derived from heat capacity, on the fast (safe) side. */
const tauS = {
  B1: [87, 120, 155, 197, 280, 378, 517, 637, 886],
  B2: [98, 131, 176, 230, 337, 458, 651, 808, 1143],
  C: [70, 95, 123, 157, 230, 302, 420, 523, 716],
} as const;

/** Ambient factors for PVC, 10 to 60 °C in steps of 5: table B.52.14. */
const ambientFactors = [1.22, 1.17, 1.12, 1.06, 1, 0.94, 0.87, 0.79, 0.71, 0.61, 0.5] as const;

/** Bunched circuits: table B.52.17, row 1. Between the entries the next larger number counts. */
const groupingFactors: ReadonlyArray<readonly [circuits: number, factor: number]> = [
  [1, 1],
  [2, 0.8],
  [3, 0.7],
  [4, 0.65],
  [5, 0.6],
  [6, 0.57],
  [7, 0.54],
  [8, 0.52],
  [9, 0.5],
  [12, 0.45],
  [16, 0.41],
  [20, 0.38],
];

/** What the cable may carry where it lies, A. A section between two of the table counts as the smaller one. */
export function cableLimitA(cable: Cable): number {
  const at = sectionIndex(cable.mm2);
  const base = ampacityA[cable.cores][cable.method][at] ?? 0;
  return base * ambientFactor(cable.ambientC) * groupingFactor(cable.grouped);
}

/** How fast it heats, s. */
export const cableTauS = (cable: Cable): number =>
  tauS[cable.method][sectionIndex(cable.mm2)] ?? 600;

function sectionIndex(mm2: number): number {
  const larger = sectionsMm2.findIndex((section) => section > mm2);
  return larger === -1 ? sectionsMm2.length - 1 : Math.max(0, larger - 1);
}

/** Linear between the entries; the last factor holds beyond the table. */
export function ambientFactor(ambientC: number): number {
  const at = Math.min(Math.max((ambientC - 10) / 5, 0), ambientFactors.length - 1);
  const low = Math.floor(at);
  const from = ambientFactors[low] ?? 1;
  const to = ambientFactors[Math.min(low + 1, ambientFactors.length - 1)] ?? from;
  return from + (to - from) * (at - low);
}

const groupingFactor = (circuits: number): number =>
  groupingFactors.find(([upTo]) => circuits <= upTo)?.[1] ?? 0.38;
