import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ClientError, type ConnectOptions, connect, type TopicEvent } from '../../cli/client.ts';
import { queuePage } from '../../cli/rpc/queue-page.ts';
import type { Handlers } from '../../daemon/control/handler.ts';
import { RawJson } from '../../daemon/control/handler.ts';
import { eventHandlers } from '../../daemon/control/handlers/events.ts';
import { type ControlLimits, defaultLimits } from '../../daemon/control/limits.ts';
import { Subscriptions } from '../../daemon/control/subscriptions.ts';
import { MaildError } from '../../daemon/errors.ts';
import { nullLog } from '../../daemon/log/logger.ts';
import { FakeSources } from '../daemon/control/fake-sources.ts';
import { startControl, temporaryDirectory } from '../daemon/control/harness.ts';
import { FakeClock } from '../helpers/fake-clock.ts';

async function open(options: Partial<ConnectOptions>) {
  const client = await connect({ timeoutMs: 5_000, ...options });
  onTestFinished(() => client.close());
  return client;
}

async function withDaemon(handlers: Partial<Handlers> = {}, limits: Partial<ControlLimits> = {}) {
  const daemon = await startControl({ handlers, limits });
  return {
    ...daemon,
    open: (options: Partial<ConnectOptions> = {}) => open({ socket: daemon.path, ...options }),
  };
}

/** Something else on a socket, which does with each connection what the test says. */
async function listenOn(path: string, serve: Parameters<typeof createServer>[1]): Promise<Server> {
  const server = createServer(serve);
  await new Promise<void>((done) => server.listen(path, done));
  onTestFinished(() => void server.close());
  return server;
}

const failure = async (promise: Promise<unknown>): Promise<ClientError> => {
  const error = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ClientError);
  return error as ClientError;
};

describe('a call', () => {
  it('has its result', async () => {
    const { open } = await withDaemon({ 'queue.count': () => ({ messages: 3, bytes: 12 }) });
    expect(await (await open()).call('queue.count', {})).toEqual({ messages: 3, bytes: 12 });
  });

  it('is matched to its answer, whatever the order', async () => {
    const { open } = await withDaemon({
      'queue.show': async ({ id }) => {
        for (let turns = 20 - id; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
        throw new MaildError('queue.not_found', String(id));
      },
    });
    const client = await open();
    const ids = Array.from({ length: 20 }, (_, index) => index + 1);
    const failures = await Promise.all(ids.map((id) => failure(client.call('queue.show', { id }))));
    expect(failures.map((error) => Number(error.message))).toEqual(ids);
  });

  it('that the daemon refuses has its code and details', async () => {
    const { open } = await withDaemon({
      'queue.show': ({ id }) => {
        throw new MaildError('queue.not_found', `no message ${id}`, { details: { id } });
      },
    });
    const error = await failure((await open()).call('queue.show', { id: 42 }));
    expect(error).toMatchObject({
      kind: 'rpc',
      code: 'queue.not_found',
      message: 'no message 42',
      details: { id: 42 },
    });
  });

  it('that is not answered in time is given up, and the next one works', async () => {
    const { open } = await withDaemon({ 'queue.count': () => new Promise(() => {}) });
    const client = await open();
    const error = await failure(client.call('queue.count', {}, 50));
    expect(error).toMatchObject({ kind: 'timeout', message: 'maild did not answer in 0.1 s' });
    expect((await client.call('rpc.discover', {})).openrpc).toBe('1.3.2');
  });

  it('fails when the daemon goes away meanwhile, and so do later ones', async () => {
    let began = () => {};
    const running = new Promise<void>((resolve) => {
      began = resolve;
    });
    const { open, server } = await withDaemon({
      'queue.count': () => {
        began();
        return new Promise(() => {});
      },
    });
    const client = await open();
    const lost = failure(client.call('queue.count', {}));
    await running;
    await server.close();
    expect((await lost).kind).toBe('unreachable');
    expect((await client.closed)?.kind).toBe('unreachable');
    expect((await failure(client.call('queue.count', {}))).kind).toBe('unreachable');
  });

  it('leaves nothing behind that keeps the process alive after close', async () => {
    const { open } = await withDaemon();
    const client = await open();
    client.close();
    expect(await client.closed).toBeNull();
  });
});

describe('the result of callRaw', () => {
  it('is the text of the frame', async () => {
    const text = '{"messages":[{"id":1,"subject":"ü\\t\\"],\\"next\\":1"},\t{"id":2}],"next":"c2"}';
    const { open } = await withDaemon({ 'queue.list': () => new RawJson(text) });
    const client = await open();
    const [first, second] = await Promise.all([
      client.callRaw('queue.list', {}),
      client.callRaw('queue.list', { limit: 1 }),
    ]);
    expect(first.toString()).toBe(text);
    expect(second.toString()).toBe(text);
    expect(queuePage(first).next).toBe('c2');
  });

  it('is an error like any other when there is one', async () => {
    const { open } = await withDaemon({
      'queue.list': () => {
        throw new MaildError('store.unavailable', 'not now');
      },
    });
    expect((await failure((await open()).callRaw('queue.list', {}))).code).toBe('store.unavailable');
  });
});

describe('a daemon that cannot be reached', () => {
  it('because it is not there, is missed with a hint how to start it', async () => {
    const path = join(temporaryDirectory(), 'maild.sock');
    const error = await failure(open({ socket: path }));
    expect(error).toMatchObject({ kind: 'unreachable', code: 'ENOENT' });
    expect(error.message).toContain(path);
    expect(error.hint).toContain('systemctl start maild');
  });

  it('because nobody listens on what is there', async () => {
    const path = join(temporaryDirectory(), 'maild.sock');
    writeFileSync(path, '');
    expect(await failure(open({ socket: path }))).toMatchObject({
      kind: 'unreachable',
      code: 'ECONNREFUSED',
    });
  });

  it('because this user may not, is told apart', async () => {
    const directory = join(temporaryDirectory(), 'closed');
    mkdirSync(directory, { mode: 0o000 });
    if (process.getuid?.() === 0) {
      // Root may everything.
      process.seteuid?.(65_534);
      onTestFinished(() => process.seteuid?.(0));
    }
    const error = await failure(open({ socket: join(directory, 'maild.sock') }));
    expect(error).toMatchObject({ kind: 'permission', code: 'EACCES' });
    expect(error.hint).toContain('control.group');
  });

  it('because its path is too long', async () => {
    expect((await failure(open({ socket: `/${'x'.repeat(107)}` }))).kind).toBe('usage');
  });

  it('because it does not answer', async () => {
    const path = join(temporaryDirectory(), 'maild.sock');
    await listenOn(path, (socket) => void onTestFinished(() => void socket.destroy()));
    expect((await failure(open({ socket: path, timeoutMs: 50 }))).kind).toBe('timeout');
  });

  it('because something else is there', async () => {
    const path = join(temporaryDirectory(), 'maild.sock');
    await listenOn(path, (socket) => void socket.end('220 mx.test ESMTP\r\n'));
    expect((await failure(open({ socket: path }))).kind).toBe('protocol');
  });

  it('because it hangs up', async () => {
    const path = join(temporaryDirectory(), 'maild.sock');
    await listenOn(path, (socket) => void socket.destroy());
    expect((await failure(open({ socket: path }))).kind).toBe('unreachable');
  });

  it('because it has too many clients, says so', async () => {
    const daemon = await withDaemon({}, { clients: 1 });
    await daemon.open();
    const error = await failure(daemon.open());
    expect(error).toMatchObject({ kind: 'rpc', code: 'limit.exceeded' });
    expect(error.message).toContain('1 clients');
  });

  it('because it is of another version, in a sentence that names both', async () => {
    const { open } = await withDaemon({
      'service.hello': ({ client }) => {
        throw new MaildError(
          'protocol.incompatible',
          `maild 9.0.0 speaks protocol 2 and ${client} protocol 1`,
        );
      },
    });
    const error = await failure(open());
    expect(error.kind).toBe('protocol');
    expect(error.message).toMatch(/maild 9\.0\.0 .* mailctl\/\d+\.\d+\.\d+ protocol 1/);
  });
});

it('finds the daemon in the usual places', async () => {
  const daemon = await withDaemon();
  vi.stubEnv('MAILD_SOCKET', daemon.path);
  onTestFinished(() => void vi.unstubAllEnvs());
  expect((await (await open({})).call('rpc.discover', {})).openrpc).toBe('1.3.2');
});

describe('a subscription', () => {
  async function withEvents() {
    const sources = new FakeSources();
    const log = nullLog.for('control');
    const subscriptions = new Subscriptions({ sources, clock: new FakeClock(), log, limits: defaultLimits });
    return { ...(await withDaemon(eventHandlers(subscriptions))), sources };
  }

  it('has its snapshot and then every event, the first ones included', async () => {
    const { open, sources } = await withEvents();
    const client = await open();
    // A line in every turn of the loop, so that some come in one chunk with the answer.
    let running = true;
    const writing = (async () => {
      while (running) {
        sources.line('x');
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (let round = 0; round < 30; round++) {
      const events: TopicEvent[] = [];
      const subscription = await client.subscribe({ topics: ['log'], logLines: 5 }, (event) => {
        events.push(event);
      });
      await expect.poll(() => events.length, { interval: 1 }).toBeGreaterThan(20);
      await subscription.end();
      const count = events.length;
      const seqs = [
        ...(subscription.snapshot.log ?? []).map((entry) => entry.seq),
        ...events.map((event) => (event.topic === 'log' ? event.data.seq : -1)),
      ];
      expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index));
      expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
      await client.call('events.unsubscribe', { subscription: subscription.id });
      expect(events.length).toBe(count);
    }
    running = false;
    await writing;
  });

  it('can be held back and goes on where it stopped', async () => {
    const { open, sources } = await withEvents();
    const client = await open();
    const messages: string[] = [];
    await client.subscribe({ topics: ['log'] }, (event) => {
      if (event.topic === 'log') messages.push(event.data.message);
    });
    client.pause();
    sources.line('one');
    sources.line('two');
    await new Promise((resolve) => setImmediate(resolve));
    expect(messages).toEqual([]);
    client.resume();
    await expect.poll(() => messages).toEqual(['one', 'two']);
  });

  it('keeps two apart', async () => {
    const { open, sources } = await withEvents();
    const client = await open();
    const seen: string[] = [];
    await client.subscribe({ topics: ['log'] }, (event) => void seen.push(`a ${event.topic}`));
    await client.subscribe({ topics: ['queue'] }, (event) => void seen.push(`b ${event.topic}`));
    sources.line('x');
    sources.queueEvents.emit({ change: 'added', ids: [1], many: false });
    await expect.poll(() => seen).toEqual(['a log', 'b queue']);
  });
});
