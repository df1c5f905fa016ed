import { perPhase } from './modbus/map.ts';
import { modbusMeter } from './modbus/meter.ts';

/** Acrel ADW300: three phases through split-core transformers, fitted without cutting a line. */
export const adw300 = modbusMeter({
  id: 'adw300',
  title: {
    zh: '安科瑞 ADW300 三相电表（开口互感器）',
    en: 'Acrel ADW300 meter, split-core, three phases',
  },
  proven: 'manual',
  sources: ['evcc-io/evcc, templates/definition/meter/acrel-adw300.yaml'],
  lacks: {
    zh: '没有功率因数、谐波、漏电和时间；电流到 0.01 A，功率到 1 W。4G 型走 MQTT，用 acrel 驱动。',
    en: 'No power factor, harmonics, residual current or time; 0.01 A and 1 W. The 4G type speaks MQTT: use the driver acrel.',
  },
  map: {
    code: 3,
    phases: 3,
    blocks: [
      { start: 0x0014, count: 18 },
      { start: 0x003e, count: 2 },
    ],
    registers: [
      ...perPhase('voltage', 0x0014, 'uint16', 0.1),
      ...perPhase('current', 0x001a, 'uint16', 0.01),
      ...perPhase('power', 0x001e, 'int32', 1),
      { quantity: 'power', slot: 0, address: 0x0024, type: 'int32', scale: 1 },
      { quantity: 'energy', slot: 0, address: 0x003e, type: 'int32', scale: 10 },
    ],
  },
  samples: [
    {
      note: '18 registers from 0014H, line voltages between',
      hex: '01 03 24 08 F3 08 EC 08 FE 0F 79 0F 87 0F 82 07 48 04 A6 03 4E 00 00 00 00 0F AC 00 00 09 D9 00 00 07 14 00 00 20 99 CD DC',
      start: 0x0014,
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773618130500,
          powerW: 8345,
          phases: [
            { voltageV: 229.1, currentA: 18.64, powerW: 4012 },
            { voltageV: 228.4, currentA: 11.9, powerW: 2521 },
            { voltageV: 230.2, currentA: 8.46, powerW: 1812 },
          ],
        },
      ],
    },
  ],
});
