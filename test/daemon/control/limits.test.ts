import { describe, expect, it } from 'vitest';
import { RawJson } from '../../../daemon/control/handler.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { type Answer, type RawClient, startControl } from './harness.ts';

const MiB = 1024 * 1024;
const discover = '{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}';

async function stillServed(client: RawClient): Promise<void> {
  expect((await client.call('rpc.discover')).result.openrpc).toBe('1.3.2');
}

/** Handlers of `queue.count` that end when the test says so. */
function gate() {
  const waiting: (() => void)[] = [];
  return {
    waiting,
    handlers: {
      'queue.count': () =>
        new Promise<{ messages: number; bytes: number }>((resolve) => {
          waiting.push(() => resolve({ messages: 0, bytes: 0 }));
        }),
    },
  };
}

describe('a line', () => {
  it('may have 8 MiB', async () => {
    const client = await (await startControl()).client();
    const text = 'x'.repeat(8 * MiB - 100);
    const { error } = await client.ask(
      `{"jsonrpc":"2.0","id":1,"method":"service.hello","params":{"a":"${text}"}}`,
    );
    expect(error.data.code).toBe('params.invalid');
    expect(error.message.length).toBeLessThan(450);
    await stillServed(client);
  });

  it('of more is refused before it has ended, and the client is let go', async () => {
    const { stranger } = await startControl();
    const client = await stranger();
    const chunk = Buffer.alloc(MiB, '[');
    const before = process.memoryUsage().rss;
    for (let n = 0; n < 100 && client.socket.writable; n++) {
      await new Promise((written) => client.socket.write(chunk, written));
    }
    expect((await client.next()).error.data.code).toBe('limit.exceeded');
    await client.closed;
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * MiB);
  });

  it('must be ended within 30 s of its beginning', async () => {
    const clock = new FakeClock();
    const client = await (await startControl({ clock })).client();
    client.send(`${discover}\n{"half":`);
    expect((await client.next()).id).toBe(1);
    clock.advance(29_000);
    client.send(' 1');
    await stillTicking(client);
    clock.advance(1_001);
    expect((await client.next()).error.data.code).toBe('timeout');
    await client.closed;

    async function stillTicking(open: RawClient) {
      // Bytes of the same line do not begin its time anew; nothing comes back meanwhile.
      await new Promise((resolve) => setImmediate(resolve));
      expect(open.socket.destroyed).toBe(false);
    }
  });

  it('has its own 30 s each', async () => {
    const clock = new FakeClock();
    const client = await (await startControl({ clock })).client();
    client.send('{"half":');
    await stillServedAfterHalf();
    clock.advance(29_999);
    expect(client.socket.destroyed).toBe(false);

    async function stillServedAfterHalf() {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(20_000);
      client.send(`1}\n${discover.slice(0, 10)}`);
      expect((await client.next()).error.code).toBe(-32600);
    }
  });
});

describe('nesting and numbers', () => {
  it.each([
    ['arrays 100,000 deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['arrays 100,000 deep that do not end', '['.repeat(100_000)],
    ['objects 100,000 deep', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['8 MiB of brackets', '['.repeat(8 * MiB - 1)],
    ['a million objects', `{"a":[${'{},'.repeat(1_000_000)}{}]}`],
    ['a batch of 200,000', `[${'1,'.repeat(199_999)}1]`],
    ['a batch of 101 calls', `[${Array(101).fill(discover).join(',')}]`],
  ])('are refused quickly: %s', async (_name, line) => {
    const client = await (await startControl()).client();
    const started = performance.now();
    const answer = await client.ask(line);
    expect(answer.error.data.code).toBe('limit.exceeded');
    expect(performance.now() - started).toBeLessThan(5_000);
    await stillServed(client);
  });

  it('are not counted inside strings', async () => {
    const client = await (await startControl()).client();
    const text = `${'[{,'.repeat(50_000)}\\"]`;
    const answer = await client.ask(
      `{"jsonrpc":"2.0","id":1,"method":"service.hello","params":{"protocol":1,"client":"${text}"}}`,
    );
    expect(answer.error.data).toMatchObject({ code: 'params.invalid', path: 'client' });
  });

  it('let a batch of 100 through', async () => {
    const client = await (await startControl()).client();
    expect(await client.ask<Answer[]>(`[${Array(100).fill(discover).join(',')}]`)).toHaveLength(100);
  });
});

describe('clients', () => {
  it('beyond the number are told so and closed; a place that is left can be taken', async () => {
    const { client: connect, stranger, server } = await startControl({ limits: { clients: 2 } });
    const first = await connect();
    await connect();
    const third = await stranger();
    expect((await third.next()).error.data.code).toBe('limit.exceeded');
    await third.closed;
    first.destroy();
    await expect.poll(() => server.clients().length).toBe(1);
    await stillServed(await connect());
  });

  it('that do not say hello are closed after 30 s', async () => {
    const clock = new FakeClock();
    const { client: connect, stranger, server } = await startControl({ clock });
    const known = await connect();
    const silent = await stranger();
    await expect.poll(() => server.clients().length).toBe(2);
    clock.advance(30_001);
    expect((await silent.next()).error.data.code).toBe('timeout');
    await silent.closed;
    await stillServed(known);
  });
});

describe('calls', () => {
  it('beyond 32 of one client wait, and are served when others end', async () => {
    const { waiting, handlers } = gate();
    const { client: connect } = await startControl({ handlers });
    const client = await connect();
    const calls = Array.from(
      { length: 100 },
      (_, id) => `{"jsonrpc":"2.0","id":${id},"method":"queue.count"}\n`,
    );
    client.send(calls.join(''));
    const other = await connect();
    await stillServed(other);
    await expect.poll(() => waiting.length).toBe(32);
    for (let answered = 0; answered < 100; answered++) {
      await expect.poll(() => waiting.length).toBeGreaterThan(0);
      waiting.shift()?.();
      expect((await client.next()).id).toBe(answered);
      expect(waiting.length).toBeLessThanOrEqual(32);
    }
  });

  it('that take longer than a minute are given up', async () => {
    const clock = new FakeClock();
    const signals: AbortSignal[] = [];
    const { client: connect } = await startControl({
      clock,
      handlers: {
        'queue.count': (_params, { signal }) => {
          signals.push(signal);
          return new Promise((_, reject) =>
            signal.addEventListener('abort', () => reject(new Error('late'))),
          );
        },
      },
    });
    const client = await connect();
    const answer = client.call('queue.count');
    await expect.poll(() => signals.length).toBe(1);
    clock.advance(60_001);
    expect((await answer).error.data).toEqual({ code: 'timeout', temporary: true });
    expect(signals[0]?.aborted).toBe(true);
    await stillServed(client);
  });

  it('leave no timer behind', async () => {
    const clock = new FakeClock();
    const { client: connect } = await startControl({ clock });
    const client = await connect();
    const before = clock.pending;
    await stillServed(client);
    expect(clock.pending).toBe(before);
  });
});

describe('a client that does not read', () => {
  const large = new RawJson(`{"messages":[${JSON.stringify('x'.repeat(MiB))}],"next":null}`);

  it('has no more than a few answers made for it', async () => {
    let made = 0;
    const { client: connect, server } = await startControl({
      handlers: {
        'queue.list': () => {
          made += 1;
          return large;
        },
      },
    });
    const client = await connect();
    client.socket.pause();
    for (let id = 0; id < 1_000; id++) client.send(`{"jsonrpc":"2.0","id":${id},"method":"queue.list"}\n`);
    await expect.poll(() => made).toBeGreaterThan(0);
    await stillServed(await connect());
    expect(made).toBeLessThanOrEqual(33);
    const unread = server.clients()[0]?.unreadBytes ?? 0;
    expect(unread).toBeLessThan(10 * MiB);
  });

  it('gets all its answers when it reads in the end, if they are small', async () => {
    const { client: connect } = await startControl({
      handlers: { 'queue.list': () => new RawJson('{"messages":[],"next":null}') },
    });
    const client = await connect();
    client.socket.pause();
    const total = 20_000;
    for (let id = 0; id < total; id++) client.send(`{"jsonrpc":"2.0","id":${id},"method":"queue.list"}\n`);
    await stillServed(await connect());
    client.socket.resume();
    for (let id = 0; id < total; id++) expect((await client.next()).id).toBe(id);
  });

  it('is closed when answers come on top of 8 MiB unread', async () => {
    const waiting: (() => void)[] = [];
    const {
      client: connect,
      server,
      log,
    } = await startControl({
      handlers: { 'queue.list': () => new Promise((resolve) => waiting.push(() => resolve(large))) },
    });
    const client = await connect();
    client.socket.pause();
    for (let id = 0; id < 32; id++) client.send(`{"jsonrpc":"2.0","id":${id},"method":"queue.list"}\n`);
    await expect.poll(() => waiting.length).toBe(32);
    for (const end of waiting) end();
    await expect.poll(() => server.clients().length).toBe(0);
    expect(log.map((line) => line.message)).toContain('client closed: it does not read its answers');
    await stillServed(await connect());
  });

  it('gets the rest of a batch refused when its answers are too large', async () => {
    const { client: connect } = await startControl({ handlers: { 'queue.list': () => large } });
    const client = await connect();
    const batch = Array.from({ length: 20 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'queue.list' }));
    const answers = await client.ask<Answer[]>(JSON.stringify(batch));
    const refused = answers.filter((answer) => answer.error?.data.code === 'limit.exceeded');
    expect(answers).toHaveLength(20);
    expect(refused.length).toBe(12);
  });
});
