/** The checks that look at this machine and at the parts of the server. */
import { chmodSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeSelfSignedCertificate } from '../../../daemon/net/self-signed-certificate.ts';
import type { Check, CheckResult } from '../../../daemon/selftest/check.ts';
import { bansCheck, loopbackBanCheck } from '../../../daemon/selftest/checks/bans.ts';
import { certificateCheck } from '../../../daemon/selftest/checks/certificate.ts';
import { ClockWatch, clockCheck } from '../../../daemon/selftest/checks/clock.ts';
import { databaseSizeCheck } from '../../../daemon/selftest/checks/database-size.ts';
import { diskSpaceCheck } from '../../../daemon/selftest/checks/disk-space.ts';
import { fileDescriptorsCheck } from '../../../daemon/selftest/checks/file-descriptors.ts';
import { listenersCheck } from '../../../daemon/selftest/checks/listeners.ts';
import { permissionsCheck } from '../../../daemon/selftest/checks/permissions.ts';
import { postmasterCheck } from '../../../daemon/selftest/checks/postmaster.ts';
import { queueCheck } from '../../../daemon/selftest/checks/queue.ts';
import { quotaCheck } from '../../../daemon/selftest/checks/quota.ts';
import type { ListenerStatus } from '../../../shared/api/server.ts';
import type { Block } from '../../../shared/api/sessions.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { FakeDirectory } from '../../helpers/fake-directory.ts';
import { testFolder } from '../../helpers/test-store.ts';

const run = (check: Check): Promise<CheckResult> => check.run(new AbortController().signal);
/** The codes with their severity and subject. */
async function codes(check: Check): Promise<string[]> {
  const result = await run(check);
  if (result.outcome === 'could_not_check') return [`? ${result.reason}`];
  return result.outcome === 'ok'
    ? []
    : result.findings.map(({ severity, code, subject }) => `${severity} ${code} ${subject}`);
}
const MB = 1024 * 1024;
const day = 86_400_000;

const block = (changes: Partial<Block>): Block => ({
  id: 7,
  kind: 'address',
  value: '203.0.113.9',
  reason: 'guessing passwords',
  source: 'guessing',
  createdAt: '2026-01-01T00:00:00.000Z',
  until: '2026-01-01T01:00:00.000Z',
  ...changes,
});

describe('bans', () => {
  it('of this machine are an error with the command that lifts them', async () => {
    const check = loopbackBanCheck(() => [
      block({ value: '127.0.0.1' }),
      block({}),
      block({ value: '::/64' }),
    ]);
    const result = await run(check);
    expect(result).toMatchObject({
      findings: [
        {
          severity: 'error',
          code: 'bans.own_address',
          subject: '127.0.0.1',
          remedy: 'mailctl blocks remove 7',
        },
        { subject: '::/64' },
      ],
    });
  });

  it('of guessers are worth a notice, those of the operator are not', async () => {
    expect(await codes(bansCheck(() => [block({ source: 'operator' })]))).toEqual([]);
    expect(await codes(bansCheck(() => [block({})]))).toEqual(['notice bans.temporary logins']);
  });
});

describe('the certificate', () => {
  const now = Date.UTC(2026, 0, 1);
  const lifetime = 3650 * day;
  const check = (madeAt: number, hostname: string, file: string | null) => {
    const { certificate } = makeSelfSignedCertificate('mail.example.org', madeAt);
    return certificateCheck({ hostname, certificate: () => certificate, file: () => file, now: () => now });
  };

  it.each([
    ['good', now, 'mail.example.org', []],
    ['for another name', now, 'other.example', ['warning certificate.other_name /c.pem']],
    ['expired', now - lifetime - day, 'mail.example.org', ['error certificate.expired /c.pem']],
    ['near its end', now - lifetime + 5 * day, 'mail.example.org', ['warning certificate.expires /c.pem']],
    ['too early', now + 3 * day, 'mail.example.org', ['error certificate.not_yet_valid /c.pem']],
  ])('%s', async (_, madeAt, hostname, expected) => {
    expect(await codes(check(madeAt, hostname, '/c.pem'))).toEqual(expected);
  });

  it('of our own making is for our name however that is written', async () => {
    expect(await codes(check(now, 'other.example', null))).toEqual([]);
  });

  it('that cannot be read could not be checked', async () => {
    const broken = certificateCheck({
      hostname: 'x',
      certificate: () => '',
      file: () => null,
      now: () => now,
    });
    expect(await codes(broken)).toEqual(['? the certificate cannot be read']);
  });
});

describe('permissions', () => {
  it('that let others in are found, with the command that mends them', async () => {
    const stateDir = await testFolder();
    chmodSync(stateDir, 0o700);
    const database = join(stateDir, 'maild.db');
    const key = join(stateDir, "it's.key");
    writeFileSync(database, '', { mode: 0o600 });
    writeFileSync(key, '', { mode: 0o640 });
    const check = permissionsCheck({ stateDir, keyFile: () => key });
    expect(await codes(check)).toEqual([]);
    chmodSync(database, 0o644);
    chmodSync(key, 0o644);
    const result = await run(check);
    expect(result.outcome === 'findings' && result.findings.map(({ remedy }) => remedy)).toEqual([
      `chmod go-rwx '${database}'`,
      `chmod g-w,o-rwx '${stateDir}/it'\\''s.key'`,
    ]);
  });
});

describe('open files', () => {
  const check = (connections: number, soft: string) =>
    fileDescriptorsCheck({
      connections: () => connections,
      limits: async () =>
        `Limit  Soft Limit  Hard Limit  Units\nMax open files            ${soft}  ${soft}  files\n`,
    });

  it('are allowed for as many connections as the configuration allows, and for all else', async () => {
    expect(await codes(check(20_000, '20000'))).toEqual([]);
    expect(await codes(check(20_000, 'unlimited'))).toEqual([]);
    expect(await codes(check(20_000, '19999'))).toEqual([
      'notice limits.file_descriptors limits.connections',
    ]);
    const result = await run(check(20_000, '4096'));
    expect(JSON.stringify(result)).toContain('LimitNOFILE=21000');
    expect(
      await codes(fileDescriptorsCheck({ connections: () => 1, limits: async () => 'nothing' })),
    ).toEqual(['? the limit of the process is not known']);
  });

  it('of this process are known', async () => {
    expect(await codes(fileDescriptorsCheck({ connections: () => 1 }))).toEqual([]);
  });
});

describe('the disk', () => {
  const check = (freeBytes: number, freeFiles = 1_000_000) =>
    diskSpaceCheck({
      stateDir: '/s',
      minFreeBytes: () => 100 * MB,
      measure: async () => ({ freeBytes, freeFiles, files: 2_000_000 }),
    });

  it('is roomy, nearly full, full, or short of files', async () => {
    expect(await codes(check(600 * MB))).toEqual([]);
    expect(await codes(check(400 * MB))).toEqual(['warning disk.nearly_full /s']);
    expect(await codes(check(99 * MB))).toEqual(['error disk.full /s']);
    expect(await codes(check(600 * MB, 10))).toEqual(['warning disk.few_files /s']);
  });
});

describe('the database', () => {
  it('that grows by half within a day, or is mostly free, is told of', async () => {
    let now = Date.UTC(2026, 0, 1);
    let pages = 100_000;
    let free = 0;
    const check = databaseSizeCheck({
      path: '/nowhere/maild.db',
      pageCounts: async () => ({ pages, free, pageBytes: 8_192 }),
      storeUsable: () => true,
      now: () => now,
    });
    expect(await codes(check)).toEqual([]);
    pages = 400_000;
    now += day / 2;
    expect(await codes(check)).toEqual(['warning database.growing /nowhere/maild.db']);
    now += 2 * day;
    expect(await codes(check)).toEqual([]);
    free = 300_000;
    expect(await codes(check)).toEqual(['notice database.mostly_free /nowhere/maild.db']);
  });
});

describe('the clock', () => {
  it('that is set is told of for a day, and one that only goes on is not', async () => {
    const clock = new FakeClock();
    const watch = new ClockWatch(clock);
    watch.start();
    clock.advance(3_600_000);
    expect(await codes(clockCheck(watch))).toEqual([]);
    clock.jump(-3_600_000);
    expect(await run(clockCheck(watch))).toMatchObject({
      findings: [{ code: 'clock.jumped', evidence: expect.stringContaining('went back by 1h 00m') }],
    });
    clock.advance(day + 60_000);
    expect(await codes(clockCheck(watch))).toEqual([]);
    watch.close();
    expect(clock.pending).toBe(0);
  });
});

describe('the queue', () => {
  it('that grows, or holds old mail, is told of', async () => {
    let now = Date.UTC(2026, 0, 1);
    const counts = {
      total: 10,
      ready: 0,
      active: 0,
      deferred: 10,
      held: 0,
      bytes: 0,
      oldestAt: null as string | null,
    };
    const check = queueCheck({
      counts: async () => counts,
      expireAfterMs: () => 5 * day,
      storeUsable: () => true,
      now: () => now,
    });
    expect(await codes(check)).toEqual([]);
    now += 3_600_000;
    counts.total = 1_500;
    expect(await codes(check)).toEqual(['warning queue.growing queue']);
    now += 3 * 3_600_000;
    counts.oldestAt = new Date(now - 2 * day).toISOString();
    expect(await codes(check)).toEqual(['notice queue.old queue']);
    counts.held = counts.total;
    expect(await codes(check)).toEqual([]);
  });
});

describe('postmaster', () => {
  it('must be known in each domain', async () => {
    const directory = new FakeDirectory();
    const check = postmasterCheck(() => ['example.com'], directory);
    expect(await codes(check)).toEqual(['warning postmaster.missing postmaster@example.com']);
    directory.aliases.set('postmaster@example.com', {
      kind: 'known',
      accounts: [],
      elsewhere: ['x@y.example'],
    });
    expect(await codes(check)).toEqual([]);
  });
});

describe('listeners', () => {
  it('are reached by a connection', async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const listener: ListenerStatus = { protocol: 'smtp', address: '0.0.0.0', port, tls: 'none', error: null };
    const check = listenersCheck(() => [listener, { ...listener, port: 1, error: 'stopped' }]);
    expect(await codes(check)).toEqual([]);
    await new Promise((resolve) => server.close(resolve));
    expect(await codes(check)).toEqual([`error listener.unreachable smtp 0.0.0.0:${port}`]);
    onTestFinished(() => void server.close());
  });

  it('have to greet whoever wants to read mail', async () => {
    let greeting = '* OK ready\r\n';
    const server = createServer((socket) => socket.on('error', () => {}).end(greeting));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const port = (server.address() as AddressInfo).port;
    const imap = { protocol: 'imap', address: '127.0.0.1', port, tls: 'starttls', error: null } as const;
    expect(await codes(listenersCheck(() => [imap]))).toEqual([]);
    greeting = '* BYE [UNAVAILABLE] Too many sessions, try again later\r\n';
    expect(await codes(listenersCheck(() => [imap]))).toEqual([
      `error listener.refusing imap 127.0.0.1:${port}`,
    ]);
  });
});

describe('quotas', () => {
  const account = (address: string, bytes: number, quotaBytes = 1_000) => ({ address, bytes, quotaBytes });
  const check = (accounts: readonly ReturnType<typeof account>[]) =>
    quotaCheck({
      fullest: async (share, limit) =>
        accounts.filter(({ bytes, quotaBytes }) => bytes >= quotaBytes * share).slice(0, limit),
      storeUsable: () => true,
    });

  it('are told of when they are used up, or nearly', async () => {
    expect(
      await codes(check([account('a@b.c', 1_000), account('b@b.c', 900), account('c@b.c', 899)])),
    ).toEqual(['warning account.over_quota a@b.c', 'notice account.near_quota b@b.c']);
    expect(await codes(check([account('a@b.c', 0, 0)]))).toEqual(['warning account.over_quota a@b.c']);
    expect(await codes(check([]))).toEqual([]);
  });

  it('of very many accounts are one line more', async () => {
    const many = Array.from({ length: 500 }, (_, n) => account(`${n}@b.c`, 950));
    const found = await codes(check(many));
    expect(found).toHaveLength(21);
    expect(found.at(-1)).toBe('notice account.near_quota other accounts');
  });
});
