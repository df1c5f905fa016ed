import { expect, test } from 'vitest';
import { lineLostText, lostText, meterText } from './elec-phase-text.ts';

test('phases have the letters that electricians use, in Chinese and in English their numbers', () => {
  const { zh, en } = lostText('12号楼', ['l1', 'l3'], 105);
  expect(zh).toMatch(/^12号楼A、C相失电（105伏）/);
  expect(en).toMatch(/^12号楼: no supply on L1, L3 \(105 V\)/);
});

test('a line is told with its number of houses, a terminal of the meter sends nobody to a fuse', () => {
  expect(lineLostText('3号线', 7).zh).toContain('3号线有7栋同时缺相');
  const { zh } = meterText('12号楼', ['l2']);
  expect(zh).toContain('电表B相无电压却有电流');
  expect(zh).not.toContain('停用');
});
