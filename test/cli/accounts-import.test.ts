/** Files of users: how they are read, and what `mailctl accounts import` makes of them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readUsers, type UserFileFormat } from '../../cli/user-files/user-file.ts';
import { sampleDomain } from '../helpers/api-samples.ts';
import { FakeDaemon } from '../helpers/fake-daemon.ts';
import { runMailctl, testNow } from '../helpers/run-mailctl.ts';

const read = (
  text: string,
  file = 'users',
  format: UserFileFormat | null = null,
  scheme: string | null = null,
) => {
  const { lines, fault } = readUsers(file, text, { format, scheme, now: testNow });
  return (
    fault ??
    lines.map((line) =>
      line.kind === 'user'
        ? [line.line, line.name, line.passwordHash, line.quotaBytes, line.enabled]
        : [line.line, line.name, line.reason],
    )
  );
};

describe('files of users', () => {
  it('of shadow(5): locked and expired ones may not log in', () => {
    const shadow = [
      'root:*:19000:0:99999:7:::',
      'ann:$6$abc$hash:19000:0:99999:7:::',
      'bob:!$6$abc$hash:19000:0:99999:7:::',
      'old:$6$abc$hash:19000:0:99999:7::19500:',
      'new:$6$abc$hash:19000:0:99999:7::90000:',
      'lost:!!:19000::::::',
    ].join('\n');
    expect(read(shadow)).toEqual([
      [1, 'root', '*', null, true],
      [2, 'ann', '$6$abc$hash', null, true],
      [3, 'bob', '$6$abc$hash', null, false],
      [4, 'old', '$6$abc$hash', null, false],
      [5, 'new', '$6$abc$hash', null, true],
      [6, 'lost', '!!', null, true],
    ]);
  });

  it('of passwd(5): says where the password is', () => {
    expect(
      read('ann:x:1000:1000:Ann,,,:/home/ann:/bin/sh\nbob:$1$ab$hash:1:1::/:/bin/sh\nbad line\n'),
    ).toEqual([
      [1, 'ann', 'its password is in the shadow file: import that one'],
      [2, 'bob', '$1$ab$hash', null, true],
      [3, 'bad line', 'not a line of passwd(5) or shadow(5)'],
    ]);
  });

  it.each([
    ['userdb_quota_rule=*:storage=1G', 2 ** 30],
    ['quota_rule=*:storage=100M:messages=5', 100 * 2 ** 20],
    ['userdb_mail=maildir:~/Maildir userdb_quota_rule=*:storage=10', 10_240],
    ['userdb_quota_rule=*:bytes=1000', 1_000],
    ['userdb_quota_storage_size=2G', 2 * 2 ** 30],
    ['userdb_quota_rule=*:storage=0', null],
    ['userdb_quota_rule=*:messages=1000', null],
    ['userdb_mail=mbox:~/mail', null],
    ['', null],
  ])("of Dovecot's passwd-file: quota %j", (extra, quota) => {
    expect(read(`ann@example.org:{SSHA}abc=:1000:1000::/home/ann::${extra}`)).toEqual([
      [1, 'ann@example.org', '{SSHA}abc=', quota, true],
    ]);
  });

  it("of Dovecot's passwd-file: schemes, comments, who may not log in", () => {
    const text = [
      '# users',
      'ann:{PLAIN}se cret',
      '',
      'bob:5en6G6MezRroT3XKqkdPOmY/BfQ=::::::nologin=y',
      'carol:$6$abc$hash::::::nologin=no',
      'dora:{SSHA}x::::::userdb_quota_rule=*:storage=lots',
      'eve',
    ].join('\r\n');
    expect(read(text, 'users', null, 'SHA')).toEqual([
      [2, 'ann', '{PLAIN}se cret', null, true],
      [4, 'bob', '{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=', null, false],
      [5, 'carol', '$6$abc$hash', null, true],
      [6, 'dora', 'a quota that is not written as one'],
      [7, 'eve', 'no name and password in it'],
    ]);
  });

  it.each([',', ';', '\t'])('as a table with %j between columns', (separator) => {
    const rows = [
      ['\ufeffE-Mail', 'Password', 'Quota', 'Enabled'],
      ['ann@example.org', '"pa""ss, ;\nword"', '2G', 'yes'],
      ['bob@example.org', '{SSHA}abc=', '', 'no'],
      ['', 'x', '', ''],
      ['carol@example.org', 'x', 'lots', ''],
    ];
    expect(read(rows.map((row) => row.join(separator)).join('\r\n'), 'users.csv')).toEqual([
      [2, 'ann@example.org', '{PLAIN}pa"ss, ;\nword', 2 * 2 ** 30, true],
      [4, 'bob@example.org', '{SSHA}abc=', null, false],
      [5, null, 'no address in it'],
      [6, 'carol@example.org', 'a quota that is not written as one'],
    ]);
  });

  it('as a table that names no columns are refused', () => {
    expect(read('ann@example.org,secret\n', 'x.csv')).toContain('names no column "address"');
    expect(read('address,quota\n', 'x.csv')).toContain('names no column "password" or "hash"');
  });
});

describe('accounts import', () => {
  let daemon: FakeDaemon;
  let folder: string;
  beforeAll(async () => {
    daemon = await FakeDaemon.start();
    folder = await mkdtemp(join(tmpdir(), 'users-'));
  });
  afterAll(async () => {
    await daemon.stop();
    await rm(folder, { recursive: true });
  });
  const run = (args: readonly string[], stdin?: string) =>
    runMailctl(args, { socket: daemon.socket, ...(stdin !== undefined && { stdin }) });

  const answering = () =>
    daemon.script({
      'domains.list': { domains: [sampleDomain()] },
      'accounts.import': ({ accounts, dryRun = false }) => ({
        accounts: accounts.map(({ address, passwordHash }) => {
          const bad = passwordHash.startsWith('$y$');
          return {
            address,
            outcome: bad ? 'refused' : 'created',
            passwordScheme: bad ? 'yescrypt' : 'SSHA',
            reason: bad ? 'yescrypt: it cannot be checked here' : null,
          };
        }),
        dryRun,
      }),
    });

  it('gives names the only domain there is, and says what was not made: 1', async () => {
    answering();
    const file = join(folder, 'users');
    await writeFile(
      file,
      'ann:{SSHA}a=::::::userdb_quota_rule=*:storage=1M\nbob:!$6$x$y\nno line\nold:$y$j9T$x$y\n',
    );
    const { code, stdout, stderr } = await run(['accounts', 'import', file]);
    expect(daemon.paramsOf('accounts.import')).toEqual([
      {
        accounts: [
          { address: 'ann@example.org', passwordHash: '{SSHA}a=', quotaBytes: 1_048_576 },
          { address: 'bob@example.org', passwordHash: '$6$x$y', enabled: false },
          { address: 'old@example.org', passwordHash: '$y$j9T$x$y' },
        ],
      },
    ]);
    expect(stdout).toMatch(/3 +no line +refused +- +no name and password in it/);
    expect(stdout).toMatch(/4 +old@example.org +refused +yescrypt +yescrypt: it cannot be checked here/);
    expect(stdout).not.toContain('ann@');
    expect(stderr).toBe('2 made, 0 there already, 0 without a password, 2 refused.\n');
    expect(code).toBe(1);
  });

  it('takes standard input, says all with --json, in the order of the file, in batches', async () => {
    answering();
    const text = Array.from({ length: 120 }, (_, n) => `user${n}@example.org:{SSHA}a=`).join('\n');
    const { code, stdout } = await run(['accounts', 'import', '-', '--json', '--dry-run'], text);
    expect(code).toBe(0);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ address }) => address)).toEqual(
      Array.from({ length: 120 }, (_, n) => `user${n}@example.org`),
    );
    expect(daemon.paramsOf('accounts.import')).toHaveLength(3);
    expect(daemon.paramsOf('accounts.import')).toMatchObject(Array(3).fill({ dryRun: true }));
  });

  it('does nothing when it is not clear what is meant', async () => {
    answering();
    expect(await run(['accounts', 'import', join(folder, 'absent')])).toMatchObject({ code: 1 });
    expect((await run(['accounts', 'import', '-', '--format', 'csv'], 'x\n')).code).toBe(64);
    daemon.script({ 'domains.list': { domains: [sampleDomain(), sampleDomain({ name: 'example.net' })] } });
    const { code, stderr } = await run(['accounts', 'import', '-'], 'ann:{SSHA}a=\n');
    expect({ code, stderr }).toMatchObject({ code: 64, stderr: expect.stringContaining('--domain NAME') });
    expect(daemon.paramsOf('accounts.import')).toEqual([]);
  });
});

describe('accounts disable, enable and passwd', () => {
  it('say what became of the sessions', async () => {
    const daemon = await FakeDaemon.start();
    const account = {
      address: 'ann@example.org',
      enabled: true,
      createdAt: new Date(testNow).toISOString(),
      lastLoginAt: null,
      lastLoginFrom: null,
      messages: 0,
      bytes: 0,
      quotaBytes: null,
      passwordScheme: 'SCRYPT',
    };
    daemon.script({ 'accounts.edit': { account, endedSessions: 1 } });
    const run = (...args: string[]) =>
      runMailctl(['accounts', ...args], { socket: daemon.socket, stdin: 'new\n' });
    expect((await run('disable', 'ann@example.org')).stdout).toBe(
      'ann@example.org may not log in. 1 session was ended.\n',
    );
    expect((await run('enable', 'ann@example.org')).stdout).toContain('may log in.');
    expect((await run('passwd', 'ann@example.org', '--password-stdin')).stdout).toContain(
      'has a new password.',
    );
    expect((await run('passwd', 'ann@example.org')).code).toBe(64);
    expect(daemon.paramsOf('accounts.edit')).toEqual([
      { address: 'ann@example.org', enabled: false },
      { address: 'ann@example.org', enabled: true },
      { address: 'ann@example.org', password: 'new' },
    ]);
    await daemon.stop();
  });
});
