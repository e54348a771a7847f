import { describe, expect, it } from 'vitest';
import { traceSubject } from '../../../daemon/trace/trace-subject.ts';

describe('what is to be traced', () => {
  it.each([
    ['42', { kind: 'message', id: 42 }],
    ['Q42', { kind: 'message', id: 42 }],
    ['s98113', { kind: 'session', id: 98113 }],
    [' <a.b@mx.example.org> ', { kind: 'message-id', text: '<a.b@mx.example.org>' }],
    ['Ann@EXAMPLE.org', { kind: 'address', text: 'Ann@example.org' }],
    ['203.0.113.9', { kind: 'ip', text: '203.0.113.9' }],
    ['::ffff:203.0.113.9', { kind: 'ip', text: '203.0.113.9' }],
    ['2001:db8::1', { kind: 'ip', text: '2001:db8::1' }],
  ])('%s is told from how it is written', (written, subject) => {
    expect(traceSubject(written)).toEqual(subject);
  });

  it.each(['0', 'Q', 'S-1', 'ann', '<a b@c>', '@', ''])('%j is nothing that can be traced', (written) => {
    expect(() => traceSubject(written)).toThrow(expect.objectContaining({ code: 'params.invalid' }));
  });
});
