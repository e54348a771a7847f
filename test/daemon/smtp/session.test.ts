import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { SmtpTestClient } from '../../helpers/smtp-test-client.ts';
import { until } from '../../helpers/until.ts';
import { type Harness, type HarnessOptions, startListener } from './harness.ts';

let harness: Harness;
const start = async (options: HarnessOptions = {}) => {
  harness = await startListener(options);
  return SmtpTestClient.ready(harness.port);
};
afterEach(() => harness.close());

const texts = async (client: SmtpTestClient) => (await client.rest()).map((reply) => reply.text);
const state = () => ({ state: harness.registry.last.state, detail: harness.registry.last.detail });

/** Holds the next message between its end and its reply. */
function hold() {
  let go = (): void => {};
  harness.intake.beforeAccept = () => new Promise((resolve) => (go = resolve));
  return () => go();
}

async function holdMessage(client: SmtpTestClient): Promise<() => void> {
  const go = hold();
  await client.envelope();
  await client.say('DATA', 354);
  client.write('x\r\n.\r\n');
  await until(() => harness.registry.last.detail === 'Queueing the message');
  return go;
}

describe('the session', () => {
  it('is there from accept to close, and says what is going on', async () => {
    harness = await startListener({ config: { smtp: { greetingDelayMs: 500 } } });
    const client = await SmtpTestClient.connect(harness.port);
    await until(() => harness.registry.live.length === 1);
    expect(state()).toEqual({ state: 'greeting', detail: 'Greeting' });
    expect(harness.registry.last.start).toMatchObject({
      type: 'smtp',
      remoteAddress: '127.0.0.1',
      localPort: harness.port,
    });
    expect(harness.registry.last.start.remotePort).toBe(client.socket.localPort);
    await client.expect(220);
    expect(state()).toEqual({ state: 'greeting', detail: 'Waiting' });
    await client.say('EHLO x', 250);
    expect(state()).toEqual({ state: 'ehlo', detail: 'Waiting' });
    await client.say('MAIL FROM:<a@b.example>', 250);
    expect(state()).toEqual({ state: 'mail', detail: 'Waiting' });
    await client.say('RCPT TO:<alice@example.com>', 250);
    expect(state()).toEqual({ state: 'rcpt', detail: 'Waiting' });
    await client.say('DATA', 354);
    expect(state()).toEqual({ state: 'data', detail: 'DATA, 0 bytes so far' });
    client.write('x\r\n.\r\n');
    await client.expect(250);
    expect(state()).toEqual({ state: 'ehlo', detail: 'Waiting' });
    await client.say('QUIT', 221);
    client.close();
    await until(() => harness.registry.live.length === 0);
    expect(state()).toEqual({ state: 'closing', detail: 'Closing' });
  });

  it('keeps the dialogue as it was', async () => {
    const client = await start();
    await client.envelope();
    await client.message('x');
    await client.say('QUIT', 221);
    expect(harness.registry.last.lines.filter((line) => !line.startsWith('> 250-'))).toEqual([
      '> 220 mx.example.com ESMTP',
      '< EHLO client.example',
      '> 250 DSN',
      '< MAIL FROM:<sender@remote.example>',
      '> 250 2.1.0 Ok',
      '< RCPT TO:<alice@example.com>',
      '> 250 2.1.5 Ok',
      '< DATA',
      '> 354 End data with <CR><LF>.<CR><LF>',
      '* message of 3 bytes',
      '> 250 2.0.0 Ok: queued as 1',
      '< QUIT',
      '> 221 2.0.0 Bye',
    ]);
  });

  it('counts the bytes of the wire', async () => {
    const client = await start();
    await client.say('NOOP', 250);
    const { bytesIn, bytesOut } = harness.registry.last.start.bytes?.() ?? { bytesIn: 0, bytesOut: 0 };
    expect(bytesIn).toBe('EHLO client.example\r\nNOOP\r\n'.length);
    expect(bytesOut).toBe(client.socket.bytesRead);
  });

  it('ends with its socket, whoever closes it', async () => {
    const client = await start();
    client.socket.resetAndDestroy();
    await until(() => harness.registry.live.length === 0);
  });
});

describe('an operator who ends a session', () => {
  const reply = '421 4.3.2 Session ended: by request';

  it('has the client told, and the socket closed', async () => {
    const client = await start();
    harness.registry.last.kill('by request');
    expect(await texts(client)).toEqual([reply]);
    await until(() => harness.registry.last.ended);
  });

  it('ends it in the middle of a message, of which nothing stays', async () => {
    const client = await start();
    await client.envelope();
    await client.say('DATA', 354);
    client.write('half a message\r\n');
    await until(() => harness.registry.last.detail.includes('16 bytes'));
    harness.registry.last.kill('by request');
    expect(await texts(client)).toEqual([reply]);
    await until(() => harness.registry.last.ended);
    expect(harness.intake.messages.size).toBe(0);
  });

  it('lets a client whose message is just being stored hear of it first', async () => {
    const client = await start();
    const go = await holdMessage(client);
    harness.registry.last.kill('by request');
    go();
    expect(await texts(client)).toEqual(['250 2.0.0 Ok: queued as 1', reply]);
  });

  it('does not wait long for that', async () => {
    const clock = new FakeClock();
    const client = await start({ clock });
    const go = await holdMessage(client);
    harness.registry.last.kill('by request');
    clock.advance(2_000);
    expect(await texts(client)).toEqual([reply]);
    go();
  });

  it('does not wait for a client that keeps its side open', async () => {
    const clock = new FakeClock();
    const client = await start({ clock });
    client.socket.pause();
    client.socket.setKeepAlive(true);
    harness.registry.last.kill('by request');
    clock.advance(1_000);
    await until(() => harness.registry.last.ended);
    client.close();
  });

  it('ends it in a handshake too', async () => {
    const client = await start();
    await client.say('STARTTLS', 220);
    await until(() => harness.registry.last.detail === 'TLS handshake');
    harness.registry.last.kill('by request');
    await until(() => harness.registry.last.ended);
    const implicit = await startListener({ listener: { tls: 'implicit' } });
    const { connect } = await import('node:net');
    const socket = connect(implicit.port, '127.0.0.1').on('error', () => {});
    await until(() => implicit.registry.live.length === 1);
    implicit.registry.last.kill('by request');
    await until(() => implicit.registry.live.length === 0);
    socket.destroy();
    await implicit.close();
  });

  it('ends it over TLS', async () => {
    const client = await start();
    await client.startTls();
    await client.say('EHLO x', 250);
    harness.registry.last.kill('by request');
    expect(await texts(client)).toEqual([reply]);
  });

  it('cannot be made to say what splits the reply', async () => {
    const client = await start();
    harness.registry.last.kill('bad\r\n250 é');
    expect(await texts(client)).toEqual(['421 4.3.2 Session ended: bad??250 ?']);
  });
});

describe('the end of the listener', () => {
  it('sends idle clients away and takes no new ones', async () => {
    const client = await start();
    const closing = harness.listener.close({ drainMs: 10_000 });
    expect(await texts(client)).toEqual(['421 4.3.2 Server is shutting down']);
    await closing;
    await expect(SmtpTestClient.connect(harness.port)).rejects.toThrow('ECONNREFUSED');
    expect(harness.registry.live).toEqual([]);
  });

  it('lets a message come in that is on its way', async () => {
    const client = await start();
    await client.envelope();
    await client.say('DATA', 354);
    client.write('half ');
    await until(() => harness.registry.last.detail.includes('5 bytes'));
    const closing = harness.listener.close({ drainMs: 10_000 });
    client.write('and half\r\n.\r\n');
    expect(await texts(client)).toEqual(['250 2.0.0 Ok: queued as 1', '421 4.3.2 Server is shutting down']);
    await closing;
    expect(harness.intake.bodies).toEqual(['half and half\r\n']);
  });

  it('waits for that no longer than it was told', async () => {
    const clock = new FakeClock();
    const client = await start({ clock });
    await client.envelope();
    await client.say('DATA', 354);
    client.write('half');
    const closing = harness.listener.close({ drainMs: 5_000 });
    clock.advance(5_000);
    await closing;
    expect(harness.intake.messages.size).toBe(0);
  });

  it('leaves no timer behind', async () => {
    const clock = new FakeClock();
    await start({ clock });
    await harness.listener.close({ drainMs: 5_000 });
    expect(clock.pending).toBe(0);
  });

  it('can come twice, and before the beginning', async () => {
    await start();
    await harness.listener.close({ drainMs: 0 });
    await harness.listener.close({ drainMs: 0 });
  });
});

it('says when a port cannot be had', async () => {
  await start();
  const second = startListener({ listener: { port: harness.port } });
  await expect(second).rejects.toMatchObject({ code: 'smtp.listen' });
});
