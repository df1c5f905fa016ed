import { modbusMeter } from './modbus/meter.ts';

/** Chint DDSU666: one phase, kW as floats. */
export const ddsu666 = modbusMeter({
  id: 'ddsu666',
  title: { zh: '正泰 DDSU666 单相电表', en: 'Chint DDSU666 meter, one phase' },
  proven: 'manual',
  sources: [
    'maker’s manual in the public project zhoushanbao1994/DDSU666, with a captured answer (221.9 V, 0.025 A)',
  ],
  lacks: {
    zh: '没有谐波、漏电和时间。出厂为 DL/T 645（2400 8E1），要在表上改成 Modbus（9600）才能这样问；地址一般是表号末两位。',
    en: 'No harmonics, residual current or time. Delivered as a DL/T 645 meter (2400 8E1): switch it to Modbus (9600) first. Its address is usually the last two digits of its number.',
  },
  map: {
    code: 3,
    phases: 1,
    blocks: [
      { start: 0x2000, count: 16 },
      { start: 0x4000, count: 2 },
    ],
    registers: [
      { quantity: 'voltage', slot: 1, address: 0x2000, type: 'float32', scale: 1 },
      { quantity: 'current', slot: 1, address: 0x2002, type: 'float32', scale: 1 },
      { quantity: 'power', slot: 0, address: 0x2004, type: 'float32', scale: 1000 },
      { quantity: 'reactive', slot: 1, address: 0x2006, type: 'float32', scale: 1000 },
      { quantity: 'factor', slot: 1, address: 0x200a, type: 'float32', scale: 1 },
      { quantity: 'frequency', slot: 0, address: 0x200e, type: 'float32', scale: 1 },
      { quantity: 'energy', slot: 0, address: 0x4000, type: 'float32', scale: 1000 },
    ],
  },
  samples: [
    {
      note: 'captured: 15 registers, the frequency cut in half',
      hex: '23 03 1E 43 5D E6 66 3C CC CC CD 00 00 00 00 00 00 00 00 3B BA C7 11 00 00 00 00 00 00 00 00 05 E4 09 2B',
      start: 0x2000,
      options: { unitId: 35 },
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773618130500,
          powerW: 0,
          phases: [{ voltageV: 221.9, currentA: 0.025, powerW: 0, powerFactor: 0, reactiveVar: 0 }],
        },
      ],
    },
    {
      note: 'the answer of another unit',
      hex: '23 03 1E 43 5D E6 66 3C CC CC CD 00 00 00 00 00 00 00 00 3B BA C7 11 00 00 00 00 00 00 00 00 05 E4 09 2B',
      start: 0x2000,
      refused: 'another unit',
    },
    { note: 'no such register', hex: '01 83 02 C0 F1', start: 0x2000, refused: 'no such register' },
  ],
});
