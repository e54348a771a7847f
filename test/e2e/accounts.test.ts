/** Accounts, domains and aliases as an operator makes them and as SMTP clients meet them; and nobody relays unasked. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { ann, annsPassword, type MailSystem, startMailSystem } from '../helpers/mail-system.ts';
import { jsonLines } from '../helpers/mailctl.ts';
import { SmtpTestClient } from '../helpers/smtp-test-client.ts';

const base64 = (user: string, password: string) => Buffer.from(`\0${user}\0${password}`).toString('base64');

async function login(system: MailSystem, user: string, password: string): Promise<number> {
  const client = await SmtpTestClient.ready(system.maild.ports.submission);
  onTestFinished(() => client.close());
  return (await client.say(`AUTH PLAIN ${base64(user, password)}`)).code;
}

const recipientCode = async (system: MailSystem, to: string): Promise<number> => {
  const client = await system.client();
  onTestFinished(() => client.close());
  await client.say('MAIL FROM:<a@elsewhere.example>', 250);
  return (await client.say(`RCPT TO:<${to}>`)).code;
};

describe('accounts', () => {
  it('are made with a password from standard input, log in, and get mail', async () => {
    const system = await startMailSystem({ empty: true, config: 'auth.delay = "0s"\n' });
    expect((await system.mailctl('accounts')).stderr).not.toBe('');
    expect(await recipientCode(system, ann)).toBe(550);
    const refused = await system.mailctl('accounts', 'add', ann);
    expect(refused.code).toBe(64);
    const added = await system.mailctlWith(
      { stdin: `${annsPassword}\n` },
      'accounts',
      'add',
      ann,
      '--password-stdin',
    );
    expect(added.code).toBe(0);
    expect(await login(system, ann, annsPassword)).toBe(235);
    expect(await login(system, ann, 'wrong')).toBe(535);
    expect(await login(system, 'nobody@example.org', annsPassword)).toBe(535);
    await system.send({ to: [ann, 'ann+lists@example.org', 'Ann@EXAMPLE.org'] });
    expect(await system.inbox()).toMatchObject([{ uid: 1 }]);
    await system.send({ to: ['ann+lists@example.org'] });
    expect(await system.inbox()).toMatchObject([{ uid: 1 }, { uid: 2 }]);
    expect(jsonLines(await system.told('accounts', '--json'))).toMatchObject([
      { address: ann, enabled: true, lastLoginFrom: '127.0.0.1', quotaBytes: null },
    ]);
  });

  it('are shut, given a new password, and removed, at once', async () => {
    const system = await startMailSystem({ config: 'auth.delay = "0s"\n' });
    await system.told('accounts', 'edit', ann, '--disable');
    expect(await login(system, ann, annsPassword)).toBe(535);
    await system.told('accounts', 'edit', ann, '--enable');
    await system.mailctlWith({ stdin: 'another one\n' }, 'accounts', 'edit', ann, '--password-stdin');
    expect(await login(system, ann, annsPassword)).toBe(535);
    expect(await login(system, ann, 'another one')).toBe(235);
    await system.send({ to: [ann] });
    await system.told('accounts', 'remove', ann, '--yes');
    expect(await recipientCode(system, ann)).toBe(550);
    expect(await login(system, ann, 'another one')).toBe(535);
    expect((await system.mailctl('accounts', 'remove', ann, '--yes')).code).toBe(1);
  });
});

describe('domains and aliases', () => {
  it('bring mail to where it belongs', async () => {
    const system = await startMailSystem();
    await system.told('domains', 'add', 'new.example', '--catch-all', ann);
    await system.told('aliases', 'add', 'sales@example.org', ann, 'bob@example.net');
    await system.send({ to: ['anything@new.example'] });
    await system.send({ to: ['sales@example.org'] });
    await system.queueEmpty();
    expect((await system.inbox()).map(({ returnPath }) => returnPath)).toHaveLength(2);
    expect(system.remote.messages.map(({ rcpt }) => rcpt)).toMatchObject([
      [expect.stringContaining('<bob@example.net>')],
    ]);
    expect(
      jsonLines(await system.told('domains', '--json')).map(({ name, origin }) => [name, origin]),
    ).toEqual([
      ['example.org', 'config'],
      ['new.example', 'added'],
    ]);
    await system.told('aliases', 'remove', 'sales@example.org');
    expect(await recipientCode(system, 'sales@example.org')).toBe(550);
    await system.told('domains', 'remove', 'new.example');
    expect((await system.mailctl('domains', 'remove', 'example.org')).code).toBe(1);
  });
});

describe('relaying', () => {
  it('is refused to strangers, whatever they call themselves or the recipient', async () => {
    const system = await startMailSystem({
      config: 'relay_networks = []\nsmtp.greeting_delay = "0s"\nsmtp.max_errors = 100\n',
    });
    const tricks = [
      'bob@example.net',
      'bob%example.net@example.org',
      '"bob@example.net"@example.org',
      '@example.org:bob@example.net',
      'example.net!bob@example.org',
      'bob@example.net.',
      'bob@[192.0.2.1]',
      'bob@example.net@example.org',
    ];
    const client = await system.client();
    onTestFinished(() => client.close());
    await client.say(`MAIL FROM:<${ann}>`, 250);
    for (const to of tricks)
      expect((await client.say(`RCPT TO:<${to}>`)).code, to).toBeGreaterThanOrEqual(500);
    await client.say(`RCPT TO:<${ann}>`, 250);
    const status = JSON.parse(await system.told('status', '--json'));
    expect(status.queue.total).toBe(0);
    expect(await system.told('log', '--level', 'info', '--grep', 'Relaying denied')).toContain(
      'recipient refused',
    );
  });

  it('is done for those who have logged in, and submission asks for that', async () => {
    const system = await startMailSystem({ config: 'relay_networks = []\n' });
    const client = await SmtpTestClient.ready(system.maild.ports.submission);
    onTestFinished(() => client.close());
    expect((await client.say(`MAIL FROM:<${ann}>`)).text).toMatch(/^530 5\.7\.0 /);
    await client.say(`AUTH PLAIN ${base64(ann, annsPassword)}`, 235);
    await client.envelope(ann, ['bob@example.net']);
    expect((await client.message('Subject: out\r\n\r\nhello')).code).toBe(250);
    await system.queueEmpty();
    expect(system.remote.messages).toHaveLength(1);
    const shown = JSON.parse(await system.told('queue', 'show', '1', '--json'));
    expect(shown.source).toMatchObject({ user: ann, remoteAddress: '127.0.0.1' });
  });
});
