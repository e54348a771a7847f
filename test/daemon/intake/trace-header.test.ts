import { expect, it } from 'vitest';
import { type TraceFacts, TraceHeader, transmissionProtocol } from '../../../daemon/intake/trace-header.ts';

const facts: TraceFacts = {
  id: 42,
  helo: 'client.example',
  remoteAddress: '192.0.2.1',
  hostname: 'mx.example.com',
  protocol: 'ESMTP',
  tls: null,
  recipient: null,
  at: Date.UTC(2026, 10, 21, 4, 5, 6, 789),
};
const format = (changes: Partial<TraceFacts>) =>
  new TraceHeader().format({ ...facts, ...changes }).toString();

it('says who sent it, who took it, how, under which id and when', () => {
  expect(format({})).toBe(
    'Received: from client.example ([192.0.2.1])\r\n\tby mx.example.com with ESMTP id 42;\r\n' +
      '\tSat, 21 Nov 2026 04:05:06 +0000\r\n',
  );
});

it('names the recipient only when the caller says that there is one alone', () => {
  expect(format({ recipient: 'alice@example.com' })).toContain('\r\n\tfor <alice@example.com>;');
});

it('names TLS, and writes IPv6 as a literal', () => {
  const header = format({ tls: 'TLSv1.3 TLS_AES_256_GCM_SHA384', remoteAddress: '2001:db8::1' });
  expect(header).toContain('([IPv6:2001:db8::1])');
  expect(header).toContain('(using TLSv1.3 TLS_AES_256_GCM_SHA384)');
});

it('does not let the client forge it', () => {
  expect(format({ helo: 'a\r\nX-Evil: (b) [c]\u202eé' })).toContain(
    'from a??X-Evil:??b??[c]?? ([192.0.2.1])',
  );
  expect(format({ helo: 'x'.repeat(10_000) }).split('\r\n')[0]?.length).toBeLessThan(400);
  expect(format({ helo: '' })).toContain('from ? (');
});

it('gives each second its own date', () => {
  const header = new TraceHeader();
  const at = (ms: number) => header.format({ ...facts, at: ms }).toString();
  expect(at(facts.at)).not.toBe(at(facts.at + 1_000));
  expect(at(facts.at)).toContain('04:05:06');
});

it.each([
  [{ extended: false, tls: true, authenticated: false, smtpUtf8: false }, 'SMTP'],
  [{ extended: true, tls: false, authenticated: false, smtpUtf8: false }, 'ESMTP'],
  [{ extended: true, tls: true, authenticated: true, smtpUtf8: false }, 'ESMTPSA'],
  [{ extended: true, tls: false, authenticated: true, smtpUtf8: false }, 'ESMTPA'],
  [{ extended: true, tls: true, authenticated: false, smtpUtf8: true }, 'UTF8SMTPS'],
])('%j is %s', (dialogue, word) => {
  expect(transmissionProtocol(dialogue)).toBe(word);
});
