import { expect, test } from 'vitest';
import { watchClock, watchEveryMs } from './clock-watch.ts';

/** What is said while a device says these skews, s, one a minute. */
function said(skewsS: readonly number[]): Array<[minute: number, skewS: number]> {
  let nowMs = 0;
  const watch = watchClock(() => nowMs);
  return skewsS.flatMap((skewS, minute): Array<[number, number]> => {
    nowMs = minute * 60_000;
    const found = watch.note(skewS * 1000);
    return found === undefined ? [] : [[minute, found / 1000]];
  });
}
const everyMin = watchEveryMs / 60_000;

test('a clock that is right costs nothing: not a word is said', () =>
  expect(said(new Array(600).fill(-4))).toEqual([]));

test('a clock that is an hour behind is said every five minutes, and once when it was set', () => {
  const skews = [...new Array(2 * everyMin).fill(-3600), ...new Array(4 * everyMin).fill(-2)];
  expect(said(skews)).toEqual([
    [everyMin, -3600],
    [2 * everyMin, -2],
  ]);
});

test('old readings that come after an outage, among new ones, are no wrong clock', () => {
  const skews = Array.from({ length: 60 }, (_, minute) => (minute % 3 === 0 ? -3 : -7200 + minute));
  expect(said(skews)).toEqual([]);
});
