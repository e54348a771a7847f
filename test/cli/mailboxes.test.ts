import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Mailbox, MailboxMessage } from '../../shared/api/mailboxes.ts';
import { FakeDaemon } from '../helpers/fake-daemon.ts';
import { type RunOptions, runMailctl } from '../helpers/run-mailctl.ts';
import { testFolder } from '../helpers/test-store.ts';

const sampleMailbox = (changes: Partial<Mailbox> = {}): Mailbox => ({
  account: 'ann@example.org',
  name: 'INBOX',
  messages: 1_204,
  unseen: 3,
  bytes: 32_400_000,
  uidValidity: 1_795_645_903,
  uidNext: 1_300,
  highestModseq: 5_000,
  specialUse: null,
  subscribed: true,
  createdAt: '2026-11-22T00:00:00.000Z',
  ...changes,
});
const sampleMail = (changes: Partial<MailboxMessage> = {}): MailboxMessage => ({
  uid: 42,
  flags: ['\\Seen', '\\Flagged', 'work'],
  internalDate: '2026-11-22T13:00:00.000Z',
  date: 'Sun, 22 Nov 2026 14:00:00 +0100',
  from: 'Bob <bob@example.net>',
  subject: 'hello',
  messageId: '<1@example.net>',
  sizeBytes: 4_000,
  ...changes,
});

describe('mailboxes', () => {
  let daemon: FakeDaemon;
  beforeAll(async () => {
    daemon = await FakeDaemon.start();
  });
  afterAll(() => daemon.stop());
  const run = (args: readonly string[], options: RunOptions = {}) =>
    runMailctl(['mailboxes', ...args], { socket: daemon.socket, ...options });

  it('lists those of all accounts page by page, with the account only then', async () => {
    daemon.script({
      'mailboxes.list': ({ account, cursor }) => ({
        mailboxes: [
          sampleMailbox(cursor === undefined ? {} : { account: 'bob@example.org', specialUse: '\\Junk' }),
        ],
        next: account === undefined && cursor === undefined ? 'ann@example.org' : null,
      }),
    });
    const { stdout } = await run([]);
    expect(stdout).toMatch(
      /ann@example.org +INBOX +1,204 +3 +31 MB +- +yes +1795645903\nbob@example.org .* Junk /,
    );
    expect(daemon.paramsOf('mailboxes.list')).toEqual([{}, { cursor: 'ann@example.org' }]);
    expect((await run(['list', 'ann@example.org'])).stdout).toMatch(/^MAILBOX .*\nINBOX /);
    expect((await run(['--json'])).stdout.split('\n')).toHaveLength(3);
  });

  it('shows the newest messages, as many as were asked for, with what strangers wrote made visible', async () => {
    daemon.script({
      'mailboxes.messages': ({ before = 1_000, limit = 0 }) => ({
        messages: Array.from({ length: limit }, (_, n) =>
          sampleMail({ uid: before - 1 - n, subject: 'a\x1b[2Jb' }),
        ),
        next: before - limit,
      }),
    });
    const { stdout } = await run(['show', 'ann@example.org', 'Sent', '--limit', '700']);
    expect(stdout.split('\n')).toHaveLength(702);
    expect(stdout).toMatch(/999 +SF work|999 +FS work/);
    expect(stdout).toContain('a\\x1b[2Jb');
    expect(daemon.paramsOf('mailboxes.messages')).toEqual([
      { account: 'ann@example.org', mailbox: 'Sent', limit: 500 },
      { account: 'ann@example.org', mailbox: 'Sent', limit: 200, before: 500 },
    ]);
  });

  it('shows one message, or a part of it', async () => {
    const raw = Buffer.from('Subject: x\x1b[31m\r\n\r\nbody\r\n');
    daemon.script({
      'mailboxes.messages': { messages: [sampleMail({ subject: '\u202ex' })], next: null },
      'mailboxes.content': ({ offset = 0 }) => ({
        data: raw.toString('base64', offset, offset + 7),
        offset,
        sizeBytes: raw.length,
      }),
    });
    const one = await run(['show', 'ann@example.org', '--uid', '42']);
    expect(one.stdout).toContain('Subject     \\u202ex\n');
    expect(daemon.paramsOf('mailboxes.messages')).toEqual([
      { account: 'ann@example.org', mailbox: 'INBOX', before: 43, limit: 1 },
    ]);
    expect((await run(['show', 'ann@example.org', '--uid', '42', '--raw'])).bytes.equals(raw)).toBe(true);
    expect((await run(['show', 'ann@example.org', '--uid', '42', '--headers'], { tty: true })).stdout).toBe(
      'Subject: x\\x1b[31m\n\n',
    );
    expect((await run(['show', 'ann@example.org', '--uid', '41'])).code).toBe(1);
    for (const wrong of [['--raw'], ['--uid', '1', '--raw', '--body'], ['--uid', '0']])
      expect((await run(['show', 'ann@example.org', ...wrong])).code, wrong.join(' ')).toBe(64);
  });

  it('asks before it removes, and needs --yes where nobody can be asked', async () => {
    daemon.script({
      'mailboxes.remove': ({ dryRun = false }) => ({ mailbox: sampleMailbox({ name: 'Old' }), dryRun }),
    });
    const args = ['remove', 'ann@example.org', 'Old'];
    expect((await run(args)).code).toBe(64);
    expect(daemon.calls).toEqual([]);
    const no = await run(args, { tty: true, stdin: 'n\n' });
    expect(no).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Remove Old of ann@example.org with 1,204'),
    });
    expect(daemon.paramsOf('mailboxes.remove')).toMatchObject([{ dryRun: true }]);
    expect((await run([...args, '--dry-run'])).stdout).toContain(
      'would be removed, with 1,204 messages (31 MB)',
    );
    expect((await run([...args, '--yes'])).stdout).toBe(
      'ann@example.org: Old was removed, with 1,204 messages (31 MB).\n',
    );
  });

  it('makes and renames', async () => {
    daemon.script({
      'mailboxes.create': { mailbox: sampleMailbox({ name: 'Spam' }) },
      'mailboxes.rename': { mailbox: sampleMailbox({ name: 'New' }) },
    });
    expect((await run(['create', 'ann@example.org', 'Spam', '--use', 'Junk'])).stdout).toContain(
      'Spam was made',
    );
    expect(daemon.paramsOf('mailboxes.create')).toMatchObject([{ specialUse: '\\Junk' }]);
    expect((await run(['create', 'ann@example.org', 'Spam', '--use', 'Nonsense'])).code).toBe(64);
    expect((await run(['rename', 'ann@example.org', 'Old', 'New'])).stdout).toContain('New was Old');
  });

  it('says what an import and an export did, also as JSON; names of files are made visible', async () => {
    daemon.script({
      'mailboxes.list': { mailboxes: [sampleMailbox()], next: null },
      'mailboxes.index': { uidValidity: 7, messages: [], next: null },
    });
    const folder = await testFolder();
    const nothing = await run(['export', 'ann@example.org', `${folder}/out`, '--json']);
    expect(JSON.parse(nothing.stdout)).toMatchObject({ exported: 0, folders: 1, format: 'maildir' });
    const bad = `${folder}/\x1b[2J.eml`;
    const { writeFile } = await import('node:fs/promises');
    await writeFile(bad, '');
    const result = await run(['import', 'ann@example.org', folder, '--format', 'eml']);
    expect(result).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('0 there already, 1 not taken'),
    });
    expect(result.stderr).toContain('\\x1b[2J.eml: it is empty');
  });
});
