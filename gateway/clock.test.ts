import { expect, test } from 'vitest';
import { createTrust } from './clock.ts';

const day = 86_400_000;
const noon = Date.UTC(2026, 10, 24, 4);

function clock(wallMs: number) {
  let offsetMs = wallMs;
  let mono = 0;
  const trusted = createTrust(
    () => offsetMs + mono,
    () => mono,
  );
  return {
    trusted,
    step: (ms: number) => {
      offsetMs += ms;
    },
    pass: (ms: number) => {
      mono += ms;
    },
  };
}

test('a box that boots in 1970 is not trusted, and is as soon as the network has set its clock', () => {
  const box = clock(1000);
  expect(box.trusted()).toBe(false);
  box.pass(60_000);
  box.step(noon);
  expect(box.trusted()).toBe(true);
});

test('an hour or a small correction changes nothing', () => {
  const box = clock(noon);
  for (const ms of [1, -3_600_000, 3_600_000, -2000, 20 * 3_600_000]) {
    expect(box.trusted()).toBe(true);
    box.step(ms);
  }
  expect(box.trusted()).toBe(true);
});

for (const days of [150, -150]) {
  test(`a clock that jumps by ${days} days is doubted, until it jumps back or has stood by it for a day`, () => {
    const box = clock(noon + 200 * day);
    expect(box.trusted()).toBe(true);
    box.step(days * day);
    expect(box.trusted()).toBe(false);
    box.pass(3_600_000);
    expect(box.trusted()).toBe(false);
    box.step(-days * day);
    expect(box.trusted()).toBe(true);
    box.step(days * day);
    expect(box.trusted()).toBe(false);
    box.pass(day);
    expect(box.trusted()).toBe(true);
  });
}

test('back to 1970 it is not trusted, and again when the right time is back', () => {
  const box = clock(noon);
  expect(box.trusted()).toBe(true);
  box.step(-noon);
  expect(box.trusted()).toBe(false);
  box.step(noon);
  expect(box.trusted()).toBe(true);
});
