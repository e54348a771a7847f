import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { makeSelfSignedCertificate } from '../../../daemon/net/self-signed-certificate.ts';
import { SmtpTestClient } from '../../helpers/smtp-test-client.ts';
import { until } from '../../helpers/until.ts';
import { type Harness, startListener } from './harness.ts';

let harness: Harness;
afterEach(() => harness.close());

const bytesOf = (h: Harness) => h.registry.last.start.bytes?.() ?? { bytesIn: 0, bytesOut: 0 };

describe('STARTTLS', () => {
  it('secures the dialogue, which begins anew', async () => {
    harness = await startListener();
    const client = await SmtpTestClient.ready(harness.port);
    await client.startTls();
    await client.say('MAIL FROM:<a@b.example>', 503);
    const { lines } = await client.say('EHLO inside.example', 250);
    expect(lines).not.toContain('STARTTLS');
    await client.envelope();
    await client.message('x');
    const received = harness.intake.only.content.inline?.toString();
    expect(received).toContain('from inside.example');
    expect(received).toMatch(/with ESMTPS id 1\r\n\t\(using TLSv1\.3 TLS_\w+\)/);
    expect(harness.registry.all).toHaveLength(1);
    expect(harness.registry.last.tls).toBe('TLSv1.3');
  });

  it('counts the bytes of the wire over the change', async () => {
    harness = await startListener();
    const client = await SmtpTestClient.ready(harness.port);
    const before = bytesOf(harness);
    await client.startTls();
    await client.say('EHLO x', 250);
    await client.envelope();
    await client.message('y'.repeat(900).concat('\r\n').repeat(50));
    const after = bytesOf(harness);
    expect(before.bytesIn).toBe('EHLO client.example\r\n'.length);
    expect(after.bytesIn).toBeGreaterThan(45_000 + before.bytesIn);
    expect(after.bytesIn).toBeLessThan(60_000);
    expect(after.bytesOut).toBeGreaterThan(before.bytesOut + 1_000);
    client.close();
    await until(() => harness.registry.last.ended);
    expect(bytesOf(harness).bytesIn).toBeGreaterThanOrEqual(after.bytesIn);
  });

  it.each([
    ['in one segment', ['STARTTLS\r\nMAIL FROM:<evil@b.example>\r\n']],
    ['in two', ['STARTTLS\r\n', 'MAIL FROM:<evil@b.example>\r\nRCPT TO:<alice@example.com>\r\n']],
    ['by the hundred', [`STARTTLS\r\n${'NOOP\r\n'.repeat(500)}`]],
  ])('never runs inside TLS what was injected before it, %s', async (_, segments) => {
    harness = await startListener();
    const client = await SmtpTestClient.ready(harness.port);
    for (const segment of segments) client.write(segment);
    await client.expect(220);
    client.socket.removeAllListeners();
    const socket = connectTls({ socket: client.socket, rejectUnauthorized: false });
    socket.on('error', () => {});
    // Whether the handshake survives the junk is of no matter; that nothing of it is run is.
    await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')]);
    if (!socket.destroyed) {
      let heard = '';
      socket.on('data', (data: Buffer) => (heard += data.toString()));
      socket.write('EHLO inside.example\r\nQUIT\r\n');
      await once(socket, 'close');
      expect(heard).not.toContain('2.1.0');
      expect(heard).not.toContain('Ok');
    }
    expect(harness.registry.last.lines.filter((line) => /evil|NOOP/.test(line))).toEqual([]);
    socket.destroy();
  });

  it('is refused with an argument, twice, in a transaction and after AUTH', async () => {
    harness = await startListener();
    const client = await SmtpTestClient.ready(harness.port);
    await client.say('STARTTLS now', 501);
    await client.say('MAIL FROM:<a@b.example>', 250);
    await client.say('STARTTLS', 503);
    await client.say('RSET', 250);
    await client.startTls();
    await client.say('EHLO x', 250);
    await client.say('STARTTLS', 503);
    const other = await SmtpTestClient.ready(harness.port);
    await other.say(`AUTH PLAIN ${Buffer.from('\0alice@example.com\0secret').toString('base64')}`, 235);
    await other.say('STARTTLS', 503);
  });

  it('is not there without a certificate', async () => {
    harness = await startListener({ listener: { tls: 'none' } });
    const client = await SmtpTestClient.ready(harness.port);
    expect((await client.say('EHLO x', 250)).lines).not.toContain('STARTTLS');
    await client.say('STARTTLS', 502);
  });

  it('answered with nonsense closes the socket and the session', async () => {
    harness = await startListener();
    const client = await SmtpTestClient.ready(harness.port);
    await client.say('STARTTLS', 220);
    client.write('this is no handshake at all\r\n');
    await until(() => harness.registry.last.ended);
    const next = await SmtpTestClient.ready(harness.port);
    await next.say('NOOP', 250);
  });
});

describe('TLS from the start', () => {
  it('has its session in the registry from the first byte on', async () => {
    harness = await startListener({ listener: { tls: 'implicit' } });
    const socket = connect(harness.port, '127.0.0.1');
    await until(() => harness.registry.live.length === 1);
    expect(harness.registry.last.detail).toBe('TLS handshake');
    socket.write('x');
    await until(() => bytesOf(harness).bytesIn === 1);
    socket.destroy();
    await until(() => harness.registry.live.length === 0);
  });

  it('carries the whole dialogue, and AUTH', async () => {
    harness = await startListener({ listener: { tls: 'implicit', protocol: 'submission' } });
    const client = await SmtpTestClient.connectTls(harness.port);
    await client.expect(220);
    const { lines } = await client.say('EHLO x', 250);
    expect(lines).toContain('AUTH PLAIN LOGIN');
    expect(lines).not.toContain('STARTTLS');
    await client.say(`AUTH PLAIN ${Buffer.from('\0alice@example.com\0secret').toString('base64')}`, 235);
    await client.envelope('alice@example.com', ['x@elsewhere.example']);
    await client.message('x');
    expect(harness.intake.only.content.inline?.toString()).toContain('with ESMTPSA id');
    expect(harness.registry.last).toMatchObject({ tls: 'TLSv1.3', user: 'alice@example.com', messages: 1 });
    expect(harness.registry.all).toHaveLength(1);
  });

  it('refused in the handshake ends the session', async () => {
    harness = await startListener({ listener: { tls: 'implicit' } });
    const socket = connect(harness.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('EHLO in the clear\r\n');
    await once(socket, 'close');
    await until(() => harness.registry.live.length === 0);
    expect(harness.registry.all).toHaveLength(1);
  });

  it('says to a blocked client why', async () => {
    harness = await startListener({ listener: { tls: 'implicit' } });
    harness.registry.blockedAddresses.add('127.0.0.1');
    const client = await SmtpTestClient.connectTls(harness.port);
    expect((await client.rest()).map((reply) => reply.text)).toEqual(['554 5.7.1 Access denied']);
  });

  it('over the limit of connections is closed before the handshake', async () => {
    harness = await startListener({
      listener: { tls: 'implicit' },
      config: { limits: { connectionsPerAddress: 1 } },
    });
    const client = await SmtpTestClient.connectTls(harness.port);
    await client.expect(220);
    const socket = connect(harness.port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'close');
    await until(() => harness.registry.live.length === 1);
  });

  it('takes nothing older than TLS 1.2', async () => {
    harness = await startListener({ listener: { tls: 'implicit' } });
    const options = { host: '127.0.0.1', port: harness.port, rejectUnauthorized: false };
    const socket = connectTls({
      ...options,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'ALL@SECLEVEL=0',
    });
    const [error] = await once(socket, 'error');
    expect(error).toBeInstanceOf(Error);
  });
});

it('shows a new certificate to new clients, and keeps the old one when the new one is broken', async () => {
  harness = await startListener({ listener: { tls: 'implicit' } });
  const fingerprint = async () => {
    const socket = connectTls({ host: '127.0.0.1', port: harness.port, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  };
  const first = await fingerprint();
  const made = makeSelfSignedCertificate('other.example', Date.now());
  harness.listener.updateTls({ cert: made.certificate, key: made.key });
  const second = await fingerprint();
  expect(second).not.toBe(first);
  expect(() => harness.listener.updateTls({ cert: 'nonsense', key: made.key })).toThrow();
  expect(await fingerprint()).toBe(second);
});
