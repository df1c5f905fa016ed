import { expect, test } from 'vitest';
import { createStrangers, maxStrangers } from './strangers.ts';

const clock = { nowMs: () => 1000, monoMs: () => 1000, trusted: () => true };
const said = (topic: string, text: string) => ({ topic, body: new TextEncoder().encode(text) });

test('a stranger is counted, and the driver that would understand it is guessed', () => {
  const strangers = createStrangers(clock);
  const message = said(
    'tele/plug-7/SENSOR',
    '{"Time":"2026-03-16T07:42:10","ENERGY":{"Power":178,"Voltage":226,"Current":1.358,"Factor":0.58}}',
  );
  strangers.note('plug-7', 'mqtt', 'nobody of this name');
  strangers.note('plug-7', 'mqtt', 'nobody of this name', message);
  expect(strangers.list()).toMatchObject([
    { name: 'plug-7', wire: 'mqtt', attempts: 2, guesses: expect.arrayContaining(['tasmota']) },
  ]);
  expect(JSON.stringify(strangers.list()), 'nothing of what it said is kept').not.toContain('178');
});

test('many strangers push out the oldest, and long names are cut', () => {
  const strangers = createStrangers(clock);
  for (let i = 0; i <= maxStrangers; i += 1) strangers.note(`s${i}`, 'http', 'no');
  expect(strangers.list()).toHaveLength(maxStrangers);
  expect(strangers.list()[0]?.name).toBe('s1');
  strangers.note('x'.repeat(500), 'http', 'no');
  expect(strangers.list().at(-1)?.name).toHaveLength(64);
});

test('under ever new names only some are guessed at, and who talks rubbish where it may is not listed', () => {
  const strangers = createStrangers(clock);
  for (let i = 0; i < 100; i += 1) {
    strangers.note(`m${i}`, 'mqtt', 'no', said(`gatehouse/v1/m${i}/power`, '{"powerW":1}'));
  }
  expect(strangers.list().filter(({ guesses }) => guesses?.includes('native'))).toHaveLength(10);
  strangers.overheard('tool', 'mqtt', said('a/b', '{"hello":1}'));
  expect(strangers.list().some(({ name }) => name === 'tool')).toBe(false);
});
