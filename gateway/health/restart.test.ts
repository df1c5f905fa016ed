import { expect, test } from 'vitest';
import { restartIllness } from './restart.ts';

const minute = 60_000;
/** 02:23 in Shanghai on 2 May 2026. */
const startMs = Date.UTC(2026, 4, 1, 18, 23);

function box(lastKeptMs: number | undefined, trusted = true, wallMs = startMs) {
  const state = { wallMs, monoMs: 5000, trusted };
  const clock = {
    nowMs: () => state.wallMs,
    monoMs: () => state.monoMs,
    trusted: () => state.trusted,
  };
  const pass = (ms: number) => {
    state.wallMs += ms;
    state.monoMs += ms;
  };
  return { state, pass, look: restartIllness(clock, lastKeptMs) };
}

test('a box that was off says since when it runs again and for how long it was off, and half an hour later no more', () => {
  const { look, pass } = box(startMs - 12 * minute);
  expect(look()).toMatchObject({
    severity: 'minor',
    sinceMs: startMs,
    evidence: { minutes: 12 },
    text: { zh: '网关中断12分钟后恢复运行，期间可能漏报，请查看断电原因。' },
  });
  pass(29 * minute);
  expect(look()).not.toBeNull();
  pass(minute);
  expect(look()).toBeNull();
});

test('a gap in which devices keep what they say is for the record only; the first start of a box is none', () => {
  expect(box(startMs - 30_000).look()).toMatchObject({ severity: 'info' });
  expect(box(undefined).look()).toBeNull();
});

test('with a wrong time it waits for the right one; the gap is that until the start, not until the answer', () => {
  const { look, pass, state } = box(startMs - 2 * minute, false, 0);
  expect(look()).toBeNull();
  pass(3 * minute);
  expect(look()).toBeNull();
  state.wallMs = startMs + 3 * minute;
  state.trusted = true;
  expect(look()).toMatchObject({ sinceMs: startMs, evidence: { minutes: 2 } });
});

test('a time that nobody sets is not waited for longer than ten minutes, and no minutes are made up', () => {
  const { look, pass } = box(startMs, false, 0);
  pass(10 * minute);
  expect(look()).toMatchObject({ severity: 'minor', evidence: {} });
  for (const lastKeptMs of [startMs + 60 * minute, startMs - 150 * 24 * 60 * minute]) {
    const back = box(lastKeptMs).look();
    expect(back).toMatchObject({ severity: 'minor' });
    expect(back?.evidence).toEqual({});
  }
});
