import { modbusMeter } from './modbus/meter.ts';

/** Hiking DDS238-2 ZN/S: one phase. */
export const dds238 = modbusMeter({
  id: 'dds238',
  title: { zh: 'Hiking DDS238-2 ZN/S 单相电表', en: 'Hiking DDS238-2 ZN/S meter, one phase' },
  proven: 'manual',
  sources: ['gist gabrielcolceriu/de71b3349f6894610f5af0321ffd28a6'],
  lacks: {
    zh: '没有谐波、漏电和时间。电量是正反向合计，不读。寄存器只见于一份公开资料。',
    en: 'No harmonics, residual current or time. Its energy is that of both directions together and not read. One public source has its registers.',
  },
  map: {
    code: 3,
    phases: 1,
    blocks: [{ start: 0x000c, count: 6 }],
    registers: [
      { quantity: 'voltage', slot: 1, address: 0x000c, type: 'uint16', scale: 0.1 },
      { quantity: 'current', slot: 1, address: 0x000d, type: 'uint16', scale: 0.01 },
      { quantity: 'power', slot: 0, address: 0x000e, type: 'int16', scale: 1 },
      { quantity: 'factor', slot: 1, address: 0x0010, type: 'uint16', scale: 0.001 },
      { quantity: 'frequency', slot: 0, address: 0x0011, type: 'uint16', scale: 0.01 },
    ],
  },
  samples: [
    {
      note: 'composed: a kettle',
      hex: '01 03 0C 08 D7 03 18 06 FE 00 0C 03 E7 13 89 69 16',
      start: 0x000c,
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773618130500,
          powerW: 1790,
          phases: [{ voltageV: 226.3, currentA: 7.92, powerW: 1790, powerFactor: 0.999 }],
          frequencyHz: 50.01,
        },
      ],
    },
  ],
});
