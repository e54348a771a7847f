import { describe, expect, it } from 'vitest';
import { type Action, type Finding, findingOf, judge } from '../../../daemon/scan/judgement.ts';

const finding = (action: Action, kind: Finding['kind'] = 'spam'): Finding => ({
  by: 'x',
  kind,
  reason: 'y',
  action,
});

describe('a judgement', () => {
  it('takes a message in which nothing was found', () => {
    expect(judge([], true)).toMatchObject({ action: 'accept', finding: null });
  });

  it.each<[readonly Action[], Action]>([
    [['accept', 'defer'], 'defer'],
    [['defer', 'quarantine'], 'quarantine'],
    [['quarantine', 'drop'], 'drop'],
    [['drop', 'reject', 'defer'], 'reject'],
  ])('of %j is %s', (actions, action) => {
    expect(
      judge(
        actions.map((one) => finding(one)),
        true,
      ).action,
    ).toBe(action);
  });

  it('refuses nothing that has no session to be refused in', () => {
    expect(judge([finding('reject')], false).action).toBe('quarantine');
    expect(judge([finding('defer', 'unavailable')], false).action).toBe('defer');
  });

  it.each<[Finding['kind'], number, string]>([
    ['virus', 550, '5.7.1'],
    ['spam', 550, '5.7.1'],
    ['sender', 550, '5.7.26'],
    ['unavailable', 451, '4.7.1'],
  ])('for %s has its reply', (kind, code, enhancedCode) => {
    expect(judge([finding('reject', kind)], true).refusal).toMatchObject({ code, enhancedCode });
  });
});

describe('a finding', () => {
  const policy = { action: 'quarantine', unavailable: 'defer' } as const;
  it('does what the policy says', () => {
    expect(findingOf('clamd', { kind: 'virus', name: 'Evil' }, policy)).toEqual({
      by: 'clamd',
      kind: 'virus',
      reason: 'Evil',
      action: 'quarantine',
    });
    expect(findingOf('clamd', { kind: 'unavailable', reason: 'away' }, policy)?.action).toBe('defer');
    expect(findingOf('clamd', { kind: 'virus', name: 'Evil' }, { ...policy, action: 'mark' })?.action).toBe(
      'accept',
    );
  });

  it('is not made of what is clean, ham, or too large', () => {
    expect(findingOf('clamd', { kind: 'clean' }, policy)).toBeNull();
    expect(findingOf('spamd', { kind: 'ham', score: 1, required: 5, tests: [] }, policy)).toBeNull();
    expect(findingOf('spamd', { kind: 'skipped', reason: 'large' }, policy)).toBeNull();
  });
});
