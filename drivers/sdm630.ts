import { perPhase } from './modbus/map.ts';
import { modbusMeter } from './modbus/meter.ts';

/** Eastron SDM630 Modbus V2: three phases, with the distortion of each current. */
export const sdm630 = modbusMeter({
  id: 'sdm630',
  title: {
    zh: 'Eastron SDM630 三相电表（有谐波）',
    en: 'Eastron SDM630 meter, three phases, harmonics',
  },
  proven: 'manual',
  sources: [
    'volkszaehler/mbmd, meters/rs485/sdm.go',
    'maker’s protocol document: distortion of the currents at 00F0H, seen in no capture yet',
  ],
  lacks: {
    zh: '没有漏电和时间。直接接入到 100 A。',
    en: 'No residual current, no time. Up to 100 A directly.',
  },
  map: {
    code: 4,
    phases: 3,
    blocks: [
      { start: 0x0000, count: 36 },
      { start: 0x0034, count: 22 },
      { start: 0x00f0, count: 6 },
      { start: 0x00e0, count: 2 },
    ],
    registers: [
      ...perPhase('voltage', 0x0000, 'float32', 1),
      ...perPhase('current', 0x0006, 'float32', 1),
      ...perPhase('power', 0x000c, 'float32', 1),
      ...perPhase('reactive', 0x0018, 'float32', 1),
      ...perPhase('factor', 0x001e, 'float32', 1),
      { quantity: 'power', slot: 0, address: 0x0034, type: 'float32', scale: 1 },
      { quantity: 'frequency', slot: 0, address: 0x0046, type: 'float32', scale: 1 },
      { quantity: 'energy', slot: 0, address: 0x0048, type: 'float32', scale: 1000 },
      ...perPhase('thd', 0x00f0, 'float32', 1),
      { quantity: 'neutral', slot: 0, address: 0x00e0, type: 'float32', scale: 1 },
    ],
  },
  samples: [
    {
      note: '36 registers: volts, amperes, watts, volt-amperes, vars, factors',
      hex: '01 04 48 43 65 19 9A 43 64 66 66 43 66 33 33 41 95 1E B8 41 3E 72 B0 41 07 47 AE 45 7A C0 00 45 1D 90 00 44 E2 80 00 45 85 73 33 45 29 E9 9A 44 F3 49 9A 44 B6 E6 66 44 7E 60 00 44 31 99 9A 3F 70 83 12 3F 6D 63 88 3F 6E 56 04 14 2B',
      start: 0x0000,
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773618130500,
          powerW: 8345,
          phases: [
            {
              voltageV: 229.1,
              currentA: 18.64,
              powerW: 4012,
              powerFactor: 0.9395,
              reactiveVar: 1463.2,
            },
            {
              voltageV: 228.4,
              currentA: 11.903,
              powerW: 2521,
              powerFactor: 0.9273,
              reactiveVar: 1017.5,
            },
            {
              voltageV: 230.2,
              currentA: 8.455,
              powerW: 1812,
              powerFactor: 0.931,
              reactiveVar: 710.4,
            },
          ],
        },
      ],
    },
    {
      note: 'the distortions alone are half of a reading: nothing to store',
      hex: '01 04 0C 41 46 66 66 42 1B 99 9A 41 1B 33 33 19 E2',
      start: 0x00f0,
      readings: [],
    },
  ],
});
