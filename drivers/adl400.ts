import { perPhase } from './modbus/map.ts';
import { modbusMeter } from './modbus/meter.ts';

/** Acrel ADL400: three phases, read on the primary side. */
export const adl400 = modbusMeter({
  id: 'adl400',
  title: { zh: '安科瑞 ADL400 三相电表', en: 'Acrel ADL400 meter, three phases' },
  proven: 'manual',
  sources: ['two public drivers that quote the maker’s manual ADL400 导轨式多功能电能表'],
  lacks: {
    zh: '它测谐波（2 至 31 次），但公开资料里没有谐波寄存器，所以读不到；功率因数只有总的，不读；没有漏电和时间。总功率用三相之和：有用户报告 081AH 处是某一相。',
    en: 'It measures harmonics (2 to 31), but no public source names their registers, so they are not read. Its power factor is that of the total and not read. No residual current, no time. The total is the sum of the phases: one user found a phase at 081AH, where the total should be.',
  },
  map: {
    code: 3,
    phases: 3,
    blocks: [
      { start: 0x0800, count: 54 },
      { start: 0x084c, count: 2 },
    ],
    // The block at 0800H is on the primary side already; the integers at 0061H are not, and are never mixed in.
    registers: [
      ...perPhase('voltage', 0x0800, 'float32', 1),
      ...perPhase('current', 0x080c, 'float32', 1),
      ...perPhase('power', 0x0814, 'float32', 1000),
      { quantity: 'frequency', slot: 0, address: 0x0834, type: 'float32', scale: 1 },
      { quantity: 'energy', slot: 0, address: 0x084c, type: 'uint32', scale: 100 },
    ],
  },
  samples: [
    {
      note: '54 registers from 0800H',
      hex: '01 03 6C 43 65 19 9A 43 64 66 66 43 66 33 33 00 00 00 00 00 00 00 00 00 00 00 00 41 95 1E B8 41 3E 72 B0 41 07 47 AE 00 00 00 00 40 80 62 4E 40 21 58 10 3F E7 EF 9E 41 05 85 1F 00 00 00 00 00 00 00 00 00 00 00 00 40 4C 39 58 00 00 00 00 00 00 00 00 00 00 00 00 41 0E F1 AA 00 00 00 00 00 00 00 00 00 00 00 00 3F 6F 1A A0 42 47 EB 85 2A CF',
      start: 0x0800,
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773618130500,
          powerW: 8345,
          phases: [
            { voltageV: 229.1, currentA: 18.64, powerW: 4012 },
            { voltageV: 228.4, currentA: 11.903, powerW: 2521 },
            { voltageV: 230.2, currentA: 8.455, powerW: 1812 },
          ],
          frequencyHz: 49.98,
        },
      ],
    },
  ],
});
