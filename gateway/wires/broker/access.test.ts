import { scryptSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import { createAccess } from './access.ts';

const salt = Buffer.from('salt of a test');
const hash = scryptSync('right', salt, 32, { N: 1024, r: 8, p: 1 }).toString('base64');
const passwordHash = `scrypt$1024$8$1$${salt.toString('base64')}$${hash}`;

test('guesses that run side by side do not get round the limit', async () => {
  const access = createAccess([{ name: 'm1', passwordHash }], 5, systemClock);
  const guesses = Array.from({ length: 100 }, (_, i) =>
    access.check('m1', Buffer.from(`guess ${i}`), '10.0.0.9'),
  );
  const answers = await Promise.all(guesses);
  expect(answers.filter((answer) => answer === 'wrong')).toHaveLength(5);
  expect(answers.filter((answer) => answer === 'wait')).toHaveLength(95);
  // The address has to wait even with the right one; another address need not.
  expect(await access.check('m1', Buffer.from('right'), '10.0.0.9')).toBe('wait');
  expect(await access.check('m1', Buffer.from('right'), '10.0.0.10')).toBe('ok');
});

test('what was right is not counted, however often it logs in', async () => {
  const access = createAccess([{ name: 'm1', password: 'right' }], 5, systemClock);
  for (let i = 0; i < 20; i += 1) {
    expect(await access.check('m1', Buffer.from('right'), '10.0.0.9')).toBe('ok');
  }
});
