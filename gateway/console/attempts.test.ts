import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAttempts, failuresFromAnywhere, failuresOfName, network } from './attempts.ts';

test.each([
  ['2001:db8:1:2::7', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002:aaaa:bbbb:cccc:dddd', '2001:db8:1:2::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['192.0.2.7', '192.0.2.7'],
])('%s counts as %s: whoever has one address of IPv6 has its whole network', (address, counted) => {
  expect(network(address)).toBe(counted);
});

const store = { load: async () => [], save: async () => {} };

test('whatever strangers try and wherever they come from, a known browser is never refused for it', async () => {
  const tries = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 60_000 })),
    {
      maxLength: 200,
    },
  );
  await fc.assert(
    fc.asyncProperty(tries, async (all) => {
      let monoMs = 0;
      const attempts = await createAttempts({ monoMs: () => monoMs }, store, (id) => id);
      const one = { kind: 'password', name: 'chair', known: true } as const;
      let looked = 0;
      for (const [from, pauseMs] of all) {
        monoMs += pauseMs;
        if ('attempt' in (await attempts.take({ ...one, address: `10.0.0.${from}` }))) looked += 1;
      }
      const burst = failuresFromAnywhere + Math.ceil(monoMs / 45_000);
      expect(looked).toBeLessThanOrEqual(burst);
      const own = await attempts.take({ ...one, address: '10.0.0.1', device: 'phone' });
      expect('attempt' in own).toBe(true);
    }),
    { numRuns: 100 },
  );
});

test('guesses at codes are counted by name alone, wherever they come from', async () => {
  const attempts = await createAttempts({ monoMs: () => 0 }, store, (id) => id);
  let looked = 0;
  for (let n = 0; n < 100; n += 1) {
    const taken = await attempts.take({
      kind: 'code',
      name: 'chair',
      known: true,
      address: `10.0.0.${n}`,
    });
    if ('attempt' in taken) looked += 1;
  }
  expect(looked).toBe(failuresOfName);
});
