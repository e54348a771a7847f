import { afterEach, describe, expect, it } from 'vitest';
import { SmtpTestClient } from '../../helpers/smtp-test-client.ts';
import { until } from '../../helpers/until.ts';
import { type Harness, type HarnessOptions, startListener } from './harness.ts';

let harness: Harness;
const start = async (options: HarnessOptions = {}) => {
  harness = await startListener(options);
  return SmtpTestClient.ready(harness.port);
};
afterEach(() => harness.close());

describe('a message', () => {
  it('is taken, and the client is told under which id', async () => {
    const client = await start();
    await client.envelope('sender@remote.example', ['alice@example.com']);
    const reply = await client.message('Subject: hi\r\n\r\nbody');
    expect(reply.text).toBe('250 2.0.0 Ok: queued as 1');
    const { envelope, content, source, local, remote } = harness.intake.only;
    expect(envelope).toEqual({
      from: 'sender@remote.example',
      bodyType: '7bit',
      smtpUtf8: false,
      envelopeId: null,
      returnContent: null,
    });
    expect(local).toEqual([
      { accountId: 1, address: 'alice@example.com', notify: null, originalRecipient: null, folder: null },
    ]);
    expect(remote).toEqual([]);
    expect(source).toEqual({ sessionId: 1, remoteAddress: '127.0.0.1', user: null });
    expect(content.subject).toBe('hi');
    expect(content.inline?.toString()).toMatch(
      /^Received: from client\.example \(\[127\.0\.0\.1\]\)\r\n\tby mx\.example\.com with ESMTP id 1\r\n\tfor <alice@example\.com>;\r\n\t.* \+0000\r\nSubject: hi\r\n\r\nbody\r\n$/,
    );
    expect(harness.registry.last.messages).toBe(1);
  });

  it('has no "for" in its trace when it goes to more than one', async () => {
    const client = await start();
    await client.envelope('a@remote.example', ['alice@example.com', 'bob@example.com']);
    await client.message('x');
    expect(harness.intake.only.content.inline?.toString()).not.toContain('for <');
  });

  it('is one of many on the same connection, each with its own envelope', async () => {
    const client = await start();
    for (let i = 1; i <= 5; i++) {
      await client.envelope(`s${i}@remote.example`);
      expect((await client.message(`body ${i}`)).text).toBe(`250 2.0.0 Ok: queued as ${i}`);
    }
    expect(harness.intake.list.map((m) => m.envelope.from)).toEqual(
      [1, 2, 3, 4, 5].map((i) => `s${i}@remote.example`),
    );
    expect(harness.intake.bodies[4]).toBe('body 5\r\n');
  });

  it('with the null sender is taken', async () => {
    const client = await start();
    await client.envelope('');
    await client.message('x');
    expect(harness.intake.only.envelope.from).toBe('');
  });

  it('has its dots taken off', async () => {
    const client = await start();
    await client.envelope();
    await client.message('..\r\n..a\r\n...');
    expect(harness.intake.bodies).toEqual(['.\r\n.a\r\n..\r\n']);
  });

  it('of several commands in one segment gets its replies in order', async () => {
    const client = await start();
    const commands = [
      'MAIL FROM:<a@b.example>',
      'RCPT TO:<alice@example.com>',
      'RCPT TO:<nobody@example.com>',
      'DATA',
    ];
    client.write(`${commands.join('\r\n')}\r\n`);
    for (const code of [250, 250, 550, 354]) await client.expect(code);
    client.write('one\r\n.\r\nMAIL FROM:<c@d.example>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n');
    for (const code of [250, 250, 250, 354]) await client.expect(code);
    client.write('two\r\n.\r\nQUIT\r\n');
    for (const code of [250, 221]) await client.expect(code);
    expect(await client.rest()).toEqual([]);
    expect(harness.intake.bodies).toEqual(['one\r\n', 'two\r\n']);
  });

  it('is logged in one line of info, with its ids', async () => {
    const client = await start();
    await client.envelope();
    await client.message('x');
    const lines = harness.log.filter((line) => line.startsWith('info message'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /"queueId":1,"sessionId":1,"remoteAddress":"127.0.0.1",.*"from":"sender@remote.example"/,
    );
  });
});

describe('EHLO', () => {
  it('offers what we can', async () => {
    harness = await startListener({ config: { maxMessageBytes: 12_345 } });
    const client = await SmtpTestClient.connect(harness.port);
    expect((await client.expect(220)).text).toBe('220 mx.example.com ESMTP');
    const { lines } = await client.say('EHLO client.example', 250);
    expect(lines).toEqual([
      'mx.example.com',
      'PIPELINING',
      'SIZE 12345',
      'STARTTLS',
      'AUTH PLAIN LOGIN',
      'ENHANCEDSTATUSCODES',
      '8BITMIME',
      'SMTPUTF8',
      'DSN',
    ]);
  });

  it.each(['EHLO', 'EHLO a b', `EHLO ${'x'.repeat(300)}`, 'HELO'])('%s is refused with 501', async (line) => {
    const client = await start();
    await client.say(line, 501);
  });

  it('ends a transaction', async () => {
    const client = await start();
    await client.envelope();
    await client.say('EHLO again.example', 250);
    await client.say('DATA', 503);
  });

  it('may be HELO, which the trace says', async () => {
    const client = await start();
    expect((await client.say('HELO old.example', 250)).lines).toEqual(['mx.example.com']);
    await client.envelope();
    await client.message('x');
    expect(harness.intake.only.content.inline?.toString()).toContain('with SMTP id');
  });
});

describe('commands out of order', () => {
  it('are refused with 503', async () => {
    harness = await startListener();
    const client = await SmtpTestClient.connect(harness.port);
    await client.expect(220);
    await client.say('MAIL FROM:<a@b.example>', 503);
    await client.say('EHLO x', 250);
    await client.say('RCPT TO:<alice@example.com>', 503);
    await client.say('DATA', 503);
    await client.say('MAIL FROM:<a@b.example>', 250);
    await client.say('MAIL FROM:<a@b.example>', 503);
    await client.say('DATA', 503);
    await client.say('RSET', 250);
    await client.say('RCPT TO:<alice@example.com>', 503);
  });

  it('with nobody to send to are refused with 554', async () => {
    const client = await start();
    await client.say('MAIL FROM:<a@b.example>', 250);
    await client.say('RCPT TO:<nobody@example.com>', 550);
    expect((await client.say('DATA')).text).toBe('554 5.5.1 No valid recipients');
  });
});

describe('other commands', () => {
  it('say nothing about who exists', async () => {
    const client = await start();
    expect(await client.say('VRFY alice')).toEqual(await client.say('VRFY nobody'));
    expect((await client.say('VRFY alice')).code).toBe(252);
    await client.say('EXPN staff', 502);
  });

  it.each([
    ['WIZ', 500],
    ['SHELL', 500],
    ['KILL 1', 500],
    ['XCLIENT ADDR=1.2.3.4', 500],
    ['XFORWARD ADDR=1.2.3.4', 500],
    ['LHLO x', 500],
    ['', 500],
    ['constructor', 500],
    ['__proto__ x', 500],
    ['DATA now', 503],
    ['noop', 250],
    ['HELP', 214],
  ])('%j is answered with %i', async (line, code) => {
    const client = await start();
    await client.say(line, code);
    await client.say('RSET', 250);
  });

  it('with control characters are refused, and logged on one line', async () => {
    const client = await start();
    for (const line of [
      'NOOP \0',
      'MAIL FROM:<a\x1b[2J@b.example>',
      'EHLO a\rb',
      'RCPT TO:<a\0@example.com>',
    ]) {
      await client.say(line, 501);
    }
    expect(harness.log.join('\n')).not.toMatch(/[\0\r\x1b]/);
  });

  it('of a web browser end the connection', async () => {
    const client = await start();
    await client.say('POST / HTTP/1.1', 421);
    expect(await client.rest()).toEqual([]);
  });
});

describe('a client that speaks before its turn', () => {
  it('is sent away when it does so before the greeting', async () => {
    harness = await startListener({ config: { smtp: { greetingDelayMs: 5_000 } } });
    const client = await SmtpTestClient.connect(harness.port);
    client.write('EHLO x\r\n');
    expect((await client.rest()).map((reply) => reply.text)).toEqual([
      '554 5.5.1 Protocol error: client spoke before its turn',
    ]);
  });

  it('is sent away when it does so before the answer to EHLO', async () => {
    harness = await startListener();
    const client = await SmtpTestClient.connect(harness.port);
    await client.expect(220);
    client.write('EHLO x\r\nMAIL FROM:<a@b.example>\r\n');
    expect((await client.rest()).map((reply) => reply.code)).toEqual([554]);
  });

  it('is sent away when it does so behind a message without PIPELINING, which was taken', async () => {
    harness = await startListener();
    const client = await SmtpTestClient.connect(harness.port);
    await client.expect(220);
    await client.say('HELO x', 250);
    await client.envelope();
    await client.say('DATA', 354);
    client.write('x\r\n.\r\nMAIL FROM:<a@b.example>\r\n');
    expect((await client.rest()).map((reply) => reply.code)).toEqual([250, 554]);
    expect(harness.intake.messages.size).toBe(1);
  });
});

describe('the greeting', () => {
  it('waits for strangers', async () => {
    harness = await startListener({ config: { smtp: { greetingDelayMs: 300 } } });
    const began = performance.now();
    const client = await SmtpTestClient.connect(harness.port);
    await client.expect(220);
    expect(performance.now() - began).toBeGreaterThan(290);
  });

  it('does not wait for relay_networks, nor at submission', async () => {
    const slow = { smtp: { greetingDelayMs: 60_000 } };
    harness = await startListener({ config: { ...slow, relayNetworks: ['127.0.0.0/8'] } });
    await (await SmtpTestClient.connect(harness.port)).expect(220);
    const submission = await startListener({ listener: { protocol: 'submission' }, config: slow });
    await (await SmtpTestClient.connect(submission.port)).expect(220);
    await submission.close();
  });
});

describe('a connection that breaks', () => {
  it('in the middle of a message leaves nothing', async () => {
    const client = await start({ config: { smtp: { inlineBytes: 100 } } });
    await client.envelope();
    await client.say('DATA', 354);
    client.write('x'.repeat(70).concat('\r\n').repeat(1_000));
    await until(() => (harness.registry.last.start.bytes?.().bytesIn ?? 0) > 70_000);
    client.close();
    await until(() => harness.registry.last.ended);
    expect(harness.intake.messages.size).toBe(0);
  });

  it('after the end of a message, before its reply, leaves one copy', async () => {
    const client = await start();
    let go = (): void => {};
    harness.intake.beforeAccept = () => new Promise((resolve) => (go = resolve));
    await client.envelope();
    await client.say('DATA', 354);
    client.write('x\r\n.\r\n');
    await until(() => harness.registry.last.detail === 'Queueing the message');
    client.close();
    await until(() => harness.registry.last.ended);
    go();
    await until(() => harness.intake.messages.size === 1);
  });
});

describe('the door of intake', () => {
  it('shut, is said at MAIL and again at the end of the message', async () => {
    const client = await start();
    const refused = { code: 452, enhancedCode: '4.3.1', text: 'Insufficient storage' };
    harness.intake.refused = refused;
    expect((await client.say('MAIL FROM:<a@b.example>')).text).toBe('452 4.3.1 Insufficient storage');
    harness.intake.refused = null;
    await client.envelope();
    await client.say('DATA', 354);
    harness.intake.refused = refused;
    client.write('x\r\n.\r\n');
    await client.expect(452);
    harness.intake.refused = null;
    await client.envelope();
    expect((await client.message('x')).code).toBe(250);
    expect(harness.intake.messages.size).toBe(1);
  });

  it.each([
    ['store.full', '452 4.3.1'],
    ['store.unavailable', '451 4.3.0'],
  ])('that fails with %s is answered %s, never 250', async (code, reply) => {
    const client = await start();
    harness.intake.beforeAccept = () => Promise.reject(Object.assign(new Error('broken'), { code }));
    await client.envelope();
    expect((await client.message('x')).text).toContain(reply);
    harness.intake.beforeAccept = async () => {};
    await client.envelope();
    expect((await client.message('x')).code).toBe(250);
  });

  it('is not asked for a directory that is gone: 451', async () => {
    const client = await start();
    await client.say('MAIL FROM:<a@b.example>', 250);
    harness.directory.failing = true;
    expect((await client.say('RCPT TO:<alice@example.com>')).text).toBe(
      '451 4.3.0 Local error, try again later',
    );
    harness.directory.failing = false;
    await client.say('RCPT TO:<alice@example.com>', 250);
  });
});
