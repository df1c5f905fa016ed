import { expect, test } from 'vitest';
import { withoutPersons } from './note.ts';

test('numbers of cards, telephones and plates do not enter a note', () => {
  expect(
    withoutPersons(' 租客310101199001011234，电话13800138000，车沪A12345，座机021-12345678 '),
  ).toBe('租客***，电话***，车***，座机***');
});

test('figures of the matter itself stay', () => {
  const note = '17号楼二楼飞线1处，220V，48.2A，2026-05-02 02:14复查';
  expect(withoutPersons(note)).toBe(note);
});
