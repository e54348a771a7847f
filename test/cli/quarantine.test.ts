import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QuarantinedMessage } from '../../shared/api/quarantine.ts';
import { FakeDaemon } from '../helpers/fake-daemon.ts';
import { runMailctl } from '../helpers/run-mailctl.ts';

let daemon: FakeDaemon;
beforeAll(async () => {
  daemon = await FakeDaemon.start();
});
afterAll(() => daemon.stop());

const run = (args: readonly string[], options: Parameters<typeof runMailctl>[1] = {}) =>
  runMailctl(args, { socket: daemon.socket, ...options });

const sample = (changes: Partial<QuarantinedMessage> = {}): QuarantinedMessage => ({
  id: 42,
  kind: 'virus',
  scanner: 'clamd',
  reason: 'Win.Test.EICAR_HDB-1',
  from: 'eve@evil.example',
  to: ['ann@example.org', 'bob@example.org'],
  sizeBytes: 4_096,
  subject: 'your \u001b]52;c;x\u0007 invoice',
  messageId: '<1@evil.example>',
  quarantinedAt: '2026-11-22T13:00:00.000Z',
  expiresAt: '2026-12-22T13:00:00.000Z',
  source: { sessionId: 7, remoteAddress: '203.0.113.9', user: null },
  ...changes,
});

describe('quarantine', () => {
  it('lists what was kept back, page by page, harmless to the terminal', async () => {
    const pages: { messages: QuarantinedMessage[]; next: string | null }[] = [
      { messages: [sample()], next: '42' },
      { messages: [sample({ id: 41, kind: 'spam', scanner: 'spamd', reason: 'score 9 of 5' })], next: null },
    ];
    daemon.script({ 'quarantine.list': () => pages.shift() ?? { messages: [], next: null } });
    const { code, stdout } = await run(['quarantine']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ID +AGE +LEFT +KIND +BY +REASON +SIZE +FROM +TO +SUBJECT\n42 +1h/);
    expect(stdout).toMatch(/41 +1h.* +spam +spamd +score 9 of 5/);
    expect(stdout).not.toMatch(/[\x1b\x07]/);
    expect(daemon.paramsOf('quarantine.list')).toEqual([{}, { cursor: '42' }]);
  });

  it('says when there is nothing, which is no error', async () => {
    daemon.script({ 'quarantine.list': { messages: [], next: null } });
    expect(await run(['quarantine', 'list'])).toMatchObject({ code: 0, stdout: '' });
  });

  it('shows one message, or its bytes', async () => {
    const data = Buffer.from('Subject: x\r\n\r\nbody\r\n');
    daemon.script({
      'quarantine.show': sample(),
      'quarantine.content': { data: data.toString('base64'), offset: 0, sizeBytes: data.length },
    });
    expect((await run(['quarantine', 'show', '42'])).stdout).toMatch(
      /Found +virus \(clamd\): Win\.Test\.EICAR_HDB-1\n/,
    );
    expect((await run(['quarantine', 'show', '42', '--raw'])).bytes.equals(data)).toBe(true);
    expect((await run(['quarantine', 'show', '42', '--raw', '--body'])).code).toBe(64);
  });

  it('releases, and tells what could not be released', async () => {
    daemon.script({
      'quarantine.release': {
        released: 1,
        notFound: [9],
        refused: [{ id: 8, reason: 'an account is gone' }],
      },
    });
    expect(await run(['quarantine', 'release', '7', '8', '9'])).toMatchObject({
      code: 1,
      stdout: 'Released 1 message.\n',
      stderr: 'message 9: not in the quarantine\nmessage 8: an account is gone\n',
    });
  });

  it('removes what is named, and all of it only when that is confirmed', async () => {
    daemon.script({
      'quarantine.remove': { removed: 2, notFound: [] },
      'quarantine.count': { messages: 2, bytes: 8_192 },
    });
    expect(await run(['quarantine', 'remove', '7', '8'])).toMatchObject({
      code: 0,
      stdout: 'Removed 2 messages.\n',
    });
    expect(await run(['quarantine', 'remove'])).toMatchObject({ code: 64 });
    expect(await run(['quarantine', 'remove', '--all'])).toMatchObject({ code: 64 });
    const tried = await run(['quarantine', 'remove', '--all', '--dry-run']);
    expect(tried).toMatchObject({ code: 0, stdout: 'Would remove 2 messages (8.0 KB).\n' });
    expect(daemon.paramsOf('quarantine.remove')).toEqual([{ ids: [7, 8] }]);
    expect(await run(['quarantine', 'remove', '--all', '--yes'])).toMatchObject({ code: 0 });
    expect(daemon.paramsOf('quarantine.remove')).toEqual([{ ids: [7, 8] }, { all: true }]);
  });
});

describe('domains dkim', () => {
  it('prints the record with its value in strings that a TXT record can hold', async () => {
    const value = `v=DKIM1; k=rsa; p=${'A'.repeat(392)}`;
    const record = { name: 'mail._domainkey.example.org', type: 'TXT' as const, value };
    daemon.script({ 'domains.dkim': { domain: 'example.org', selector: 'mail', created: true, record } });
    const { code, stdout, stderr } = await run(['domains', 'dkim', 'example.org', '--selector', 'mail']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^mail\._domainkey\.example\.org\. IN TXT \( "[^"]{255}" "[^"]+" \)\n$/);
    expect(stderr).toContain('A key has been made');
    expect(daemon.paramsOf('domains.dkim')).toEqual([{ name: 'example.org', selector: 'mail' }]);
  });
});
