import { once } from 'node:events';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { until } from '../../helpers/until.ts';
import { Client, type Harness, startListener } from './harness.ts';

let harness: Harness;
afterEach(() => harness.close());

const tlsOver = async (client: Client): Promise<Client> => {
  client.socket.removeAllListeners('data');
  const socket = connectTls({ socket: client.socket, rejectUnauthorized: false });
  const inside = new Client(socket);
  await once(socket, 'secureConnect');
  return inside;
};

describe('a client', () => {
  it('is a session from accept to close, with the bytes of the wire', async () => {
    harness = await startListener();
    const client = harness.connect();
    await until(() => client.text === 'hello friend\r\n');
    client.socket.write('abc');
    await until(() => client.text.endsWith('abc'));
    const session = harness.registry.last;
    expect(session).toMatchObject({ type: 'pop3', remoteAddress: '127.0.0.1', ended: false });
    expect(session.start.bytes?.()).toEqual({ bytesIn: 3, bytesOut: 17 });
    client.socket.destroy();
    await until(() => session.ended);
    expect(harness.last().told).toContain('closed');
  });

  it('who has said all is answered before the end', async () => {
    harness = await startListener();
    const client = harness.connect();
    client.socket.end('abc');
    await until(() => client.closed);
    expect(client.text).toBe('hello friend\r\nabcbye\r\n');
    expect(client.error).toBeNull();
  });

  it('reads our last words though we leave unread what it still says', async () => {
    harness = await startListener();
    const client = harness.connect();
    await until(() => client.text !== '');
    client.socket.write(`QUIT\r\n${'x'.repeat(300_000)}`);
    await until(() => client.closed);
    expect(client.error).toBeNull();
    expect(harness.last().heard.length).toBeLessThan(100_000);
  });

  it('who never closes is closed a second after the end', async () => {
    const clock = new FakeClock();
    harness = await startListener({ clock });
    const client = harness.connect();
    client.socket.allowHalfOpen = true;
    client.socket.write('QUIT\r\n');
    await until(() => client.socket.readableEnded);
    expect(harness.registry.last.state).toBe('closing');
    expect(harness.registry.last.ended).toBe(false);
    clock.advance(1_000);
    await until(() => harness.registry.last.ended);
  });

  it('is told why it is killed', async () => {
    harness = await startListener();
    const client = harness.connect();
    await until(() => client.text !== '');
    harness.registry.last.kill('enough');
    await until(() => client.closed);
    expect(client.text).toContain('killed');
    expect(harness.last().told).toEqual(['kill enough', 'closed']);
  });

  it('gets many small writes as one packet', async () => {
    harness = await startListener();
    const client = harness.connect();
    await until(() => client.text !== '');
    const sizes: number[] = [];
    client.socket.on('data', (chunk) => sizes.push(chunk.length));
    for (let i = 0; i < 500; i += 1) harness.last().client.write('+OK\r\n');
    await until(() => client.text.length >= 2_500);
    expect(sizes).toEqual([2_500]);
  });

  it('gets large and small writes in their order', async () => {
    harness = await startListener();
    const client = harness.connect();
    await until(() => client.text !== '');
    const socket = harness.last().client;
    let sent = '';
    for (let i = 0; i < 60; i += 1) {
      const part = String(i % 10).repeat(i % 3 === 0 ? 40_000 : 10);
      sent += part;
      if (!socket.write(part)) await socket.drained();
    }
    await until(() => client.text.length === sent.length + 14);
    expect(client.text.slice(14)).toBe(sent);
  });

  it('who does not take what it asked for is waited for, and after five minutes not any more', async () => {
    const clock = new FakeClock();
    harness = await startListener({ clock });
    const client = harness.connect();
    await until(() => client.text !== '');
    client.socket.pause();
    const socket = harness.last().client;
    const block = Buffer.alloc(64 * 1024);
    let blocks = 0;
    while (socket.write(block) && blocks < 1_000) blocks += 1;
    expect(blocks).toBeLessThan(1_000);
    let gone = false;
    const pushing = (async () => {
      while (socket.open) {
        socket.write(block);
        await socket.drained();
      }
      gone = true;
    })();
    // The kernel takes some megabytes for it.
    let [sent, same] = [0, 0];
    await until(() => {
      const { bytesOut } = harness.registry.last.start.bytes?.() ?? { bytesOut: 0 };
      same = bytesOut === sent ? same + 1 : 0;
      sent = bytesOut;
      return same > 20;
    });
    clock.advance(5 * 60_000);
    expect(gone).toBe(false);
    clock.advance(60_000);
    await pushing;
    await until(() => harness.registry.last.ended);
    expect(harness.last().told).toEqual(['closed']);
  });

  it('who closes while it is waited for is waited for no more', async () => {
    harness = await startListener();
    const client = harness.connect();
    await until(() => client.text !== '');
    client.socket.pause();
    const socket = harness.last().client;
    const pushing = (async () => {
      while (socket.open) {
        socket.write(Buffer.alloc(1_000_000));
        await socket.drained();
      }
    })();
    client.socket.resetAndDestroy();
    await pushing;
    await until(() => harness.registry.last.ended);
  });
});

describe('STARTTLS', () => {
  it('secures the dialogue', async () => {
    harness = await startListener();
    const client = harness.connect();
    await until(() => client.text !== '');
    client.socket.write('STARTTLS\r\n');
    await until(() => client.text.endsWith('go\r\n'));
    const inside = await tlsOver(client);
    await until(() => inside.text === 'inside\r\n');
    inside.socket.write('abc');
    await until(() => inside.text.endsWith('abc'));
    expect(harness.last().client.secure).toBe(true);
    expect(harness.last().client.offersTls).toBe(false);
    expect(harness.registry.last.tls).toBe('TLSv1.3');
    inside.socket.end();
    await until(() => harness.registry.last.ended);
    expect(harness.last().told).toEqual(['TLS true', 'finished', 'closed']);
  });

  it.each([
    ['in one segment', ['STARTTLS\r\nEVIL\r\n']],
    ['in two', ['STARTTLS\r\n', 'EVIL\r\n']],
    ['by the hundred', ['STARTTLS\r\n', 'EVIL\r\n'.repeat(100_000)]],
  ])('never hands over inside TLS what came before it, %s', async (_, segments) => {
    harness = await startListener();
    const client = harness.connect();
    await until(() => client.text !== '');
    for (const segment of segments) client.socket.write(segment);
    await until(() => client.text.endsWith('go\r\n') || client.closed);
    client.socket.removeAllListeners('data');
    const socket = connectTls({ socket: client.socket, rejectUnauthorized: false });
    const inside = new Client(socket);
    await until(() => inside.text === 'inside\r\n' || inside.closed || client.closed);
    // What came in the same chunk the dialogue has seen, in the clear, and has to forget.
    expect(harness.last().heardInside).toBe('');
  });

  it('has a minute for its handshake', async () => {
    const clock = new FakeClock();
    harness = await startListener({ clock });
    const client = harness.connect();
    client.socket.write('STARTTLS\r\n');
    await until(() => client.text.endsWith('go\r\n'));
    clock.advance(60_000);
    expect(client.closed).toBe(false);
    clock.advance(1_000);
    await until(() => client.closed);
    expect(harness.last().told.sort()).toEqual(['TLS false', 'closed']);
    expect(harness.registry.last.ended).toBe(true);
  });

  it('that is no TLS ends the session', async () => {
    harness = await startListener();
    const client = harness.connect();
    client.socket.write('STARTTLS\r\n');
    await until(() => client.text.endsWith('go\r\n'));
    client.socket.write('GET / HTTP/1.1\r\n\r\n');
    await until(() => harness.registry.last.ended);
    expect(harness.last().told.sort()).toEqual(['TLS false', 'closed']);
  });

  it('can be killed in its handshake', async () => {
    harness = await startListener();
    const client = harness.connect();
    client.socket.write('STARTTLS\r\n');
    await until(() => client.text.endsWith('go\r\n'));
    harness.registry.last.kill('enough');
    await until(() => client.closed);
    expect(harness.last().told.sort()).toEqual(['TLS false', 'closed']);
  });
});
