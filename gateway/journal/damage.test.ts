import { expect, test } from 'vitest';
import { BlobError, LaterBlock } from './blob.ts';
import { createDamage } from './damage.ts';

test('a block that cannot be read is passed over, and counted once however often it is asked for', () => {
  const damage = createDamage();
  const broken = () => {
    throw new BlobError('checksum');
  };
  expect(damage.pass('group 7', broken, 'nothing')).toBe('nothing');
  expect(damage.pass('group 7', broken, 'nothing')).toBe('nothing');
  expect(damage.pass('group 8', () => 'whole', 'nothing')).toBe('whole');
  expect(damage.count()).toBe(1);
});

test('a block of a later program is whole, and a mistake of ours is no damage: both are thrown on', () => {
  const damage = createDamage();
  for (const error of [new LaterBlock('version 9'), new TypeError('x is undefined')]) {
    const read = () => {
      throw error;
    };
    expect(() => damage.pass('group 1', read, null)).toThrow(error);
  }
  expect(damage.count()).toBe(0);
});
