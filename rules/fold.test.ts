import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Reading } from '../drivers/reading.ts';
import { armRules, createFold } from './fold.ts';
import { rules } from './index.ts';
import { proven } from './proven.ts';
import { createReplay } from './replay.ts';
import { defineRule, type Rule } from './rule.ts';
import { testSite } from './run.ts';

const counter = defineRule<object, { n: number }>({
  id: 'test.count',
  title: { zh: '计数', en: 'Count' },
  scope: 'point',
  wants: ['power'],
  config: z.strictObject({}),
  initial: () => ({ n: 0 }),
  step(state, input, _subject, _config, emit) {
    state.n += 1;
    if (state.n % 2 === 1) return;
    const { atMs } = input;
    emit({
      change: 'raised',
      severity: 'info',
      atMs,
      sinceMs: atMs - 1,
      evidence: { n: state.n },
      text: { zh: '', en: '' },
    });
  },
});
const power = (atMs: number, device = 'm1'): Reading => ({
  kind: 'power',
  device,
  atMs,
  powerW: 1,
});

test('a finding is named after its rule, its subject and when the thing began', () => {
  const fold = createFold(testSite, armRules([counter]));
  expect(fold.take(power(10))).toEqual([]);
  expect(fold.take(power(20))[0]).toMatchObject({
    id: 'test.count/b1/19',
    rule: 'test.count',
    point: 'b1',
  });
});

test('a rule in shadow marks what it finds, a rule that is off finds nothing', () => {
  const shadow = createFold(testSite, armRules([counter], { 'test.count': { mode: 'shadow' } }));
  shadow.take(power(10));
  expect(shadow.take(power(20))[0]?.shadow).toBe(true);
  expect(createFold(testSite, armRules([counter], { 'test.count': { mode: 'off' } })).size()).toBe(
    0,
  );
});

test('a new rule starts in shadow, and so does one that was changed since it was proven', () => {
  const modeOf = (rule: Rule, settings = {}) => armRules([rule], { [rule.id]: settings })[0]?.mode;
  expect(modeOf(counter)).toBe('shadow');
  expect(modeOf(counter, { mode: 'live' })).toBe('live');
  for (const rule of rules.filter(({ id }) => id in proven)) {
    expect([rule.id, modeOf(rule)]).toEqual([rule.id, 'live']);
    expect([rule.id, modeOf({ ...rule, version: 99 })]).toEqual([rule.id, 'shadow']);
    expect([rule.id, modeOf(rule, { mode: 'shadow' })]).toEqual([rule.id, 'shadow']);
  }
});

test('no rule is called proven that is not there', () => {
  const ids = rules.map(({ id }) => id);
  expect(Object.keys(proven).filter((id) => !ids.includes(id))).toEqual([]);
});

test('a rule that asks for the clock alone is told of starts and steps, not of ticks', () => {
  const heard: string[] = [];
  const clocked: Rule = {
    ...counter,
    wants: ['clock'],
    step: (_state, input) => heard.push(input.kind),
  };
  const fold = createFold(testSite, armRules([clocked]));
  for (const kind of ['start', 'tick'] as const) fold.take({ kind, atMs: 1 });
  fold.take({ kind: 'clock', atMs: 2, stepMs: 1 });
  expect(heard).toEqual(['start', 'clock']);
});

test('a misspelt rule or key is refused with its name', () => {
  expect(() => armRules(rules, { 'load.overlaod': {} })).toThrow(/Unknown rule/);
  expect(() => armRules(rules, { 'load.overload': { warnshare: 1 } })).toThrow(/warnshare/);
  expect(() => armRules(rules, { 'load.overload': { mode: 'loud' } })).toThrow(/mode/);
});

test('a reading of an unknown device moves nothing', () => {
  const fold = createFold(testSite, armRules([counter]));
  expect(fold.take(power(10, 'stranger'))).toEqual([]);
  expect(fold.take(power(20, 'stranger'))).toEqual([]);
});

test('a snapshot taken as JSON continues where it was', () => {
  const first = createFold(testSite, armRules([counter]));
  first.take(power(10));
  const kept = JSON.parse(JSON.stringify(first.snapshot()));
  const second = createFold(testSite, armRules([counter]));
  second.restore(kept);
  expect(second.take(power(20))).toHaveLength(1);
});

test('a snapshot of another version is not taken', () => {
  const fold = createFold(testSite, armRules([counter]));
  fold.restore({ version: -1, states: { 'test.count/b1': { n: 1 } } });
  expect(fold.take(power(20))).toEqual([]);
});

test('a replay makes time pass, and three silent months are not three months of ticks', () => {
  const replay = createReplay(createFold(testSite, armRules(rules)));
  const month = 30 * 86_400_000;
  expect(replay.take(power(1_700_000_000_000))).toEqual([]);
  expect(replay.take(power(1_700_000_000_000 + 3 * month))).toEqual([]);
});

test('a rule that waits for a figure is asked only for readings that carry it, and in its turn', () => {
  const choosy: Rule = { ...counter, id: 'test.choosy', figures: ['residualMa'] };
  const fold = createFold(testSite, armRules([choosy, counter]));
  fold.take(power(10));
  expect(fold.take({ ...power(20), residualMa: 5 } as Reading).map(({ rule }) => rule)).toEqual([
    'test.count',
  ]);
  fold.take(power(30));
  const both = fold.take({ ...power(40), residualMa: 5 } as Reading);
  expect(both.map(({ rule }) => rule)).toEqual(['test.choosy', 'test.count']);
});

test('what a rule prepares is made once for each subject and handed to every step', () => {
  let made = 0;
  const seen: string[] = [];
  const prepared = defineRule<object, object, { readonly id: string }>({
    id: 'test.prepared',
    title: { zh: '', en: '' },
    scope: 'point',
    wants: ['power'],
    config: z.strictObject({}),
    initial: () => ({}),
    prepare: ({ id }) => {
      made += 1;
      return { id };
    },
    step: (_state, _input, _subject, _config, _emit, { id }) => void seen.push(id),
  });
  const fold = createFold(testSite, armRules([prepared]));
  for (const atMs of [10, 20, 30]) fold.take(power(atMs));
  expect([made, seen]).toEqual([1, ['b1', 'b1', 'b1']]);
});
