import { describe, expect, it } from 'vitest';
import { RawJson } from '../../../daemon/control/handler.ts';
import { MaildError } from '../../../daemon/errors.ts';
import { version } from '../../../shared/version.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { type Answer, startControl } from './harness.ts';

const hello = { jsonrpc: '2.0', id: 'h', method: 'service.hello', params: { protocol: 1, client: 'test/1' } };

describe('service.hello', () => {
  it('names both ends', async () => {
    const client = await (await startControl()).stranger();
    expect(await client.call('service.hello', { protocol: 1, client: 'test/1' })).toEqual({
      jsonrpc: '2.0',
      id: 1,
      result: { name: 'maild', version, protocol: 1, hostname: 'mx.test' },
    });
  });

  it('is demanded before anything else, in a sentence that names both versions', async () => {
    const client = await (await startControl()).stranger();
    const { error } = await client.call('rpc.discover', {});
    expect(error.data).toMatchObject({ code: 'protocol.incompatible', version, protocol: 1 });
    expect(error.message).toContain(`maild ${version} with protocol 1`);
  });

  it('refuses another protocol in one sentence that names both, and then serves nothing', async () => {
    const client = await (await startControl()).stranger();
    const { error } = await client.call('service.hello', { protocol: 2, client: 'mailctl/9.9.9' });
    expect(error.data.code).toBe('protocol.incompatible');
    expect(error.message).toMatch(new RegExp(`maild ${version} .*protocol 1 .*mailctl/9.9.9 protocol 2`));
    expect((await client.call('rpc.discover', {})).error.data.code).toBe('protocol.incompatible');
  });

  it('may be followed by calls in the same breath', async () => {
    const client = await (await startControl()).stranger();
    const discover = { jsonrpc: '2.0', id: 2, method: 'rpc.discover' };
    client.send(`${JSON.stringify(hello)}\n${JSON.stringify(discover)}\n`);
    expect((await client.next()).id).toBe('h');
    expect((await client.next()).result.openrpc).toBe('1.3.2');
    const batcher = await (await startControl()).stranger();
    const [first, second] = await batcher.ask<Answer[]>(JSON.stringify([hello, discover]));
    expect(first?.result.name).toBe('maild');
    expect(second?.result.openrpc).toBe('1.3.2');
  });
});

describe('parameters', () => {
  it.each([
    ['queue.show', { id: 'x' }, 'id'],
    ['queue.show', {}, 'id'],
    ['queue.list', { filter: { ids: [1, -1] } }, 'filter.ids.1'],
    ['queue.list', { limit: 1, typo: true }, ''],
    ['queue.list', [1], ''],
    ['queue.list', null, ''],
    ['queue.list', 'text', ''],
    ['log.setLevels', { levels: { smtp: 'loud' } }, 'levels.smtp'],
  ])('are checked: %s %j', async (method, params, path) => {
    const client = await (await startControl()).client();
    const { error } = await client.call(method, params);
    expect(error.code).toBe(-32602);
    expect(error.data).toMatchObject({ code: 'params.invalid', path });
    expect(error.message.length).toBeLessThan(450);
  });

  it('cannot smuggle in a prototype', async () => {
    const seen: unknown[] = [];
    const { client: connect } = await startControl({
      handlers: {
        'queue.count': (params) => {
          seen.push(params);
          return { messages: 0, bytes: 0 };
        },
      },
    });
    const client = await connect();
    const call = (params: string) =>
      client.ask(`{"jsonrpc":"2.0","id":1,"method":"queue.count","params":${params}}`);
    expect((await call('{"__proto__":{"filter":{"all":true}}}')).error?.data.code).toBe('params.invalid');
    expect((await call('{"filter":{"constructor":{"prototype":{"x":1}}}}')).error?.data.code).toBe(
      'params.invalid',
    );
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
    expect(seen).toEqual([]);
    expect((await call('{"__proto__":null}')).error?.data.code).toBe('params.invalid');
  });

  it('may be left out where none is needed', async () => {
    const { client } = await startControl({ handlers: { 'blocks.list': () => ({ blocks: [] }) } });
    expect((await (await client()).call('blocks.list')).result).toEqual({ blocks: [] });
  });
});

describe('frames that are no call', () => {
  it.each([
    ['{', -32700],
    ['\u0000', -32700],
    ['[]', -32600],
    ['null', -32600],
    ['1', -32600],
    ['"x"', -32600],
    ['{}', -32600],
    ['{"jsonrpc":"1.0","id":1,"method":"rpc.discover"}', -32600],
    ['{"jsonrpc":"2.0","id":1,"method":1}', -32600],
    ['{"jsonrpc":"2.0","id":1,"method":"__proto__"}', -32601],
    ['{"jsonrpc":"2.0","id":1,"method":"constructor"}', -32601],
    ['{"jsonrpc":"2.0","id":1,"method":"queue.nothing"}', -32601],
  ])('are answered and leave the connection usable: %s', async (line, code) => {
    const client = await (await startControl()).client();
    expect((await client.ask(line)).error.code).toBe(code);
    expect((await client.call('rpc.discover')).result.openrpc).toBe('1.3.2');
  });

  it('do not get an object back as their id', async () => {
    const client = await (await startControl()).client();
    const answer = await client.ask('{"jsonrpc":"2.0","id":{"a":[1]},"method":"rpc.discover"}');
    expect(answer).toMatchObject({ id: null, error: { code: -32600 } });
  });

  it('are refused when they are not UTF-8', async () => {
    const client = await (await startControl()).client();
    client.send(Buffer.from([0x22, 0xff, 0xfe, 0x22, 0x0a]));
    expect((await client.next()).error.data.code).toBe('frame.invalid');
  });

  it('do not have their text quoted in the error', async () => {
    const client = await (await startControl()).client();
    const { error } = await client.ask('{"password":"hunter2" oops}');
    expect(JSON.stringify(error)).not.toContain('hunter2');
  });
});

describe('batches', () => {
  it('of one are answered with an array of one', async () => {
    const client = await (await startControl()).client();
    const answer = await client.ask<Answer[]>('[{"jsonrpc":"2.0","id":7,"method":"rpc.discover"}]');
    expect(answer).toHaveLength(1);
    expect(answer[0]?.id).toBe(7);
  });

  it('answer [null] as an invalid request', async () => {
    const client = await (await startControl()).client();
    expect(await client.ask('[null]')).toMatchObject([{ id: null, error: { code: -32600 } }]);
    expect(await client.ask('[[],1,{}]')).toHaveLength(3);
  });

  it('run in their order', async () => {
    const order: string[] = [];
    const { client: connect } = await startControl({
      handlers: {
        'queue.count': async () => {
          await new Promise((resolve) => setImmediate(resolve));
          order.push('count');
          return { messages: 0, bytes: 0 };
        },
        'blocks.list': () => {
          order.push('blocks');
          return { blocks: [] };
        },
      },
    });
    const client = await connect();
    await client.ask(
      '[{"jsonrpc":"2.0","id":1,"method":"queue.count"},{"jsonrpc":"2.0","id":2,"method":"blocks.list"}]',
    );
    expect(order).toEqual(['count', 'blocks']);
  });

  it('get no answer for notifications, and none at all when there is nothing else', async () => {
    const client = await (await startControl()).client();
    client.send('[{"jsonrpc":"2.0","method":"rpc.discover"}]\n{"jsonrpc":"2.0","method":"nothing"}\n');
    expect((await client.call('rpc.discover')).id).toBe(2);
  });
});

describe('results', () => {
  it('that are JSON text go into the frame as they are', async () => {
    const { client: connect } = await startControl({
      handlers: { 'queue.list': () => new RawJson('{"messages":[{"id":1},\t{"id":2}],"next":null}') },
    });
    const client = await connect();
    client.send('{"jsonrpc":"2.0","id":5,"method":"queue.list"}\n');
    expect(await client.nextLine()).toBe(
      '{"jsonrpc":"2.0","id":5,"result":{"messages":[{"id":1},\t{"id":2}],"next":null}}',
    );
  });

  it('that cannot be worded are an internal error, and the log says why', async () => {
    const { client: connect, log } = await startControl({
      handlers: {
        'queue.list': () => new RawJson('{\n}'),
        'queue.count': () => ({ messages: 1n as unknown as number, bytes: 0 }),
      },
    });
    const client = await connect();
    expect((await client.call('queue.list')).error.data.code).toBe('internal');
    expect((await client.call('queue.count')).error.data.code).toBe('internal');
    expect(log.filter((line) => line.message === 'answer not sent')).toHaveLength(2);
  });
});

describe('errors', () => {
  it('that are meant for the caller keep their code and details', async () => {
    const { client: connect } = await startControl({
      handlers: {
        'queue.show': ({ id }) => {
          throw new MaildError('queue.not_found', `no message ${id}`, { details: { id } });
        },
        'queue.count': () => {
          throw new MaildError('store.full', 'the disk is full', { temporary: true });
        },
      },
    });
    const client = await connect();
    expect((await client.call('queue.show', { id: 9 })).error).toEqual({
      code: -32010,
      message: 'no message 9',
      data: { id: 9, code: 'queue.not_found' },
    });
    expect((await client.call('queue.count')).error.data).toEqual({ temporary: true, code: 'store.full' });
  });

  it('that are not stay in the log', async () => {
    const { client: connect, log } = await startControl({
      handlers: {
        'queue.count': () => {
          throw new Error('SELECT secret FROM accounts failed');
        },
        'blocks.list': () => Promise.reject('text only'),
      },
    });
    const client = await connect();
    const { error } = await client.call('queue.count');
    expect(error).toEqual({
      code: -32603,
      message: 'Internal error; the log says more',
      data: { code: 'internal' },
    });
    expect((await client.call('blocks.list')).error.data.code).toBe('internal');
    const failures = log.filter((line) => line.message === 'call failed');
    expect(failures.map((line) => [line.level, line.fields.method, line.fields.error])).toEqual([
      ['error', 'queue.count', 'SELECT secret FROM accounts failed'],
      ['error', 'blocks.list', 'text only'],
    ]);
  });
});

describe('the log', () => {
  it('has changes at info, reads at debug, and never a password', async () => {
    const { client: connect, log } = await startControl({
      handlers: {
        'accounts.add': () => {
          throw new MaildError('account.exists', 'it is there');
        },
        'blocks.list': () => ({ blocks: [] }),
      },
    });
    const client = await connect();
    await client.call('accounts.add', { address: 'ann@example.org', password: 'correct horse' });
    await client.call('blocks.list');
    await client.call('config.check', { text: 'password = "battery staple"' });
    const calls = log.filter((line) => line.message === 'call');
    expect(calls.map((line) => [line.level, line.fields.method, line.fields.client])).toEqual([
      ['debug', 'service.hello', 'test/1'],
      ['info', 'accounts.add', 'test/1'],
      ['debug', 'blocks.list', 'test/1'],
      ['debug', 'config.check', 'test/1'],
    ]);
    expect(calls[1]?.fields.params).toContain('ann@example.org');
    expect(JSON.stringify(log)).not.toMatch(/correct horse|battery staple/);
  });

  it('stays short whatever the parameters are', async () => {
    const { client: connect, log } = await startControl({
      handlers: { 'queue.count': () => ({ messages: 0, bytes: 0 }) },
    });
    const client = await connect();
    const ids = Array.from({ length: 10_000 }, (_, index) => index + 1);
    await client.call('queue.count', { filter: { ids, from: 'x'.repeat(1_000) } });
    const call = log.find((line) => line.fields.method === 'queue.count');
    expect(String(call?.fields.params).length).toBeLessThan(600);
    expect(call?.fields.params).toContain('10000 in all');
  });
});

describe('the end', () => {
  it('of a client aborts its calls after a time for those that only send no more', async () => {
    const clock = new FakeClock();
    const signals: AbortSignal[] = [];
    const { client: connect, server } = await startControl({
      clock,
      handlers: {
        'queue.count': (_params, { signal }) => {
          signals.push(signal);
          return new Promise(() => {});
        },
      },
    });
    const client = await connect();
    client.send('{"jsonrpc":"2.0","id":1,"method":"queue.count"}\n');
    await expect.poll(() => server.clients()).toMatchObject([{ client: 'test/1', callsInFlight: 1 }]);
    const timers = clock.pending;
    client.destroy();
    await expect.poll(() => clock.pending).toBe(timers + 1);
    clock.advance(10_000);
    await expect.poll(() => signals[0]?.aborted).toBe(true);
    await expect.poll(() => server.clients()).toEqual([]);
  });

  it('of a client’s sending lets its calls end first', async () => {
    const { stranger } = await startControl();
    const client = await stranger();
    client.socket.end(`${JSON.stringify(hello)}\n{"jsonrpc":"2.0","id":2,"method":"rpc.discover"}\n`);
    expect((await client.next()).id).toBe('h');
    expect((await client.next()).id).toBe(2);
    await client.closed;
  });

  it('of the server closes its clients', async () => {
    const { client: connect, server } = await startControl();
    const client = await connect();
    await server.close();
    await client.closed;
    expect(server.clients()).toEqual([]);
  });
});
