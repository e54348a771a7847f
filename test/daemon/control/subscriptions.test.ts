import { describe, expect, it } from 'vitest';
import { eventHandlers } from '../../../daemon/control/handlers/events.ts';
import { type ControlLimits, defaultLimits } from '../../../daemon/control/limits.ts';
import { Subscriptions } from '../../../daemon/control/subscriptions.ts';
import { nullLog } from '../../../daemon/log/logger.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { emptyQueue, exchange, FakeSources, session, status } from './fake-sources.ts';
import { type EventParams, type RawClient, startControl } from './harness.ts';

async function start(limits: Partial<ControlLimits> = {}) {
  const sources = new FakeSources();
  const clock = new FakeClock();
  const log = nullLog.for('control');
  const subscriptions = new Subscriptions({ sources, clock, log, limits: { ...defaultLimits, ...limits } });
  const harness = await startControl({ handlers: eventHandlers(subscriptions), limits });
  return { ...harness, sources, clock, subscriptions };
}

const subscribe = (client: RawClient, params: object) => client.call('events.subscribe', params);
const nextEvent = async (client: RawClient): Promise<EventParams> => (await client.next()).params;
const tick = () => new Promise((resolve) => setImmediate(resolve));

describe('events.subscribe', () => {
  it('answers a snapshot of each topic', async () => {
    const { client, sources } = await start();
    sources.line('one');
    sources.line('two');
    const { result } = await subscribe(await client(), {
      topics: ['log', 'sessions', 'session', 'queue', 'status', 'log'],
      logLines: 1,
      sessionId: 7,
    });
    expect(result).toEqual({
      subscription: 1,
      snapshot: {
        log: [expect.objectContaining({ seq: 2, message: 'two' })],
        sessions: [session(7)],
        session: { session: session(7), exchanges: [exchange('EHLO')], dropped: 3 },
        queue: emptyQueue,
        status: status(1),
      },
    });
  });

  it('sends changes, numbered by topic', async () => {
    const { client: connect, sources } = await start();
    const client = await connect();
    await subscribe(client, { topics: ['log', 'sessions', 'session', 'queue'], sessionId: 7 });
    sources.line('hello');
    sources.sessionEvents.emit({ change: 'opened', session: session(8) });
    sources.exchanges.emit(exchange('MAIL'));
    sources.queueEvents.emit({ change: 'added', ids: [3], many: false });
    sources.line('again');
    sources.exchanges.emit(null);
    const events: EventParams[] = [];
    for (let n = 0; n < 6; n++) events.push(await nextEvent(client));
    expect(events.map(({ topic, seq }) => [topic, seq])).toEqual([
      ['log', 1],
      ['sessions', 1],
      ['session', 1],
      ['queue', 1],
      ['log', 2],
      ['session', 2],
    ]);
    expect(events[0]?.data).toMatchObject({ message: 'hello' });
    expect(events[3]?.data).toEqual({ change: 'added', ids: [3], many: false });
    expect(events[5]?.data).toBeNull();
    expect(events.every((event) => event.subscription === 1 && !('skipped' in event))).toBe(true);
  });

  it('loses and doubles nothing between the snapshot and the first event', async () => {
    const { client: connect, sources } = await start();
    const client = await connect();
    let stop = false;
    const writing = (async () => {
      while (!stop) {
        for (let n = 0; n < 5; n++) sources.line('x');
        await tick();
      }
    })();
    for (let round = 0; round < 50; round++) {
      const { result } = await subscribe(client, { topics: ['log'], logLines: 10 });
      const { log } = result.snapshot as { log: { seq: number }[] };
      const seen = log.map((entry) => entry.seq);
      while (seen.length < 30) seen.push(((await nextEvent(client)).data as { seq: number }).seq);
      const first = seen[0] ?? 0;
      expect(seen).toEqual(seen.map((_, index) => first + index));
      client.send(
        `{"jsonrpc":"2.0","id":"end","method":"events.unsubscribe","params":{"subscription":${result.subscription}}}\n`,
      );
      while ((await client.next()).id !== 'end');
    }
    stop = true;
    await writing;
  });

  it('keeps what happens while a snapshot is still being made', async () => {
    const { client: connect, sources } = await start();
    const client = await connect();
    let counted = (_counts: typeof emptyQueue) => {};
    sources.counted = new Promise((resolve) => {
      counted = resolve;
    });
    const answer = subscribe(client, { topics: ['queue', 'log'] });
    await expect.poll(() => sources.queueEvents.idle).toBe(false);
    sources.queueEvents.emit({ change: 'added', ids: [1], many: false });
    sources.line('meanwhile');
    counted(emptyQueue);
    expect((await answer).result.subscription).toBe(1);
    expect(await nextEvent(client)).toMatchObject({ topic: 'queue', seq: 1 });
    expect(await nextEvent(client)).toMatchObject({ topic: 'log', seq: 1, data: { message: 'meanwhile' } });
  });

  it.each([
    [{ topics: ['session'] }, 'params.invalid'],
    [{ topics: ['session'], sessionId: 99 }, 'session.not_found'],
    [{ topics: [] }, 'params.invalid'],
    [{ topics: ['weather'] }, 'params.invalid'],
  ])('refuses %j', async (params, code) => {
    const { client, sources, subscriptions } = await start();
    expect((await subscribe(await client(), params)).error.data.code).toBe(code);
    expect(subscriptions.count).toBe(0);
    expect(sources.followers).toBe(false);
  });

  it('gives a client a bounded number of them', async () => {
    const { client: connect } = await start({ subscriptionsPerClient: 2 });
    const client = await connect();
    await subscribe(client, { topics: ['log'] });
    await subscribe(client, { topics: ['log'] });
    expect((await subscribe(client, { topics: ['log'] })).error.data.code).toBe('limit.exceeded');
    expect((await subscribe(await connect(), { topics: ['log'] })).result.subscription).toBe(3);
  });

  it('renders an event once for all who listen', async () => {
    const { client: connect, sources } = await start();
    const clients = [await connect(), await connect(), await connect()];
    for (const client of clients) await subscribe(client, { topics: ['sessions'] });
    let rendered = 0;
    const event = { change: 'opened', session: session(8) } as const;
    const counting = {
      ...event,
      toJSON() {
        rendered += 1;
        return event;
      },
    };
    sources.sessionEvents.emit(counting);
    for (const client of clients) expect((await nextEvent(client)).data).toEqual(event);
    expect(rendered).toBe(1);
  });
});

describe('a subscription ends', () => {
  it('with events.unsubscribe, of its own client only', async () => {
    const { client: connect, sources } = await start();
    const client = await connect();
    const other = await connect();
    await subscribe(client, { topics: ['log'] });
    const end = (of: RawClient) => of.call('events.unsubscribe', { subscription: 1 });
    expect((await end(other)).result).toEqual({ ended: false });
    expect((await end(client)).result).toEqual({ ended: true });
    expect((await end(client)).result).toEqual({ ended: false });
    expect(sources.followers).toBe(false);
  });

  it('with its client', async () => {
    const { client: connect, sources, clock, subscriptions } = await start();
    const client = await connect();
    const topics = ['log', 'sessions', 'session', 'queue', 'status'];
    await subscribe(client, { topics, sessionId: 7 });
    expect(clock.pending).toBe(1);
    client.destroy();
    await expect.poll(() => subscriptions.count).toBe(0);
    expect(sources.followers).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it('with its client even while its snapshot is being made', async () => {
    const { client: connect, sources, subscriptions, server } = await start();
    const client = await connect();
    let counted = (_counts: typeof emptyQueue) => {};
    sources.counted = new Promise((resolve) => {
      counted = resolve;
    });
    client.send(
      '{"jsonrpc":"2.0","id":1,"method":"events.subscribe","params":{"topics":["queue","status"]}}\n',
    );
    await expect.poll(() => subscriptions.count).toBe(1);
    client.destroy();
    counted(emptyQueue);
    await expect.poll(() => server.clients()).toEqual([]);
    await expect.poll(() => subscriptions.count).toBe(0);
    expect(sources.followers).toBe(false);
  });
});

describe('the topic status', () => {
  it('asks once a second whoever listens, and tells only of changes', async () => {
    const { client: connect, sources, clock } = await start();
    const clients = [await connect(), await connect()];
    for (const client of clients) await subscribe(client, { topics: ['status'] });
    const asked = sources.statusAsked;
    const second = async () => {
      clock.advance(1_000);
      await tick();
    };
    await second();
    sources.currentStatus = status(1, 12_345);
    await second();
    sources.currentStatus = status(2, 12_345);
    await second();
    await second();
    expect(sources.statusAsked - asked).toBe(4);
    for (const client of clients) {
      expect(await nextEvent(client)).toMatchObject({
        topic: 'status',
        seq: 1,
        data: { queue: { total: 2 } },
      });
      expect((await client.call('events.unsubscribe', { subscription: 99 })).result).toEqual({
        ended: false,
      });
    }
  });

  it('does not ask when nobody listens', async () => {
    const { client: connect, sources, clock } = await start();
    const client = await connect();
    await subscribe(client, { topics: ['status'] });
    await client.call('events.unsubscribe', { subscription: 1 });
    const asked = sources.statusAsked;
    clock.advance(10_000);
    await tick();
    expect(sources.statusAsked).toBe(asked);
    expect(clock.pending).toBe(0);
  });
});

describe('a slow subscriber', () => {
  it('costs bounded memory and is told what it missed', async () => {
    const { client: connect, sources, server } = await start();
    const client = await connect();
    await subscribe(client, { topics: ['log'], logLines: 0 });
    client.socket.pause();
    const text = 'x'.repeat(400);
    const total = 200_000;
    global.gc?.();
    const before = process.memoryUsage().heapUsed;
    for (let n = 0; n < total; n++) {
      sources.line(text);
      if (n % 500 === 0) await tick();
    }
    expect(server.clients()[0]?.unreadBytes).toBeLessThan(2 * 1024 * 1024);
    // 100 MB of events went by.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(60 * 1024 * 1024);

    client.socket.resume();
    let seen = 0;
    let skipped = 0;
    let lastSeq = 0;
    const take = async () => {
      const event = await nextEvent(client);
      expect(event.seq).toBe(lastSeq + 1);
      lastSeq = event.seq;
      seen += 1;
      skipped += event.skipped ?? 0;
      return event;
    };
    // The next event tells; those that waited come first.
    const kept = await drain(take, sources);
    expect(kept.data).toMatchObject({ message: 'the next one' });
    expect(kept.skipped).toBeGreaterThan(0);
    expect(seen + skipped).toBe(total + 1);
  });

  async function drain(take: () => Promise<EventParams>, sources: FakeSources): Promise<EventParams> {
    await take();
    // Reading on makes room: until there is some the next event would be dropped, too.
    for (let n = 0; n < 1_000; n++) await take();
    await new Promise((resolve) => setImmediate(resolve));
    sources.line('the next one');
    for (;;) {
      const event = await take();
      if ((event.data as { message: string }).message === 'the next one') return event;
    }
  }

  it('does not hold up another one', async () => {
    const { client: connect, sources } = await start();
    const slow = await connect();
    const quick = await connect();
    for (const client of [slow, quick]) await subscribe(client, { topics: ['log'], logLines: 0 });
    slow.socket.pause();
    for (let n = 1; n <= 20_000; n++) {
      sources.line('x'.repeat(200));
      if (n % 100 === 0) await tick();
    }
    for (let seq = 1; seq <= 20_000; seq++) {
      const event = await nextEvent(quick);
      expect(event.seq).toBe(seq);
      expect(event.skipped).toBeUndefined();
    }
  });
});

it('carries 10,000 lines a second to a follower, in less than half of the time', async () => {
  const { client: connect, sources } = await start();
  const client = await connect();
  await subscribe(client, { topics: ['log'], logLines: 0 });
  let received = 0;
  client.socket.removeAllListeners('data');
  const all = new Promise<void>((resolve) => {
    client.socket.on('data', (text: string) => {
      for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) received += 1;
      if (received === 20_000) resolve();
    });
  });
  const started = performance.now();
  // A line at a time, as they come from the sessions: 20 in a turn of the loop.
  for (let n = 1; n <= 20_000; n++) {
    sources.line('message accepted and a few words more of it');
    if (n % 20 === 0) await tick();
  }
  await all;
  expect(performance.now() - started).toBeLessThan(1_000);
});
