import { perPhase } from './modbus/map.ts';
import { modbusMeter } from './modbus/meter.ts';

const secondary = { secondary: true } as const;

/** Chint DTSU666: three phases; its floats are tenths of volts and watts, thousandths of amperes. */
export const dtsu666 = modbusMeter({
  id: 'dtsu666',
  title: { zh: '正泰 DTSU666 三相电表', en: 'Chint DTSU666 meter, three phases' },
  proven: 'manual',
  sources: [
    'maker’s manual of May 2016 in the public project elfabriceu/DTSU666-Modbus',
    'volkszaehler/mbmd, meters/rs485/dtsu666.go; manual ZTW0.464.0104 of 2023 as quoted in nobrega8/mbmap-library',
  ],
  lacks: {
    zh: '没有谐波、漏电和时间。经互感器时读数在二次侧：变比（表内 IrAt）要写在 ctRatio。出厂为 DL/T 645（9600 8E1），要先改成 Modbus。',
    en: 'No harmonics, residual current or time. Behind current transformers it tells the secondary side: write its IrAt as ctRatio. Delivered as a DL/T 645 meter (9600 8E1): switch it to Modbus first.',
  },
  map: {
    code: 3,
    phases: 3,
    blocks: [
      { start: 0x2006, count: 28 },
      { start: 0x202a, count: 8 },
      { start: 0x2044, count: 2 },
      { start: 0x401e, count: 2 },
      { start: 0x101e, count: 2 },
    ],
    registers: [
      ...perPhase('voltage', 0x2006, 'float32', 0.1),
      ...perPhase('current', 0x200c, 'float32', 0.001, secondary),
      { quantity: 'power', slot: 0, address: 0x2012, type: 'float32', scale: 0.1, ...secondary },
      ...perPhase('power', 0x2014, 'float32', 0.1, secondary),
      ...perPhase('reactive', 0x201c, 'float32', 0.1, secondary),
      ...perPhase('factor', 0x202c, 'float32', 0.001),
      { quantity: 'frequency', slot: 0, address: 0x2044, type: 'float32', scale: 0.01 },
      // The manual of 2016 and that of 2023: whichever counts.
      { quantity: 'energy', slot: 0, address: 0x401e, type: 'float32', scale: 1000, ...secondary },
      { quantity: 'energy', slot: 0, address: 0x101e, type: 'float32', scale: 1000, ...secondary },
    ],
  },
  samples: [
    {
      note: 'a house of three phases, without the reactive power of the third',
      hex: '01 03 34 45 0F 30 00 45 0E C0 00 45 0F E0 00 46 91 A0 00 46 39 FC 00 46 04 1C 00 47 A2 FD 00 47 1C B8 00 46 C4 F4 00 46 8D 90 00 46 F9 4E 00 46 64 A0 00 46 1E FC 00 E9 75',
      start: 0x2006,
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773618130500,
          powerW: 8345,
          phases: [
            { voltageV: 229.1, currentA: 18.64, powerW: 4012, reactiveVar: 1463.2 },
            { voltageV: 228.4, currentA: 11.903, powerW: 2521, reactiveVar: 1017.5 },
            { voltageV: 230.2, currentA: 8.455, powerW: 1812 },
          ],
        },
      ],
    },
    {
      note: 'the same behind transformers of 150/5 A',
      hex: '01 03 34 45 0F 30 00 45 0E C0 00 45 0F E0 00 46 91 A0 00 46 39 FC 00 46 04 1C 00 47 A2 FD 00 47 1C B8 00 46 C4 F4 00 46 8D 90 00 46 F9 4E 00 46 64 A0 00 46 1E FC 00 E9 75',
      start: 0x2006,
      options: { ctRatio: 30 },
      readings: [
        {
          kind: 'power',
          device: 'sample',
          atMs: 1773618130500,
          powerW: 250350,
          phases: [
            { voltageV: 229.1, currentA: 559.2, powerW: 120360, reactiveVar: 43896 },
            { voltageV: 228.4, currentA: 357.09, powerW: 75630, reactiveVar: 30525 },
            { voltageV: 230.2, currentA: 253.65, powerW: 54360 },
          ],
        },
      ],
    },
  ],
});
