import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SmtpTestClient } from '../../helpers/smtp-test-client.ts';
import { type Harness, startListener } from './harness.ts';

let harness: Harness;
let client: SmtpTestClient;
const start = async (config: Parameters<typeof startListener>[0] = {}) => {
  harness = await startListener(config);
  client = await SmtpTestClient.ready(harness.port);
};
beforeEach(() => start());
afterEach(() => harness.close());

const mail = async (rest: string) => (await client.say(`MAIL FROM:${rest}`)).text;
const recipient = async (rest: string) => {
  await client.say('RSET', 250);
  await client.say('MAIL FROM:<a@b.example>', 250);
  return (await client.say(`RCPT TO:${rest}`)).text;
};

describe('MAIL', () => {
  it.each([
    ['<a@b.example>', '250 2.1.0 Ok'],
    [' <a@b.example>', '250 2.1.0 Ok'],
    ['<>', '250 2.1.0 Ok'],
    ['<@relay.example,@other.example:a@b.example>', '250 2.1.0 Ok'],
    ['<"quoted > local"@b.example>', '250 2.1.0 Ok'],
    ['<a@b.example> SIZE=100 BODY=8BITMIME', '250 2.1.0 Ok'],
    ['<a@b.example> BODY=7BIT RET=HDRS ENVID=abc+2Bd AUTH=<>', '250 2.1.0 Ok'],
    ['a@b.example', '501 5.1.7 Bad sender address syntax'],
    ['<a@b.example', '501 5.1.7 Bad sender address syntax'],
    ['<a b@c.example>', '501 5.1.7 Bad sender address syntax'],
    ['<a@b@c.example>', '501 5.1.7 Bad sender address syntax'],
    ['<a@b.example>SIZE=1', '501 5.5.4 Bad parameter value'],
    ['<a@b.example> SIZE=-1', '501 5.5.4 Bad parameter value'],
    ['<a@b.example> SIZE=9e99', '501 5.5.4 Bad parameter value'],
    ['<a@b.example> SIZE', '501 5.5.4 Bad parameter value'],
    ['<a@b.example> SIZE=1 size=2', '501 5.5.4 Bad parameter value'],
    ['<a@b.example> BODY=BINARYMIME', '501 5.5.4 Bad parameter value'],
    ['<a@b.example> AUTH=', '501 5.5.4 Bad parameter value'],
    ['<a@b.example> SMTPUTF8=1', '501 5.5.4 Bad parameter value'],
    ['<a@b.example> RET=SOME', '501 5.5.4 Bad parameter value'],
    ['<a@b.example> ENVID=a+0D+0Ab', '501 5.5.4 Bad parameter value'],
    [`<a@b.example> ENVID=${'x'.repeat(101)}`, '501 5.5.4 Bad parameter value'],
    ['<a@b.example> X=1', '555 5.5.4 Parameter not recognized'],
    ['<a@b.example> NOTIFY=NEVER', '555 5.5.4 Parameter not recognized'],
    ['<a@b.example> __proto__=1', '501 5.5.4 Bad parameter value'],
    ['<jürgen@b.example>', '553 5.6.7 Address needs SMTPUTF8'],
    ['<jürgen@b.example> SMTPUTF8', '250 2.1.0 Ok'],
  ])('FROM:%s is answered with %s', async (rest, reply) => {
    expect(await mail(rest)).toBe(reply);
  });

  it('with a declared size over the limit is refused and counted', async () => {
    harness.config = { ...harness.config, maxMessageBytes: 1_000 };
    expect(await mail('<a@b.example> SIZE=1001')).toBe('552 5.3.4 Message too large');
    expect(harness.counts.get('rejectedMessages')).toBe(1);
    expect(await mail('<a@b.example> SIZE=1000')).toBe('250 2.1.0 Ok');
  });
});

describe('RCPT', () => {
  it.each([
    ['<alice@example.com>', '250 2.1.5 Ok'],
    ['<ALICE@EXAMPLE.COM>', '250 2.1.5 Ok'],
    ['<@relay.example:alice@example.com>', '250 2.1.5 Ok'],
    ['<alice@example.com> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;x+40y.example', '250 2.1.5 Ok'],
    ['<alice@example.com> NOTIFY=NEVER', '250 2.1.5 Ok'],
    ['<>', '501 5.1.3 Bad recipient address syntax'],
    ['<nobody@example.com>', '550 5.1.1 No such recipient here'],
    ['<a@elsewhere.example>', '550 5.7.1 Relaying denied'],
    ['<user%remote@example.com>', '550 5.1.1 No such recipient here'],
    ['<remote!user@example.com>', '550 5.1.1 No such recipient here'],
    ['<"user@remote"@example.com>', '550 5.1.1 No such recipient here'],
    ['<"a b"@example.com>', '550 5.1.1 No such recipient here'],
    ['<@example.com:user@remote.example>', '550 5.7.1 Relaying denied'],
    ['<a@b@example.com>', '501 5.1.3 Bad recipient address syntax'],
    ['<alice@example.com.>', '501 5.1.3 Bad recipient address syntax'],
    ['<alice@[127.0.0.1]>', '550 5.7.1 Relaying denied'],
    ['<alice>', '501 5.1.3 Bad recipient address syntax'],
    ['<alice@example.com> NOTIFY=NEVER,DELAY', '501 5.5.4 Bad parameter value'],
    ['<alice@example.com> NOTIFY=', '501 5.5.4 Bad parameter value'],
    ['<alice@example.com> NOTIFY=NEVER NOTIFY=DELAY', '501 5.5.4 Bad parameter value'],
    ['<alice@example.com> ORCPT=nonsense', '501 5.5.4 Bad parameter value'],
    ['<alice@example.com> SIZE=5', '555 5.5.4 Parameter not recognized'],
    ['<jürgen@example.com>', '553 5.6.7 Address needs SMTPUTF8'],
  ])('TO:%s is answered with %s', async (rest, reply) => {
    expect(await recipient(rest)).toBe(reply);
  });

  it('that is refused for a time or for good says which', async () => {
    const refused = (temporary: boolean) => ({ kind: 'refused' as const, temporary, reason: 'over quota' });
    harness.directory.aliases.set('full@example.com', refused(true));
    harness.directory.aliases.set('off@example.com', refused(false));
    expect(await recipient('<full@example.com>')).toBe('452 4.2.2 Recipient cannot take mail now');
    expect(await recipient('<off@example.com>')).toBe('550 5.2.1 Recipient does not take mail');
  });

  it('named many times is one delivery', async () => {
    await client.say('MAIL FROM:<a@b.example>', 250);
    for (let i = 0; i < 500; i++) client.write('RCPT TO:<alice@example.com>\r\n');
    for (let i = 0; i < 500; i++) await client.expect(250);
    await client.message('x');
    expect(harness.intake.only.local).toHaveLength(1);
  });

  it('reached over several aliases is one delivery', async () => {
    const known = {
      kind: 'known' as const,
      accounts: [{ accountId: 1, address: 'alice@example.com' }],
      elsewhere: ['x@y.example'],
    };
    harness.directory.aliases.set('staff@example.com', known);
    harness.directory.aliases.set('all@example.com', known);
    await client.envelope('a@b.example', ['staff@example.com', 'all@example.com', 'alice@example.com']);
    await client.message('x');
    const { local, remote } = harness.intake.only;
    expect(local.map((r) => r.accountId)).toEqual([1]);
    expect(remote.map((r) => r.address)).toEqual(['x@y.example']);
  });

  it('beyond the limit is put off, and the message goes to the others', async () => {
    harness.config = { ...harness.config, smtp: { ...harness.config.smtp, maxRecipients: 2 } };
    harness.directory.accounts.set('carol@example.com', 3);
    await client.envelope('a@b.example', ['alice@example.com', 'bob@example.com']);
    for (let i = 0; i < 50; i++) {
      expect((await client.say('RCPT TO:<carol@example.com>')).text).toBe('452 4.5.3 Too many recipients');
    }
    await client.say('RCPT TO:<alice@example.com>', 250);
    await client.message('x');
    expect(harness.intake.only.local).toHaveLength(2);
  });

  it('is logged when it is refused', async () => {
    await recipient('<nobody@example.com>');
    const line = harness.log.find((text) => text.startsWith('info recipient refused'));
    expect(line).toMatch(/"sessionId":1,.*"recipient":"nobody@example.com","reply":"550 5.1.1/);
  });

  it('counts a message as rejected when none was taken, once', async () => {
    await client.say('MAIL FROM:<a@b.example>', 250);
    await client.say('RCPT TO:<nobody@example.com>', 550);
    await client.say('RCPT TO:<nobody2@example.com>', 550);
    await client.say('RSET', 250);
    await client.say('MAIL FROM:<a@b.example>', 250);
    await client.say('RCPT TO:<nobody@example.com>', 550);
    await client.say('RCPT TO:<alice@example.com>', 250);
    await client.say('QUIT', 221);
    expect(harness.counts.get('rejectedMessages')).toBe(1);
  });
});

describe('postmaster without a domain', () => {
  const accept = async (): Promise<unknown> => {
    await client.envelope('a@b.example', ['postmaster']);
    await client.message('x');
    const { local, remote } = harness.intake.only;
    return [...local, ...remote].map((r) => r.address);
  };

  it('is the one of the first domain', async () => {
    harness.directory.accounts.set('postmaster@example.com', 9);
    expect(await accept()).toEqual(['postmaster@example.com']);
  });

  it('is the configured one, which may be elsewhere', async () => {
    harness.config = { ...harness.config, postmaster: 'admin@elsewhere.example' };
    expect(await accept()).toEqual(['admin@elsewhere.example']);
  });

  it('stands in for the postmaster of each domain of ours', async () => {
    harness.config = { ...harness.config, postmaster: 'alice@example.com' };
    expect(await recipient('<PostMaster@example.com>')).toBe('250 2.1.5 Ok');
    expect(await recipient('<postmaster@elsewhere.example>')).toBe('550 5.7.1 Relaying denied');
  });

  it('is refused when there is none', async () => {
    expect(await recipient('<postmaster>')).toBe('550 5.1.1 No such recipient here');
  });
});

describe('what the client said', () => {
  it('is in the envelope', async () => {
    await client.say('MAIL FROM:<jürgen@b.example> SMTPUTF8 BODY=8BITMIME RET=FULL ENVID=QQ+2B314', 250);
    await client.say(
      'RCPT TO:<alice@example.com> NOTIFY=SUCCESS,failure ORCPT=rfc822;Bob+2Bx@e.example',
      250,
    );
    await client.message('x');
    const { envelope, local } = harness.intake.only;
    expect(envelope).toEqual({
      from: 'jürgen@b.example',
      bodyType: '8bitmime',
      smtpUtf8: true,
      envelopeId: 'QQ+314',
      returnContent: 'full',
    });
    expect(local[0]).toMatchObject({
      notify: 'SUCCESS,FAILURE',
      originalRecipient: 'rfc822;Bob+x@e.example',
    });
    expect(harness.intake.only.content.inline?.toString()).toContain('with UTF8SMTP id');
  });

  it('about a recipient stays known behind an alias', async () => {
    harness.directory.aliases.set('staff@example.com', {
      kind: 'known',
      accounts: [],
      elsewhere: ['x@y.example'],
    });
    await client.envelope('a@b.example', ['staff@example.com']);
    await client.message('x');
    expect(harness.intake.only.remote).toEqual([
      { address: 'x@y.example', notify: null, originalRecipient: 'rfc822;staff@example.com' },
    ]);
  });
});

describe('relaying', () => {
  it('is for relay_networks', async () => {
    await harness.close();
    await start({ config: { relayNetworks: ['127.0.0.0/8'] } });
    await client.envelope('a@b.example', ['x@elsewhere.example', 'alice@example.com']);
    await client.message('x');
    const { local, remote } = harness.intake.only;
    expect(remote.map((r) => r.address)).toEqual(['x@elsewhere.example']);
    expect(local.map((r) => r.address)).toEqual(['alice@example.com']);
  });

  it('follows a change of relay_networks, for new connections', async () => {
    expect(await recipient('<x@elsewhere.example>')).toContain('550');
    harness.config = { ...harness.config, relayNetworks: ['127.0.0.0/8'] };
    client = await SmtpTestClient.ready(harness.port);
    expect(await recipient('<x@elsewhere.example>')).toBe('250 2.1.5 Ok');
  });

  it('is denied with a sender of ours and with the null sender too', async () => {
    await client.say('MAIL FROM:<alice@example.com>', 250);
    await client.say('RCPT TO:<x@elsewhere.example>', 550);
    await client.say('RSET', 250);
    await client.say('MAIL FROM:<>', 250);
    await client.say('RCPT TO:<x@elsewhere.example>', 550);
  });
});
