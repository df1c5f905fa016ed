import { modbusMeter } from './modbus/meter.ts';

/** Eastron SDM120: one phase. */
export const sdm120 = modbusMeter({
  id: 'sdm120',
  title: { zh: 'Eastron SDM120 单相电表', en: 'Eastron SDM120 meter, one phase' },
  proven: 'manual',
  sources: [
    'volkszaehler/mbmd, meters/rs485/sdm120.go',
    'ESPHome’s sdm_meter asks it for 80 registers at once: holes between values are answered',
  ],
  lacks: {
    zh: '没有谐波、漏电和时间；只到 45 A。出厂 2400 8N1。',
    en: 'No harmonics, residual current or time; up to 45 A. Delivered at 2400 8N1.',
  },
  map: {
    code: 4,
    phases: 1,
    blocks: [
      { start: 0x0000, count: 32 },
      { start: 0x0046, count: 4 },
    ],
    registers: [
      { quantity: 'voltage', slot: 1, address: 0x0000, type: 'float32', scale: 1 },
      { quantity: 'current', slot: 1, address: 0x0006, type: 'float32', scale: 1 },
      { quantity: 'power', slot: 0, address: 0x000c, type: 'float32', scale: 1 },
      { quantity: 'reactive', slot: 1, address: 0x0018, type: 'float32', scale: 1 },
      { quantity: 'factor', slot: 1, address: 0x001e, type: 'float32', scale: 1 },
      { quantity: 'frequency', slot: 0, address: 0x0046, type: 'float32', scale: 1 },
      { quantity: 'energy', slot: 0, address: 0x0048, type: 'float32', scale: 1000 },
    ],
  },
  samples: [
    {
      note: 'the power alone',
      hex: '01 04 04 43 32 66 66 E4 45',
      start: 0x000c,
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773618130500,
          powerW: 178.4,
          phases: [{ powerW: 178.4 }],
        },
      ],
    },
    {
      note: 'a power that is not a number: nothing to store',
      hex: '01 04 04 7F C0 00 00 E2 6C',
      start: 0x000c,
      readings: [],
    },
    {
      note: 'a bit turned over on the line',
      hex: '01 04 04 43 33 66 66 E4 45',
      start: 0x000c,
      refused: 'wrong checksum',
    },
    {
      note: 'an answer of which nobody knows what was asked',
      hex: '01 04 04 43 32 66 66 E4 45',
      refused: 'start',
    },
  ],
});
