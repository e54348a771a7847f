/** Users of a Dovecot that was there before: taken over with their passwords, which work from the first login on. */
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type MailSystem, startMailSystem } from '../helpers/mail-system.ts';
import { jsonLines } from '../helpers/mailctl.ts';
import { SmtpTestClient } from '../helpers/smtp-test-client.ts';
import { testFolder } from '../helpers/test-store.ts';

const doveadm = spawnSync('doveadm', ['pw', '-l'], { encoding: 'utf8' });
/** Without their packages bcrypt and Argon2 are refused; test/daemon/accounts/imported-hash.test.ts says which. */
const native = await import('@node-rs/argon2' as string).then(
  () => ['BLF-CRYPT', 'ARGON2ID'],
  () => [],
);
const schemes = ['SSHA512', 'SHA512-CRYPT', 'PBKDF2', 'MD5-CRYPT', 'PLAIN', 'SCRAM-SHA-256', ...native];

const base64 = (user: string, password: string) => Buffer.from(`\0${user}\0${password}`).toString('base64');
async function login(system: MailSystem, user: string, password: string) {
  const client = await SmtpTestClient.ready(system.maild.ports.submission);
  onTestFinished(() => client.close());
  return { client, code: (await client.say(`AUTH PLAIN ${base64(user, password)}`)).code };
}

describe.skipIf(doveadm.status !== 0)('accounts import', () => {
  it("takes over Dovecot's users: they log in as before, and their hashes become ours", async () => {
    const system = await startMailSystem({ empty: true, config: 'auth.delay = "0s"\n' });
    const lines = schemes.map((scheme) => {
      const { stdout } = spawnSync('doveadm', ['pw', '-s', scheme, '-p', `pw of ${scheme}`], {
        encoding: 'utf8',
      });
      return `${scheme.toLowerCase()}@example.org:${stdout.trim()}:1000:1000::/home/x::userdb_quota_rule=*:storage=1G`;
    });
    lines.push('shut@example.org:{PLAIN}secret::::::nologin=y', 'otp@example.org:{OTP}sha1 1024 ae1e 7844');
    const file = join(await testFolder(), 'users');
    await writeFile(file, `# Dovecot\n${lines.join('\n')}\n`);
    const dry = await system.mailctl('accounts', 'import', file, '--dry-run');
    expect(dry).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`${schemes.length + 1} would be made`),
    });
    expect(await system.told('accounts', '--json')).toBe('');
    const ran = await system.mailctl('accounts', 'import', file);
    expect(ran.stdout).toMatch(/otp@example.org +refused +OTP/);
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining(`${schemes.length + 1} made`) });
    const again = await system.mailctl('accounts', 'import', file);
    expect(again.stderr).toContain(`0 made, ${schemes.length + 1} there already`);

    const stored = async () =>
      jsonLines(await system.told('accounts', '--json')).map(({ passwordScheme }) => passwordScheme);
    expect((await stored()).filter((scheme) => scheme === 'SCRYPT')).toHaveLength(2);
    for (const scheme of schemes) {
      const user = `${scheme.toLowerCase()}@example.org`;
      expect((await login(system, user, 'pw of')).code, scheme).toBe(535);
      expect((await login(system, user, `pw of ${scheme}`)).code, scheme).toBe(235);
      expect((await login(system, user, `pw of ${scheme}`)).code, scheme).toBe(235);
    }
    expect((await login(system, 'shut@example.org', 'secret')).code).toBe(535);
    expect(new Set(await stored())).toEqual(new Set(['SCRYPT']));
    expect(jsonLines(await system.told('accounts', '--json'))).toContainEqual(
      expect.objectContaining({
        address: 'pbkdf2@example.org',
        quotaBytes: 2 ** 30,
        lastLoginFrom: '127.0.0.1',
      }),
    );
    // Neither the log nor the database has any of the passwords.
    const log = await system.told('log', '-n', '1000', '--level', 'trace', '--json');
    for (const secret of ['pw of', 'secret', '$2y$', '$argon2']) expect(log).not.toContain(secret);
  }, 60_000);

  it('accounts disable and passwd end what somebody has open', async () => {
    const system = await startMailSystem({ config: 'auth.delay = "0s"\n' });
    const user = 'ann@example.org';
    const passwd = (password: string) =>
      system.mailctlWith({ stdin: `${password}\n` }, 'accounts', 'passwd', user, '--password-stdin');
    await passwd('one');
    const { client, code } = await login(system, user, 'one');
    expect(code).toBe(235);
    expect((await passwd('two')).stdout).toContain('1 session was ended');
    await client.rest();
    const second = await login(system, user, 'two');
    expect(second.code).toBe(235);
    expect(await system.told('accounts', 'disable', user)).toContain('1 session was ended');
    expect((await login(system, user, 'two')).code).toBe(535);
    await system.told('accounts', 'enable', user);
    expect((await login(system, user, 'two')).code).toBe(235);
  });
});
