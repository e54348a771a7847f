import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../daemon/clock.ts';
import { digestFits, makeDigest } from '../../../daemon/minger/digest.ts';
import { MingerClient } from '../../../daemon/minger/minger-client.ts';
import { isQuery, parseQuery } from '../../../daemon/minger/minger-query.ts';
import { RateLimit } from '../../../daemon/minger/rate-limit.ts';
import type { DnsResolver } from '../../../daemon/net/resolver.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { until } from '../../helpers/until.ts';
import { overTcp, overUdp, secret, startMinger } from './harness.ts';

const proven = (mailbox: string): string => `${mailbox} d=${makeDigest(secret, mailbox)}`;

describe('the digest', () => {
  it('is that of the draft', () => {
    expect(makeDigest('0123456789abcdef', 'arvel@example.com')).toBe('A7E/WJtlUbO5NWDjZba+bw==');
  });

  it('fits one of several secrets, and no other', () => {
    const digest = makeDigest('second', 'a@b.example');
    expect(digestFits(['first', 'second'], 'a@b.example', digest)).toBe(true);
    expect(digestFits(['first'], 'a@b.example', digest)).toBe(false);
    expect(digestFits(['second'], 'A@b.example', digest)).toBe(false);
    expect(digestFits([], 'a@b.example', digest)).toBe(false);
  });
});

describe('a query', () => {
  it.each([
    ['a@b.example', null],
    ['a@b.example d=A7E/WJtlUbO5NWDjZba+bw==', 'A7E/WJtlUbO5NWDjZba+bw=='],
    ['a@b.example  x=1 D=A7E/WJtlUbO5NWDjZba+bw== y=', 'A7E/WJtlUbO5NWDjZba+bw=='],
    ['"a b"@c.example x=1', null],
    ['jörg@b.example', null],
  ])('%s is one', (text, digest) => {
    const query = parseQuery(Buffer.from(text));
    expect(isQuery(query) && query.digest).toBe(digest);
    expect(isQuery(query) && text.startsWith(`${query.mailbox}`)).toBe(true);
  });

  it.each([
    ['', ''],
    ['nobody', 'nobody'],
    [' a@b.example', ''],
    ['a@b.example tag', 'a@b.example'],
    ['a@b.example d=short', 'a@b.example'],
    ['a@b.example d=A7E/WJtlUbO5NWDjZba+bw== d=A7E/WJtlUbO5NWDjZba+bw==', 'a@b.example'],
    ['a\x00\x1b[2J@b.example', 'a??[2J@b.example'],
    ['a@b.example\r\nc@d.example', 'a@b.example??c@d.example'],
  ])('%j is none', (text, echo) => expect(parseQuery(Buffer.from(text))).toEqual({ echo }));

  it('of any bytes has an outcome, and an answer no longer than it by two bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
        const parsed = parseQuery(Buffer.from(bytes));
        const begin = isQuery(parsed) ? parsed.mailbox : parsed.echo;
        expect(Buffer.byteLength(begin)).toBeLessThanOrEqual(bytes.length);
        expect(begin).not.toMatch(/[\x00-\x1f\x7f]/);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe.each(['tcp', 'udp'] as const)('over %s', (transport) => {
  const ask = async (port: number, query: string): Promise<string> =>
    transport === 'tcp' ? overTcp(port, `${query}\r\n`) : ((await overUdp(port, [`${query}\r\n`]))[0] ?? '');

  it('says what is known of a mailbox to who knows the secret', async () => {
    const { port, directory } = await startMinger();
    directory.aliases.set('full@example.com', { kind: 'refused', temporary: true, reason: 'over quota' });
    expect(await ask(port, proven('alice@example.com'))).toBe('alice@example.com 5\r\n');
    expect(await ask(port, proven('Alice@EXAMPLE.com'))).toBe('Alice@EXAMPLE.com 5\r\n');
    expect(await ask(port, proven('nobody@example.com'))).toBe('nobody@example.com 3\r\n');
    expect(await ask(port, proven('alice@elsewhere.example'))).toBe('alice@elsewhere.example 3\r\n');
    expect(await ask(port, proven('full@example.com'))).toBe('full@example.com 4\r\n');
  });

  it('refuses a wrong digest, and anonymous queries unless they are allowed', async () => {
    const { port, configure } = await startMinger();
    const wrong = `alice@example.com d=${makeDigest('guess', 'alice@example.com')}`;
    expect(await ask(port, wrong)).toBe('alice@example.com 2\r\n');
    expect(await ask(port, 'alice@example.com')).toBe('alice@example.com 2\r\n');
    configure({ anonymous: true });
    expect(await ask(port, 'alice@example.com')).toBe('alice@example.com 5\r\n');
    expect(await ask(port, wrong)).toBe('alice@example.com 2\r\n');
  });

  it('denies those who are not on the list, as it is now', async () => {
    const { port, configure } = await startMinger({ allow: ['192.0.2.0/24'] });
    expect(await ask(port, proven('alice@example.com'))).toBe('alice@example.com 1\r\n');
    configure({ allow: ['127.0.0.1'] });
    expect(await ask(port, proven('alice@example.com'))).toBe('alice@example.com 5\r\n');
  });

  it('calls what is no query malformed', async () => {
    const { port } = await startMinger();
    expect(await ask(port, 'nobody')).toBe('nobody 0\r\n');
    expect(await ask(port, 'a@b.example d=%%%')).toBe('a@b.example 0\r\n');
  });

  it('shows a session of type minger with masked digests', async () => {
    const { port, registry } = await startMinger();
    await ask(port, proven('alice@example.com'));
    const session = registry.all[0];
    expect(session?.type).toBe('minger');
    expect(session?.lines.slice(0, 2)).toEqual(['< alice@example.com d=********', '> alice@example.com 5']);
  });

  it('answers nobody who is blocked', async () => {
    const { port, registry } = await startMinger();
    registry.blockedAddresses.add('127.0.0.1');
    if (transport === 'tcp') {
      await expect(ask(port, proven('alice@example.com')).catch(() => '')).resolves.toBe('');
      return;
    }
    let asked = 0;
    const blocked = registry.blocked.bind(registry);
    registry.blocked = (address, user) => {
      asked += 1;
      return blocked(address, user);
    };
    const socket = createSocket('udp4');
    onTestFinished(() => void socket.close());
    const heard: string[] = [];
    socket.on('message', (answer) => heard.push(answer.toString()));
    await new Promise((resolve) => socket.send(proven('alice@example.com'), port, '127.0.0.1', resolve));
    await until(() => asked > 0);
    expect(registry.all).toEqual([]);
    registry.blockedAddresses.clear();
    await new Promise((resolve) => socket.send(proven('bob@example.com'), port, '127.0.0.1', resolve));
    await until(() => heard.length > 0);
    expect(heard).toEqual(['bob@example.com 5']);
  });

  it('asks as a client', async () => {
    const { port } = await startMinger();
    const client = new MingerClient({} as DnsResolver, systemClock);
    const question = { address: 'alice@example.com', server: '127.0.0.1', port, transport };
    expect(await client.query({ ...question, secret })).toMatchObject({ status: 5, meaning: 'active' });
    expect(await client.query(question)).toMatchObject({ status: 2, meaning: 'credentials' });
    await expect(client.query({ ...question, address: 'x' })).rejects.toMatchObject({
      code: 'params.invalid',
    });
    await expect(client.query({ ...question, port: 1 })).rejects.toMatchObject({
      code: 'minger.unreachable',
    });
  });
});

describe('a TCP client', () => {
  it('has its queries answered in order, however they are cut', async () => {
    const { port } = await startMinger();
    const text = `${proven('alice@example.com')}\r\n${proven('nobody@example.com')}\n`;
    const answers = 'alice@example.com 5\r\nnobody@example.com 3\n';
    expect(await overTcp(port, text)).toBe(answers);
    const socket = connect(port, '127.0.0.1');
    let heard = '';
    socket.on('data', (data) => {
      heard += data;
    });
    socket.setNoDelay(true);
    for (const character of text) await new Promise((resolve) => socket.write(character, resolve));
    await until(() => heard === answers);
    socket.destroy();
  });

  it('that sends an endless line is sent away', async () => {
    const { port, registry } = await startMinger();
    await overTcp(port, Buffer.alloc(100_000, 'x')).catch(() => '');
    await until(() => registry.live.length === 0);
  });

  it('that is one too many is sent away', async () => {
    const { port, registry } = await startMinger();
    const sockets = Array.from({ length: 101 }, () => connect(port, '127.0.0.1').on('error', () => {}));
    await until(() => registry.all.length === 101 && registry.live.length === 100);
    for (const socket of sockets) socket.destroy();
    await until(() => registry.live.length === 0);
  });

  it('can be ended by an operator, and by the end of the listener', async () => {
    const { port, registry, listener } = await startMinger();
    const first = connect(port, '127.0.0.1').resume();
    await until(() => registry.live.length === 1);
    registry.last.kill('test');
    await new Promise((resolve) => first.once('close', resolve));
    await until(() => registry.live.length === 0);
    const second = connect(port, '127.0.0.1').resume();
    await until(() => registry.live.length === 1);
    const closed = new Promise((resolve) => second.once('close', resolve));
    await listener.close();
    await closed;
    expect(registry.live).toEqual([]);
  });
});

describe('a datagram', () => {
  it('that looks like an answer gets none: two servers never talk to each other', async () => {
    const { port } = await startMinger();
    expect(await overUdp(port, ['a@b.example 0', 'a@b.example 3\r\n', ' 0', 'x 5'])).toEqual([]);
  });

  it('of any bytes ends nothing, and is answered with two bytes more at most', async () => {
    const { port } = await startMinger({ rate: 1_000_000 });
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 1_400 }), async (bytes) => {
        for (const answer of await overUdp(port, [Buffer.from(bytes)])) {
          expect(Buffer.byteLength(answer)).toBeLessThanOrEqual(bytes.length + 2);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('the directory out of order', () => {
  it('is answered by nothing at all', async () => {
    const { port, directory } = await startMinger();
    directory.failing = true;
    expect(await overTcp(port, `${proven('alice@example.com')}\r\n`)).toBe('');
    directory.failing = false;
    expect(await overTcp(port, `${proven('alice@example.com')}\r\n`)).toBe('alice@example.com 5\r\n');
  });
});

describe('the rate limit', () => {
  it('lets a second of queries through, then as many as come in a second', () => {
    const clock = new FakeClock();
    const limit = new RateLimit(() => 10, clock);
    const taken = (from: string): number =>
      Array.from({ length: 30 }, () => limit.take(from)).filter(Boolean).length;
    expect(taken('192.0.2.1')).toBe(10);
    expect(taken('192.0.2.2')).toBe(10);
    clock.advance(500);
    expect(taken('192.0.2.1')).toBe(5);
    expect(taken('2001:db8::1')).toBe(10);
    expect(taken('2001:db8::2')).toBe(0);
  });

  it('makes guesses dear, and forgives them within two seconds', () => {
    const clock = new FakeClock();
    const limit = new RateLimit(() => 10, clock);
    expect(limit.take('192.0.2.1')).toBe(true);
    limit.charge('192.0.2.1', 99);
    expect(limit.take('192.0.2.1')).toBe(false);
    clock.advance(1_000);
    expect(limit.take('192.0.2.1')).toBe(false);
    clock.advance(1_000);
    expect(limit.take('192.0.2.1')).toBe(true);
  });
});
