import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeSelfSignedCertificate } from '../../../daemon/net/self-signed-certificate.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { until } from '../../helpers/until.ts';
import { Client, type Harness, startListener } from './harness.ts';

let harness: Harness;
afterEach(() => harness.close());

describe('TLS from the start', () => {
  let sessions: Buffer[] = [];
  beforeEach(() => {
    sessions = [];
  });
  const open = async (options: object = {}): Promise<Client> => {
    const socket = connectTls({
      port: harness.listener.port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ...options,
    });
    const client = new Client(socket);
    socket.on('session', (session) => sessions.push(session));
    let up = false;
    socket.once('secureConnect', () => {
      up = true;
    });
    await until(() => up || client.closed);
    return client;
  };

  it('greets after the handshake', async () => {
    harness = await startListener({ tls: 'implicit' });
    const client = await open();
    await until(() => client.text === 'hello friend\r\n');
    expect(harness.last().client).toMatchObject({ secure: true, offersTls: false, mayLogIn: true });
    client.socket.write('abc');
    await until(() => client.text.endsWith('abc'));
    client.socket.destroy();
    await until(() => harness.registry.last.ended);
  });

  it('takes up a session of before', async () => {
    harness = await startListener({ tls: 'implicit' });
    const first = await open();
    await until(() => sessions.length > 0);
    const second = await open({ session: sessions[0] });
    expect(
      'isSessionReused' in second.socket &&
        (second.socket as ReturnType<typeof connectTls>).isSessionReused(),
    ).toBe(true);
    first.socket.destroy();
    second.socket.destroy();
  });

  it('is not older than 1.2', async () => {
    harness = await startListener({ tls: 'implicit' });
    const client = await open({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
    await until(() => client.error !== null && harness.registry.last.ended);
    expect(harness.echoes).toEqual([]);
  });

  it('has a minute for its handshake', async () => {
    const clock = new FakeClock();
    harness = await startListener({ tls: 'implicit', clock });
    const client = harness.connect();
    await until(() => harness.registry.all.length === 1);
    expect(harness.registry.last.detail).toBe('TLS handshake');
    clock.advance(61_000);
    await until(() => client.closed);
    expect(harness.registry.last.ended).toBe(true);
  });

  it('shows a new certificate from the next handshake on, and keeps the old one when the new one is bad', async () => {
    harness = await startListener({ tls: 'implicit' });
    const subject = async (): Promise<string> => {
      const client = await open();
      const { subject } = (client.socket as ReturnType<typeof connectTls>).getPeerCertificate();
      client.socket.destroy();
      return String(subject.CN);
    };
    expect(await subject()).toBe('mx.example.com');
    expect(() => harness.listener.updateTls({ cert: 'x', key: 'y' })).toThrow();
    expect(await subject()).toBe('mx.example.com');
    const { certificate, key } = makeSelfSignedCertificate('new.example.com', Date.now());
    harness.listener.updateTls({ cert: certificate, key });
    expect(await subject()).toBe('new.example.com');
  });
});

describe('limits', () => {
  it('are told to the dialogue', async () => {
    harness = await startListener({
      config: { limits: { connections: 1, connectionsPerAddress: 100, connectionsPerUser: 5 } },
    });
    const first = harness.connect();
    await until(() => first.text === 'hello friend\r\n');
    const second = harness.connect();
    await until(() => second.closed);
    expect(second.text).toBe('hello server_full\r\n');
    harness.config = {
      ...harness.config,
      limits: { ...harness.config.limits, connections: 9, connectionsPerAddress: 1 },
    };
    const third = harness.connect();
    await until(() => third.closed);
    expect(third.text).toBe('hello address_full\r\n');
    harness.registry.blockedAddresses.add('127.0.0.1');
    const fourth = harness.connect();
    await until(() => fourth.closed);
    expect(fourth.text).toBe('hello blocked\r\n');
  });

  it('per address are not for relay_networks', async () => {
    harness = await startListener({
      config: {
        relayNetworks: ['127.0.0.0/8'],
        limits: { connections: 100, connectionsPerAddress: 1, connectionsPerUser: 5 },
      },
    });
    const clients = [harness.connect(), harness.connect(), harness.connect()];
    await until(() => clients.every((client) => client.text === 'hello friend\r\n'));
  });

  it('spare us the handshakes of who is too many', async () => {
    harness = await startListener({
      tls: 'implicit',
      config: { limits: { connections: 100, connectionsPerAddress: 1, connectionsPerUser: 5 } },
    });
    harness.connect();
    await until(() => harness.registry.all.length === 1);
    const second = harness.connect();
    await until(() => second.closed && harness.registry.live.length === 1);
    expect(harness.echoes).toEqual([]);
  });
});

describe('close', () => {
  it('lets a dialogue end, and ends it after the time that it has', async () => {
    const clock = new FakeClock();
    harness = await startListener({ clock });
    const client = harness.connect();
    await until(() => client.text !== '');
    let closed = false;
    const closing = harness.listener.close({ drainMs: 5_000 }).then(() => {
      closed = true;
    });
    expect(harness.last().told).toEqual(['shutDown']);
    clock.advance(4_999);
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toBe(false);
    clock.advance(1);
    await closing;
    expect(client.closed || harness.registry.last.ended).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('frees the port', async () => {
    harness = await startListener();
    const { port } = harness.listener;
    await harness.listener.close({ drainMs: 0 });
    const client = harness.connect();
    await until(() => client.error !== null);
    expect(port).toBeGreaterThan(0);
  });
});

it('says why a port cannot be had', async () => {
  harness = await startListener();
  const { port } = harness.listener;
  const other = harness;
  const { ProtocolListener } = await import('../../../daemon/listeners/protocol-listener.ts');
  const { nullLog } = await import('../../../daemon/log/logger.ts');
  const taken = new ProtocolListener({
    protocol: 'imap',
    listener: { address: '127.0.0.1', port, tls: 'none' },
    config: () => other.config,
    tls: null,
    registry: other.registry,
    log: nullLog.for('imap'),
    clock: new FakeClock(),
    begin: () => {
      throw new Error('nobody comes');
    },
  });
  await expect(taken.listen()).rejects.toMatchObject({ code: 'imap.listen' });
});
