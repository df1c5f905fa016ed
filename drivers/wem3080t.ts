import { perPhase } from './modbus/map.ts';
import { modbusMeter } from './modbus/meter.ts';

/** Registers of one phase to those of the next. */
const pitch = 9;

/** IAMMETER WEM3080T: three phases, Modbus TCP or RTU. */
export const wem3080t = modbusMeter({
  id: 'wem3080t',
  title: { zh: 'IAMMETER WEM3080T 三相电表', en: 'IAMMETER WEM3080T meter, three phases' },
  proven: 'manual',
  sources: [
    'maker’s WEM3080T.Protocol.pdf in the public project nmakel/solaredge_meterproxy',
    'the third phase, frequency and total energy after public tools that read one: in no capture yet',
  ],
  lacks: {
    zh: '没有谐波、漏电和时间；功率到 1 W。',
    en: 'No harmonics, residual current or time; whole watts.',
  },
  map: {
    code: 3,
    phases: 3,
    blocks: [{ start: 0x0048, count: 30 }],
    registers: [
      ...perPhase('voltage', 0x0048, 'uint16', 0.01, { pitch }),
      ...perPhase('current', 0x0049, 'uint16', 0.01, { pitch }),
      // Backfeeding is below 0.
      ...perPhase('power', 0x004a, 'int16', 1, { pitch }),
      ...perPhase('factor', 0x004d, 'uint16', 0.001, { pitch }),
      { quantity: 'energy', slot: 0, address: 0x0063, type: 'uint32', scale: 1.25 },
      { quantity: 'frequency', slot: 0, address: 0x0065, type: 'uint16', scale: 0.01 },
    ],
  },
  samples: [
    {
      note: 'composed: two phases of 4012 W and 1812 W, one that feeds back',
      hex: '01 03 3C 59 7E 07 48 0F AC 00 89 54 40 03 AB 00 00 00 00 00 00 59 38 00 DB FE 0C 00 2D C6 C0 03 E7 00 00 00 00 00 00 59 EC 03 4E 07 14 00 85 06 B0 03 A3 00 00 00 00 00 00 01 3C 21 B0 13 86 DD CF',
      start: 0x0048,
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773618130500,
          powerW: 5324,
          phases: [
            { voltageV: 229.1, currentA: 18.64, powerW: 4012, powerFactor: 0.939 },
            { voltageV: 228.4, currentA: 2.19, powerW: -500, powerFactor: 0.999 },
            { voltageV: 230.2, currentA: 8.46, powerW: 1812, powerFactor: 0.931 },
          ],
          energyWh: 25897500,
          frequencyHz: 49.98,
        },
      ],
    },
  ],
});
