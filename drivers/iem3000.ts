import { perPhase } from './modbus/map.ts';
import { modbusMeter } from './modbus/meter.ts';

/** Schneider iEM3000 series (iEM3155, 3255): three phases, kW and Wh. */
export const iem3000 = modbusMeter({
  id: 'iem3000',
  title: { zh: '施耐德 iEM3000 系列三相电表', en: 'Schneider iEM3000 series meter, three phases' },
  proven: 'manual',
  sources: [
    'volkszaehler/mbmd, meters/rs485/iem3000.go, after the maker’s DOCA0005; addresses are the maker’s less one',
  ],
  lacks: {
    zh: '没有谐波、漏电和时间。功率因数按四象限编码，不读；电压、电流、功率分开询问，不是同一瞬间。出厂 19200 8E1。',
    en: 'No harmonics, residual current or time. Its power factor is coded by quadrants and not read; volts, amperes and watts are asked for one after the other, so they are not of one moment. Delivered at 19200 8E1.',
  },
  map: {
    code: 3,
    phases: 3,
    blocks: [
      { start: 0x0bed, count: 8 },
      { start: 0x0bb7, count: 6 },
      { start: 0x0bd3, count: 6 },
      { start: 0x0c25, count: 2 },
      { start: 0x0c83, count: 4 },
    ],
    registers: [
      ...perPhase('power', 0x0bed, 'float32', 1000),
      { quantity: 'power', slot: 0, address: 0x0bf3, type: 'float32', scale: 1000 },
      ...perPhase('current', 0x0bb7, 'float32', 1),
      ...perPhase('voltage', 0x0bd3, 'float32', 1),
      { quantity: 'frequency', slot: 0, address: 0x0c25, type: 'float32', scale: 1 },
      { quantity: 'energy', slot: 0, address: 0x0c83, type: 'int64', scale: 1 },
    ],
  },
  samples: [
    {
      note: 'kW of three phases and their sum',
      hex: '01 03 10 40 80 62 4E 40 21 58 10 3F E7 EF 9E 41 05 85 1F 73 31',
      start: 0x0bed,
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773618130500,
          powerW: 8345,
          phases: [{ powerW: 4012 }, { powerW: 2521 }, { powerW: 1812 }],
        },
      ],
    },
    {
      note: 'the energy alone, 64 bits in Wh: nothing to store',
      hex: '01 03 08 00 00 00 00 01 8B 2B 05 3A F2',
      start: 0x0c83,
      readings: [],
    },
  ],
});
