import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { SmtpTestClient } from '../../helpers/smtp-test-client.ts';
import { type Harness, type HarnessOptions, startListener } from './harness.ts';

let harness: Harness;
const start = async (options: HarnessOptions = {}) => {
  harness = await startListener(options);
  return SmtpTestClient.ready(harness.port);
};
afterEach(() => harness.close());

const base64 = (text: string) => Buffer.from(text).toString('base64');
const plain = (user: string, password: string) => base64(`\0${user}\0${password}`);
const right = plain('alice@example.com', 'secret');

describe('AUTH', () => {
  it('PLAIN in one line lets a user relay', async () => {
    const client = await start();
    expect((await client.say(`AUTH PLAIN ${right}`)).text).toBe('235 2.7.0 Authentication successful');
    await client.envelope('anyone@anywhere.example', ['x@elsewhere.example']);
    await client.message('x');
    expect(harness.intake.only.source.user).toBe('alice@example.com');
    expect(harness.intake.only.content.inline?.toString()).toContain('with ESMTPA id');
    expect(harness.registry.last.user).toBe('alice@example.com');
  });

  it('PLAIN over two lines, and LOGIN in both ways', async () => {
    let client = await start();
    expect((await client.say('AUTH PLAIN')).text).toBe('334 ');
    await client.say(right, 235);
    client = await SmtpTestClient.ready(harness.port);
    await client.say('AUTH LOGIN', 334);
    await client.say(base64('alice@example.com'), 334);
    await client.say(base64('secret'), 235);
    client = await SmtpTestClient.ready(harness.port);
    await client.say(`AUTH LOGIN ${base64('alice@example.com')}`, 334);
    await client.say(base64('secret'), 235);
    expect(harness.directory.logins.map((login) => login.remoteAddress)).toEqual(Array(3).fill('127.0.0.1'));
  });

  it('answers the same for an unknown user, a wrong password and a disabled account', async () => {
    const client = await start();
    const refused = '535 5.7.8 Authentication credentials invalid';
    expect((await client.say(`AUTH PLAIN ${plain('nobody@example.com', 'x')}`)).text).toBe(refused);
    expect((await client.say(`AUTH PLAIN ${plain('alice@example.com', 'x')}`)).text).toBe(refused);
    harness.directory.loginResult = { ok: false, reason: 'disabled' };
    expect((await client.say(`AUTH PLAIN ${right}`)).text).toBe(refused);
  });

  it('of who is blocked ends the connection', async () => {
    const client = await start();
    harness.directory.loginResult = { ok: false, reason: 'blocked' };
    expect((await client.say(`AUTH PLAIN ${right}`)).text).toContain('421 4.7.0');
    expect(await client.rest()).toEqual([]);
  });

  it('of a blocked user does not come to a check of the password', async () => {
    const client = await start();
    harness.registry.blockedUsers.add('alice@example.com');
    await client.say(`AUTH PLAIN ${right}`, 421);
    expect(harness.directory.logins).toEqual([]);
  });

  it('that cannot be checked now is put off', async () => {
    const client = await start();
    harness.directory.loginResult = { ok: false, reason: 'busy' };
    expect((await client.say(`AUTH PLAIN ${right}`)).text).toBe('454 4.7.0 Temporary authentication failure');
    harness.directory.login = () => Promise.reject(new Error('database is gone'));
    expect((await client.say(`AUTH PLAIN ${right}`)).text).toBe('451 4.3.0 Local error, try again later');
  });

  it.each([
    ['AUTH', 504],
    ['AUTH CRAM-MD5', 504],
    ['AUTH XOAUTH2 abc', 504],
    ['AUTH XCLIENT abc', 504],
    ['AUTH PLAIN a b', 501],
    [`AUTH PLAIN ${base64('one part')}`, 501],
    [`AUTH PLAIN ${base64('\0a\nb\0secret')}`, 501],
    [`AUTH PLAIN ${base64('\0a\rb\0secret')}`, 501],
    [`AUTH PLAIN ${base64('\0a\0b\0secret')}`, 501],
    [`AUTH LOGIN ${base64('a\x1b[2J')}`, 501],
    [`AUTH PLAIN ${'A'.repeat(12_000)}`, 501],
    [`AUTH PLAIN ${'A'.repeat(1_000_000)}`, 500],
  ])('%.40s is refused with %i', async (line, code) => {
    const client = await start();
    await client.say(line, code);
    await client.say('NOOP', 250);
    expect(harness.directory.logins).toEqual([]);
  });

  it('can be called off with an asterisk', async () => {
    const client = await start();
    await client.say('AUTH PLAIN', 334);
    await client.say('*', 501);
    await client.say('AUTH LOGIN', 334);
    await client.say(base64('alice@example.com'), 334);
    await client.say('*', 501);
    await client.say('NOOP', 250);
  });

  it('is for once, after EHLO, and not in a transaction', async () => {
    harness = await startListener();
    const client = await SmtpTestClient.connect(harness.port);
    await client.expect(220);
    await client.say(`AUTH PLAIN ${right}`, 503);
    await client.say('EHLO x', 250);
    await client.say('MAIL FROM:<a@b.example>', 250);
    await client.say(`AUTH PLAIN ${right}`, 503);
    await client.say('RSET', 250);
    await client.say(`AUTH PLAIN ${right}`, 235);
    await client.say(`AUTH PLAIN ${right}`, 503);
    expect((await client.say('EHLO x', 250)).lines).not.toContain('AUTH PLAIN LOGIN');
  });

  it('leaves no secret in the transcript or the log, whatever came of it', async () => {
    const client = await start();
    await client.say(`AUTH PLAIN ${plain('alice@example.com', 'hunter2')}`, 535);
    await client.say(`auth plain ${plain('alice@example.com', 'hunter2')}`, 535);
    await client.say(`AUTH\tPLAIN ${base64('hunter2')}`, 500);
    await client.say(`AUTHPLAIN ${base64('hunter2')}`, 500);
    await client.say(`AUTH ${base64('hunter2')}`, 504);
    await client.say('AUTH CRAM-MD5', 504);
    await client.say(base64('hunter2'), 500);
    await client.say('AUTH LOGIN', 334);
    await client.say(base64('alice@example.com'), 334);
    await client.say(base64('hunter2'), 535);
    await client.say(`AUTH PLAIN ${right}`, 235);
    const told = [...harness.registry.last.lines, ...harness.log].join('\n');
    for (const secret of ['hunter2', base64('hunter2'), plain('alice@example.com', 'hunter2'), right]) {
      expect(told).not.toContain(secret);
    }
    expect(harness.registry.last.lines).toContain('< AUTH PLAIN ***');
  });
});

/** An address of this machine that is not loopback; undefined on one that has no other. */
const elsewhere = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

describe('AUTH without TLS', () => {
  it.skipIf(elsewhere === undefined)('is neither offered nor taken beyond loopback', async () => {
    harness = await startListener({ listener: { address: '0.0.0.0' } });
    const client = await SmtpTestClient.connect(harness.port, { host: elsewhere ?? '' });
    await client.expect(220);
    const offers = (await client.say('EHLO x', 250)).lines;
    expect(offers).not.toContain('AUTH PLAIN LOGIN');
    expect(offers).toContain('STARTTLS');
    expect((await client.say(`AUTH PLAIN ${right}`)).text).toBe(
      '538 5.7.11 Encryption required for authentication',
    );
    await client.startTls();
    expect((await client.say('EHLO x', 250)).lines).toContain('AUTH PLAIN LOGIN');
    await client.say(`AUTH PLAIN ${right}`, 235);
  });
});

describe('submission', () => {
  const submission: HarnessOptions = { listener: { protocol: 'submission' } };

  it('wants a login before it takes mail, even for us', async () => {
    const client = await start(submission);
    expect((await client.say('MAIL FROM:<alice@example.com>')).text).toBe(
      '530 5.7.0 Authentication required',
    );
    await client.say(`AUTH PLAIN ${right}`, 235);
    await client.envelope('alice@example.com', ['x@elsewhere.example', 'bob@example.com']);
    expect((await client.message('x')).code).toBe(250);
    expect(harness.registry.last.type).toBe('submission');
  });

  it('wants none of relay_networks', async () => {
    const client = await start({ ...submission, config: { relayNetworks: ['127.0.0.0/8'] } });
    await client.envelope('alice@example.com', ['x@elsewhere.example']);
    expect((await client.message('x')).code).toBe(250);
  });
});
