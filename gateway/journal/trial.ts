import type { PowerReading } from '../../drivers/reading.ts';
import { addRow, createRows, type Rows } from './rows.ts';

/** A steady source of chance, 0..1. */
function chance(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const round = (value: number, digits: number) => Math.round(value * 10 ** digits) / 10 ** digits;

/**
 * Meters m0000, m0001 … with six figures that walk at the resolution of a meter: 0.1 V, 0.01 A, 0.1 W, 0.01, 0.1 %, Wh.
 * The same calls give the same figures. For trials and tests.
 */
export function walkingMeters(count: number): (meter: number, atMs: number) => PowerReading {
  const random = chance();
  const watts = Array.from({ length: count }, () => 500 + random() * 3000);
  return (meter, atMs) => {
    const powerW = round((watts[meter] ?? 0) + (random() - 0.5) * 8, 1);
    watts[meter] = powerW;
    const voltageV = round(228 + random() * 0.8, 1);
    return {
      kind: 'power',
      device: `m${String(meter).padStart(4, '0')}`,
      atMs,
      powerW,
      phases: [
        {
          voltageV,
          currentA: round(powerW / voltageV / 0.95, 2),
          powerFactor: round(0.94 + random() * 0.02, 2),
          thdPercent: round(11 + random() * 0.6, 1),
        },
      ],
      energyWh: Math.round(atMs / 3600 / 10 + meter),
    };
  };
}

/** Rows of readings, with the place of each given by its device. */
export function rowsOf(
  readings: readonly PowerReading[],
  placeOf: (device: string) => number,
): Rows {
  const rows = createRows();
  for (const reading of readings) addRow(rows, placeOf(reading.device), reading);
  return rows;
}
