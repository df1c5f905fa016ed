import { expect, test } from 'vitest';
import { behindOf, mayAlert } from './metering.ts';

test('a whole house never causes a message, whatever is measured', () => {
  for (const channel of ['P', 'PF', 'THD'] as const) expect(mayAlert('house', channel)).toBeNull();
});

test('watts alone never cause a message, wherever the meter sits', () => {
  for (const behind of ['room', 'phase', 'house'] as const)
    expect(mayAlert(behind, 'P')).toBeNull();
});

test('a phase without harmonics needs three nights of seven', () => {
  expect(mayAlert('phase', 'PF')).toEqual({ level: 'confirmed', nights: 3 });
});

test('ten rooms on three phases are a few rooms on each, on one phase they are a house', () => {
  const house = { id: 'b', title: 'b', kind: 'building', rooms: 10 } as const;
  expect([behindOf(house, 3), behindOf(house, 1), behindOf({ ...house, kind: 'room' }, 1)]).toEqual(
    ['phase', 'house', 'room'],
  );
});
