import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleAccount, sampleAlias, sampleDomain } from '../helpers/api-samples.ts';
import { FakeDaemon } from '../helpers/fake-daemon.ts';
import { runMailctl } from '../helpers/run-mailctl.ts';

let daemon: FakeDaemon;
beforeAll(async () => {
  daemon = await FakeDaemon.start();
});
afterAll(() => daemon.stop());

const run = (args: readonly string[], options: Parameters<typeof runMailctl>[1] = {}) =>
  runMailctl(args, { socket: daemon.socket, ...options });

describe('accounts', () => {
  it('lists who may log in', async () => {
    daemon.script({
      'accounts.list': {
        accounts: [
          sampleAccount(),
          sampleAccount({ address: 'bob@example.org', enabled: false, quotaBytes: null, lastLoginAt: null }),
        ],
      },
    });
    const { stdout } = await run(['accounts', '--domain', 'example.org']);
    expect(stdout).toMatch(
      /ann@example.org +enabled +1,204 +31 MB +2.0 GB +1% +2026-11-22T13:52:31.000Z +192.0.2.5/,
    );
    expect(stdout).toMatch(/bob@example.org +disabled +1,204 +31 MB +- +-/);
    expect(daemon.paramsOf('accounts.list')).toEqual([{ domain: 'example.org' }]);
  });

  it('add takes the password from standard input, its first line', async () => {
    daemon.script({ 'accounts.add': { account: sampleAccount() } });
    const { code, stdout } = await run(
      ['accounts', 'add', 'ann@example.org', '--password-stdin', '--quota', '2G'],
      { stdin: 'pass word ü\nmore\n' },
    );
    expect(code).toBe(0);
    expect(stdout).toBe('ann@example.org was made: may log in, quota 2.0 GB.\n');
    expect(daemon.paramsOf('accounts.add')).toEqual([
      { address: 'ann@example.org', password: 'pass word ü', quotaBytes: 2_147_483_648 },
    ]);
  });

  it('add asks twice on a terminal, and shows nothing of what is typed', async () => {
    daemon.script({ 'accounts.add': { account: sampleAccount() } });
    const { code, stderr, stdout } = await run(['accounts', 'add', 'ann@example.org'], {
      tty: true,
      stdin: 'secrex\x7ft\rsecret\r',
    });
    expect(code).toBe(0);
    expect(stderr).toBe('Password for ann@example.org: \nThe same again: \n');
    expect(stdout + stderr).not.toContain('secre');
    expect(daemon.paramsOf('accounts.add')).toEqual([{ address: 'ann@example.org', password: 'secret' }]);
  });

  it.each([
    ['two that differ', { tty: true, stdin: 'one\rtwo\r' }, 1, 'the two passwords differ'],
    ['an empty one', { tty: true, stdin: '\r' }, 64, 'the password is empty'],
    ['Ctrl-C', { tty: true, stdin: 'abc\x03' }, 130, ''],
    ['no terminal to ask', {}, 64, 'there is no terminal to ask for it\nPipe it in with --password-stdin.'],
  ])('add does nothing after %s', async (_name, options, exit, message) => {
    daemon.script({});
    const { code, stderr } = await run(['accounts', 'add', 'ann@example.org'], options);
    expect(code).toBe(exit);
    expect(stderr).toContain(message);
    expect(daemon.calls).toEqual([]);
  });

  it('add refuses an empty standard input and a password as an argument', async () => {
    daemon.script({});
    expect((await run(['accounts', 'add', 'a@b.c', '--password-stdin'])).code).toBe(64);
    expect((await run(['accounts', 'add', 'a@b.c', '--password', 'secret'])).code).toBe(64);
    expect((await run(['accounts', 'add', 'a@b.c', 'secret'])).code).toBe(64);
    expect(daemon.calls).toEqual([]);
  });

  it.each([
    [['--enable'], { enabled: true }],
    [['--disable', '--quota', '10k'], { enabled: false, quotaBytes: 10_240 }],
    [['--no-quota'], { quotaBytes: null }],
    [['--password-stdin'], { password: 'new' }],
  ])('edit %j changes just that', async (args, changes) => {
    daemon.script({ 'accounts.edit': { account: sampleAccount(), endedSessions: 0 } });
    expect((await run(['accounts', 'edit', 'ann@example.org', ...args], { stdin: 'new\n' })).code).toBe(0);
    expect(daemon.paramsOf('accounts.edit')).toEqual([{ address: 'ann@example.org', ...changes }]);
  });

  it.each([[[]], [['--enable', '--disable']]])('edit refuses %j', async (args) => {
    daemon.script({});
    expect((await run(['accounts', 'edit', 'ann@example.org', ...args])).code).toBe(64);
    expect(daemon.calls).toEqual([]);
  });

  it('remove asks a person, since nothing brings the mail back', async () => {
    daemon.script({
      'accounts.list': { accounts: [sampleAccount()] },
      'accounts.remove': { removed: true, messages: 1_204, endedSessions: 2 },
    });
    const args = ['accounts', 'remove', 'ann@example.org'];
    const no = await run(args, { tty: true, stdin: 'n\n' });
    expect(no.code).toBe(1);
    expect(no.stderr).toContain(
      'Remove ann@example.org with 1,204 messages (31 MB)? This cannot be undone. [y/N]',
    );
    expect(daemon.paramsOf('accounts.remove')).toEqual([]);
    expect((await run(args, { tty: true, stdin: 'y\n' })).code).toBe(0);
    expect((await run([...args, '--yes'], { tty: true })).code).toBe(0);
    expect((await run(args)).stdout).toBe(
      'ann@example.org was removed, with 1,204 messages. 2 sessions were ended.\n',
    );
  });

  it('remove ends with 1 when there is no such account', async () => {
    daemon.script({ 'accounts.remove': { removed: false, messages: 0, endedSessions: 0 } });
    expect(await run(['accounts', 'remove', 'x@y.z'])).toMatchObject({
      code: 1,
      stderr: 'mailctl: accounts remove: x@y.z: not found\n',
    });
  });
});

describe('domains', () => {
  it('lists what is ours', async () => {
    daemon.script({ 'domains.list': { domains: [sampleDomain({ catchAll: 'office@example.org' })] } });
    expect((await run(['domains'])).stdout).toMatch(/example.org +config +4 +2 +office@example.org/);
  });

  it('adds, edits and removes', async () => {
    daemon.script({
      'domains.add': { domain: sampleDomain() },
      'domains.edit': ({ catchAll }) => ({ domain: sampleDomain({ catchAll }) }),
      'domains.remove': { removed: true },
    });
    expect((await run('domains add example.org --catch-all a@example.org'.split(' '))).stdout).toBe(
      'Mail for example.org is ours now.\n',
    );
    expect(daemon.paramsOf('domains.add')).toEqual([{ name: 'example.org', catchAll: 'a@example.org' }]);
    expect((await run('domains edit example.org --catch-all b@example.org'.split(' '))).stdout).toContain(
      'goes to b@example.org',
    );
    expect((await run('domains edit example.org --no-catch-all'.split(' '))).stdout).toContain('is refused');
    expect(daemon.paramsOf('domains.edit').map(({ catchAll }) => catchAll)).toEqual(['b@example.org', null]);
    expect((await run('domains edit example.org'.split(' '))).code).toBe(64);
    expect((await run('domains remove example.org'.split(' '))).code).toBe(0);
    daemon.script({ 'domains.remove': { removed: false } });
    expect((await run('domains remove example.org --json'.split(' '))).code).toBe(1);
  });
});

describe('aliases', () => {
  it('lists, adds, edits and removes', async () => {
    daemon.script({
      'aliases.list': { aliases: [sampleAlias()] },
      'aliases.add': { alias: sampleAlias() },
      'aliases.edit': { alias: sampleAlias({ targets: ['c@example.org'] }) },
      'aliases.remove': { removed: true },
    });
    expect((await run(['aliases', '--domain', 'example.org'])).stdout).toMatch(
      /sales@example.org +ann@example.org, bob@example.org/,
    );
    expect(
      (await run('aliases add sales@example.org ann@example.org bob@example.org'.split(' '))).stdout,
    ).toBe('sales@example.org stands for ann@example.org, bob@example.org.\n');
    expect(daemon.paramsOf('aliases.add')).toEqual([
      { address: 'sales@example.org', targets: ['ann@example.org', 'bob@example.org'] },
    ]);
    expect((await run('aliases edit sales@example.org c@example.org --json'.split(' '))).stdout).toContain(
      '"targets":["c@example.org"]',
    );
    expect((await run('aliases add sales@example.org'.split(' '))).code).toBe(64);
    expect((await run('aliases remove sales@example.org'.split(' '))).code).toBe(0);
  });
});
