import { expect, test } from 'vitest';
import { lastLocal, simulatedMs } from './clock.ts';

test('at speed 60 a second is a minute', () => {
  const time = { startMs: 1_000_000, realStartMs: 500, speed: 60 };
  expect(simulatedMs(1500, time)).toBe(1_060_000);
});

test('the last half past seven in the evening in Shanghai', () => {
  const offsetMs = 8 * 3_600_000;
  const at = (text: string) => Date.parse(`${text}+08:00`);
  expect(lastLocal(19.5, at('2026-03-16T12:00:00'), offsetMs)).toBe(at('2026-03-15T19:30:00'));
  expect(lastLocal(19.5, at('2026-03-16T20:00:00'), offsetMs)).toBe(at('2026-03-16T19:30:00'));
});
