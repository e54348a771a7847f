import { describe, expect, it } from 'vitest';
import { ImapTestClient } from '../../helpers/imap-test-client.ts';
import { until } from '../../helpers/until.ts';
import { startImap } from './harness.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const plain = base64('\0alice@example.com\0secret');

describe('the greeting', () => {
  it('says who is there and what it can do', async () => {
    const { port } = await startImap();
    const client = await ImapTestClient.open(port);
    expect(await client.line()).toBe(
      '* OK [CAPABILITY IMAP4rev1 SASL-IR ID ENABLE IDLE LITERAL- STARTTLS AUTH=PLAIN AUTH=LOGIN] mx.example.com ready',
    );
  });

  it('sends a client away that is blocked, or one too many', async () => {
    const rig = await startImap({ config: { limits: { connections: 1, connectionsPerAddress: 1 } } });
    const first = await rig.client();
    const second = await ImapTestClient.open(rig.port);
    expect(await second.rest()).toEqual(['* BYE [UNAVAILABLE] Too many sessions, try again later']);
    first.close();
    await until(() => rig.registry.live.length === 0, 'the end of both');
    rig.registry.blockedAddresses.add('127.0.0.1');
    const third = await ImapTestClient.open(rig.port);
    expect(await third.rest()).toEqual(['* BYE [UNAVAILABLE] Refused for now']);
  });
});

describe('logging in', () => {
  it('works by LOGIN, and tells what is possible now', async () => {
    const rig = await startImap();
    const client = await rig.client();
    const [told] = await client.say('LOGIN "alice@example.com" {6+}\r\nsecret');
    expect(told).toMatch(
      /^OK \[CAPABILITY IMAP4rev1 .* LITERAL\+ .* UTF8=ACCEPT APPENDLIMIT=52428800\] Logged in$/,
    );
    expect(told).not.toMatch(/AUTH=|STARTTLS|LOGINDISABLED/);
    expect(rig.registry.last).toMatchObject({ user: 'alice@example.com', state: 'authenticated' });
  });

  it.each([
    ['PLAIN, with an initial response', [`AUTHENTICATE PLAIN ${plain}`]],
    ['PLAIN, asked for it', ['AUTHENTICATE PLAIN', plain]],
    ['LOGIN', ['AUTHENTICATE LOGIN', base64('alice@example.com'), base64('secret')]],
    [
      'LOGIN, with an initial response',
      [`authenticate login ${base64('alice@example.com')}`, base64('secret')],
    ],
  ])('works by AUTHENTICATE %s', async (_, [command = '', ...answers]) => {
    const rig = await startImap();
    const client = await rig.client();
    const tag = client.send(command);
    for (const answer of answers) {
      expect(await client.line()).toMatch(/^\+ [A-Za-z0-9+/=]*$/);
      client.write(`${answer}\r\n`);
    }
    expect((await client.until(tag)).at(-1)).toMatch(/^OK \[CAPABILITY /);
    expect(rig.directory.logins).toMatchObject([{ user: 'alice@example.com', password: 'secret' }]);
    expect(await client.say('LOGIN alice@example.com secret')).toEqual(['BAD Logged in already']);
  });

  it('fails in the same words whoever it is, and the client may try again', async () => {
    const rig = await startImap();
    const client = await rig.client();
    const failed = 'NO [AUTHENTICATIONFAILED] Authentication failed';
    expect(await client.say('LOGIN alice@example.com wrong')).toEqual([failed]);
    expect(await client.say('LOGIN nobody@example.com wrong')).toEqual([failed]);
    rig.directory.loginResult = { ok: false, reason: 'disabled' };
    expect(await client.say('LOGIN alice@example.com secret')).toEqual([failed]);
    rig.directory.loginResult = { ok: false, reason: 'busy' };
    expect((await client.say('LOGIN alice@example.com secret'))[0]).toMatch(/^NO \[UNAVAILABLE\] /);
    rig.directory.loginResult = null;
    await client.ok('LOGIN alice@example.com secret');
  });

  it('ends with BYE for who is banned', async () => {
    const rig = await startImap();
    const client = await rig.client();
    rig.directory.loginResult = { ok: false, reason: 'blocked' };
    client.send('LOGIN alice@example.com secret');
    expect(await client.rest()).toEqual([
      't1 NO [AUTHENTICATIONFAILED] Authentication failed',
      '* BYE Refused for now',
    ]);
  });

  it('can be cancelled, and survives nonsense', async () => {
    const rig = await startImap();
    const client = await rig.client();
    const tag = client.send('AUTHENTICATE PLAIN');
    expect(await client.line()).toBe('+ ');
    client.write('*\r\n');
    expect(await client.until(tag)).toEqual(['BAD Authentication cancelled']);
    expect((await client.say('AUTHENTICATE PLAIN !!!'))[0]).toMatch(/^BAD /);
    expect((await client.say(`AUTHENTICATE PLAIN ${base64('bob\0alice@example.com\0secret')}`))[0]).toMatch(
      /^NO \[AUTHORIZATIONFAILED\] /,
    );
    expect((await client.say('AUTHENTICATE CRAM-MD5'))[0]).toMatch(/^NO \[CANNOT\] /);
    await client.ok('LOGIN alice@example.com secret');
  });

  it('leaves the password nowhere', async () => {
    const rig = await startImap();
    const client = await rig.client();
    await client.say('LOGIN alice@example.com wrong-secret');
    await client.say('LOGIN {17}\r\nalice@example.com "secret"').catch(() => {});
    await client.say(`AUTHENTICATE PLAIN ${plain}`).catch(() => {});
    const told = JSON.stringify([rig.logged, rig.registry.all.map(({ lines }) => lines)]);
    expect(told).toContain('alice@example.com');
    expect(told).not.toContain('secret');
    expect(told).not.toContain(plain);
  });

  it('must happen within a time, whatever the client says meanwhile', async () => {
    const rig = await startImap({ config: { imap: { loginTimeoutMs: 60_000 } } });
    const client = await rig.client();
    rig.clock.advance(40_000);
    await client.ok('NOOP');
    rig.clock.advance(25_000);
    expect(await client.rest()).toEqual(['* BYE Login takes too long']);
  });

  it('has to come before long: commands without it are counted', async () => {
    const rig = await startImap();
    const client = await rig.client();
    for (let n = 0; n < 101; n += 1) client.send('NOOP');
    const lines = await client.rest();
    expect(lines.at(-1)).toBe('* BYE Too many commands without a login');
    expect(lines.length).toBe(102);
  });
});
