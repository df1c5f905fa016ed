import { expect, test } from 'vitest';
import { rules } from '../../rules/index.ts';
import { kindName, messageIdOf } from './kinds.ts';
import { messageText } from './messages.ts';

test('every rule has a name of its own in messages, at most six units long', () => {
  for (const { id } of rules) {
    expect([id, kindName(id).zh]).not.toEqual([id, '告警']);
    expect(kindName(id).zh.length, id).toBeLessThanOrEqual(6);
  }
});

test('a lost neutral is told by SMS at once; one that carries too much waits for the report', () => {
  expect(messageIdOf('elec.neutral', 'major')).toBeNull();
  const id = messageIdOf('elec.neutral', 'critical');
  expect(id && messageText(id, { b: '12号楼', id: 'A17' }, 'zh-CN')).toBe(
    '紧急：12号楼疑似断零，电压异常，电器可能烧毁起火，请立即请电工断电检修。编号A17',
  );
});

test('more residual current than usual is not told as a limit that was passed', () => {
  const given = { b: '12号楼', v: 180, id: 'A17' };
  const usual = messageIdOf('elec.leakage', 'major');
  expect(usual && messageText(usual, given, 'zh-CN')).toBe(
    '12号楼剩余电流180毫安，明显高于平常，请近日请电工检查绝缘。编号A17',
  );
  const over = messageIdOf('elec.leakage', 'critical');
  expect(over && messageText(over, given, 'zh-CN')).toContain('超限，有触电起火危险');
});

test('a lost phase is told by SMS, a loose terminal of the meter is not', () => {
  expect(messageIdOf('elec.phase', 'major')).toBe('elec.phase');
  expect(messageIdOf('elec.phase', 'minor')).toBeNull();
});

test('a rule that nobody named here goes by its own title; what is no rule is an alert', () => {
  expect(kindName('elec.imbalance')).toEqual({ zh: '三相不平衡', en: 'Unbalanced phases' });
  expect(kindName('no.rule')).toEqual({ zh: '告警', en: 'alert' });
});
