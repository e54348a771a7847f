import { describe, expect, it } from 'vitest';
import { logPredicate } from '../../../daemon/trace/log-match.ts';
import type { LogEntry } from '../../../shared/api/log.ts';

const noMatch = { queueIds: new Set<number>(), sessionIds: new Set<number>(), sessionsSince: 0, text: null };

function matches(match: Partial<Parameters<typeof logPredicate>[0]>, fields: Partial<LogEntry>): boolean {
  const entry = { seq: 1, time: '', level: 'info', category: 'smtp', message: 'm', ...fields } as LogEntry;
  const { seq, level, category, queueId, sessionId } = entry;
  const line = { seq, at: 1_000, level, category, queueId, sessionId, json: JSON.stringify(entry) };
  return logPredicate({ ...noMatch, ...match })(line, () => entry);
}

describe('lines of the log in a trace', () => {
  it.each([
    ['ann@example.org', true],
    ['ANN@example.org', true],
    ['joann@example.org', false],
    ['ann@example.org.test', false],
  ])('of ann@example.org: one with %s is %s', (to, expected) => {
    expect(matches({ text: 'ann@example.org' }, { to })).toBe(expected);
  });

  it('of an IP address are not those of one that begins alike', () => {
    expect(matches({ text: '10.0.0.1' }, { remoteAddress: '10.0.0.12' })).toBe(false);
    expect(matches({ text: '10.0.0.1' }, { remoteAddress: '10.0.0.1' })).toBe(true);
  });

  it('of a text are found although JSON writes it otherwise', () => {
    expect(matches({ text: '<"a\\"b"@example.org>' }, { messageId: '<"a\\"b"@example.org>' })).toBe(true);
  });

  it('of a message leave out what the queue tells better', () => {
    const queueIds = new Set([42]);
    expect(matches({ queueIds }, { queueId: 42, message: 'delivered' })).toBe(false);
    expect(matches({ queueIds }, { queueId: 42, message: 'virus found' })).toBe(true);
    expect(matches({ queueIds }, { queueId: 43, message: 'virus found' })).toBe(false);
  });

  it('of a session are not those of its number before the service started anew', () => {
    const sessionIds = new Set([7]);
    expect(matches({ sessionIds, sessionsSince: 999 }, { sessionId: 7 })).toBe(true);
    expect(matches({ sessionIds, sessionsSince: 1_001 }, { sessionId: 7 })).toBe(false);
  });

  it('leave out what operators asked through the API', () => {
    expect(matches({ text: 'ann@example.org' }, { category: 'control', params: 'ann@example.org' })).toBe(
      false,
    );
  });
});
