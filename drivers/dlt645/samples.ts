import type { Sample } from '../driver.ts';

const sample = { kind: 'power', device: 'sample', atMs: 1773618130500 } as const;

/** Frames of samples/power/frames/dlt645.json that mean something by themselves, and rounds composed of several. */
export const dlt645Samples: readonly Sample[] = [
  {
    note: 'total active power 0.1780 kW (composed by the standard)',
    hex: 'FE FE FE FE 68 01 01 16 03 26 20 68 91 07 33 33 36 35 B3 4A 33 CA 16',
    options: { address: '202603160101' },
    readings: [{ ...sample, powerW: 178 }],
  },
  {
    note: 'feeding back, or a transformer the wrong way round: the highest bit is the sign (composed)',
    hex: 'FE FE FE FE 68 01 01 16 03 26 20 68 91 07 33 33 36 35 63 85 B4 36 16',
    readings: [{ ...sample, powerW: -1523 }],
  },
  {
    note: 'noise and a stray start mark in front (composed)',
    hex: '00 FF 68 11 FE FE 68 01 01 16 03 26 20 68 91 07 33 33 36 35 B3 4A 33 CA 16',
    readings: [{ ...sample, powerW: 178 }],
  },
  {
    note: 'block of active power: total, A, B, C (composed)',
    hex: 'FE FE FE FE 68 01 01 16 03 26 20 68 91 10 33 32 36 35 83 67 3B 53 34 37 43 85 35 53 B4 34 BD 16',
    options: { phases: 3 },
    readings: [
      { ...sample, powerW: 8345, phases: [{ powerW: 4012 }, { powerW: 2521 }, { powerW: 1812 }] },
    ],
  },
  {
    note: 'a round of a three-phase meter: blocks of power and current, neutral current (composed)',
    hex: `68 01 01 16 03 26 20 68 91 10 33 32 36 35 83 67 3B 53 34 37 43 85 35 53 B4 34 BD 16
          68 01 01 16 03 26 20 68 91 0D 33 32 35 35 73 B9 34 36 4C 34 88 B7 33 26 16
          68 01 01 16 03 26 20 68 91 07 34 33 B3 35 54 C3 33 62 16`,
    options: { address: '202603160101', phases: 3 },
    readings: [
      {
        ...sample,
        powerW: 8345,
        phases: [
          { powerW: 4012, currentA: 18.64 },
          { powerW: 2521, currentA: 11.903 },
          { powerW: 1812, currentA: 8.455 },
        ],
        neutralA: 9.021,
      },
    ],
  },
  {
    note: 'a round in which two phases of the current are missing (FF): they stay missing (composed)',
    hex: `68 01 01 16 03 26 20 68 91 10 33 32 36 35 83 67 3B 53 34 37 43 85 35 53 B4 34 BD 16
          68 01 01 16 03 26 20 68 91 0D 33 32 35 35 73 B9 34 32 32 32 32 32 32 2A 16`,
    options: { phases: 3 },
    readings: [
      {
        ...sample,
        powerW: 8345,
        phases: [{ powerW: 4012, currentA: 18.64 }, { powerW: 2521 }, { powerW: 1812 }],
      },
    ],
  },
  {
    note: 'a round of a single-phase meter: power, current, power factor (composed)',
    hex: `68 01 01 16 03 26 20 68 91 07 33 33 36 35 B3 4A 33 CA 16
          68 01 01 16 03 26 20 68 91 07 33 34 35 35 AB 46 33 BE 16
          68 01 01 16 03 26 20 68 91 06 33 33 39 35 BA 38 8E 16`,
    readings: [
      {
        ...sample,
        powerW: 178,
        phases: [{ powerW: 178, currentA: 1.378, powerFactor: 0.587 }],
      },
    ],
  },
  {
    note: 'voltage of phase A, 229.7 V (published): a part of a reading, none by itself',
    hex: 'FE FE FE FE 68 43 10 00 11 34 00 68 91 06 33 34 34 35 CA 55 EE 16',
    readings: [],
  },
  {
    note: 'combined energy 317.76 kWh (published): no power, no reading',
    hex: '68 29 25 07 07 21 20 68 91 08 33 33 33 33 A9 4A 36 33 2E 16',
    readings: [],
  },
  {
    note: '1997 edition: energy 0.15 kWh (published capture)',
    hex: '68 95 32 06 00 00 00 68 81 06 43 C3 48 33 33 33 0B 16',
    options: { edition: '1997' },
    readings: [],
  },
  {
    note: 'its address (published capture, Chint DDSU666)',
    hex: 'FE FE FE FE 68 35 44 02 19 12 18 68 93 06 68 77 35 4C 45 4B 17 16',
    readings: [],
  },
  {
    note: 'the meter refuses (published): its error byte has bits that no edition knows',
    hex: 'FE FE FE FE 68 43 10 00 11 34 00 68 D1 01 31 6B 16',
    refused: 'refused, error FEH',
  },
  {
    note: 'wrong checksum (published)',
    hex: 'FE FE FE FE 68 43 10 00 11 34 00 68 D1 06 33 34 34 35 CA 55 EE 16',
    refused: 'wrong checksum',
  },
  {
    note: 'cut off in the middle (composed)',
    hex: 'FE FE FE FE 68 01 01 16 03 26 20 68 91 07 33 33 36 35',
    refused: 'cut short',
  },
  {
    note: 'more follows, and it is not here (composed)',
    hex: 'FE FE FE FE 68 01 01 16 03 26 20 68 B1 0A 33 32 36 35 83 67 3B 53 34 37 9F 16',
    refused: 'the rest is not here',
  },
  {
    note: 'a question is no answer (published)',
    hex: '68 43 10 00 11 34 00 68 11 04 33 33 39 35 51 16',
    refused: 'A question to a meter',
  },
  {
    note: 'another meter than the one that is configured',
    hex: 'FE FE FE FE 68 01 01 16 03 26 20 68 91 07 33 33 36 35 B3 4A 33 CA 16',
    options: { address: '202603160102' },
    refused: 'another meter',
  },
];
