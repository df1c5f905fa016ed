import { modbusMeter } from './modbus/meter.ts';

/** What answers to this address is alone on its line. */
const generalAddress = 0xf8;

/** Peacefair PZEM-004T v3 and PZEM-016: one phase, low word first. */
export const pzem004t = modbusMeter({
  id: 'pzem004t',
  title: {
    zh: 'PZEM-004T v3、PZEM-016 单相电量模块',
    en: 'Peacefair PZEM-004T v3 and PZEM-016 module, one phase',
  },
  proven: 'manual',
  sources: ['ESPHome’s pzemac', 'maker’s note at pastebin.com/v13kVxXt'],
  lacks: {
    zh: '没有谐波、漏电和时间；不计量方向。004T 是 TTL 电平，要转接板；一条线上多块时要先各设地址。',
    en: 'No harmonics, residual current or time; no direction. The 004T has TTL levels and needs an adapter; several on one line need addresses of their own first.',
  },
  unitId: generalAddress,
  map: {
    code: 4,
    phases: 1,
    lowWordFirst: true,
    blocks: [{ start: 0x0000, count: 10 }],
    registers: [
      { quantity: 'voltage', slot: 1, address: 0x0000, type: 'uint16', scale: 0.1 },
      { quantity: 'current', slot: 1, address: 0x0001, type: 'uint32', scale: 0.001 },
      { quantity: 'power', slot: 0, address: 0x0003, type: 'uint32', scale: 0.1 },
      { quantity: 'energy', slot: 0, address: 0x0005, type: 'uint32', scale: 1 },
      { quantity: 'frequency', slot: 0, address: 0x0007, type: 'uint16', scale: 0.1 },
      { quantity: 'factor', slot: 1, address: 0x0008, type: 'uint16', scale: 0.01 },
    ],
  },
  samples: [
    {
      note: 'all ten registers',
      hex: 'F8 04 14 08 D7 05 4B 00 00 06 F8 00 00 30 39 00 00 01 F4 00 3A 00 00 39 27',
      start: 0x0000,
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773618130500,
          powerW: 178.4,
          phases: [{ voltageV: 226.3, currentA: 1.355, powerW: 178.4, powerFactor: 0.58 }],
          energyWh: 12345,
          frequencyHz: 50,
        },
      ],
    },
  ],
});
