import { describe, expect, it } from 'vitest';
import { sampleMessage, sampleStatus, sampleVerb } from '../../helpers/api-samples.ts';
import { keys, openTui } from './open-tui.tsx';

const open = async (options: Parameters<typeof openTui>[0] = {}) => {
  const tui = await openTui(options);
  await tui.press('3');
  await tui.sees('LAST REPLY');
  return tui;
};
const selected = (frame: string): string => frame.split('\n').find((row) => row.startsWith('▌')) ?? '';

/** A queue of so many messages, as the daemon pages it; the oldest first. */
const longQueue = (length: number) => ({
  'queue.list': ({
    cursor,
    limit = 100,
    descending,
  }: {
    cursor?: string | undefined;
    limit?: number | undefined;
    descending?: boolean | undefined;
  }) => {
    const from = Number(cursor ?? 0);
    const messages = Array.from({ length: Math.min(limit, length - from) }, (_, at) =>
      sampleMessage({ id: descending ? length - from - at : from + at + 1 }),
    );
    return { messages, next: from + limit < length ? String(from + limit) : null };
  },
  'queue.count': { messages: length, bytes: length * 2_000 },
});

describe('the list of the queue', () => {
  it('shows what waits and why', async () => {
    const tui = await open();
    for (const text of ['4698', 'active', 'deferred', 'held', '451 4.7.1', '<>', '4 messages, 2.1 MB'])
      expect(tui.frame()).toContain(text);
  });

  it('asks for the rows anew when the queue changes, at most twice a second', async () => {
    const tui = await open();
    const before = tui.daemon.paramsOf('queue.list').length;
    for (let n = 0; n < 200; n++) tui.daemon.emit('queue', { change: 'changed', ids: [4711], many: false });
    await tui.sees('4 messages');
    await new Promise((resolve) => setTimeout(resolve, 600));
    const asked = tui.daemon.paramsOf('queue.list').length - before;
    expect(asked).toBeGreaterThanOrEqual(1);
    expect(asked).toBeLessThanOrEqual(2);
  });

  it('scrolls a million messages with the pages that are looked at', async () => {
    const tui = await open({ script: longQueue(1_000_000) });
    await tui.sees('1,000,000 messages');
    for (let n = 0; n < 20; n++) await tui.press(keys.pageDown);
    await tui.sees(/▌ +4\d\d /);
    expect(tui.daemon.paramsOf('queue.list').length).toBeLessThan(12);
    await tui.press('G');
    await tui.sees(/▌ +1000000 /);
    await tui.press(keys.up);
    await tui.sees(/▌ +999999 /);
    await tui.press('g');
    await tui.sees(/▌ +1 /);
    expect(tui.daemon.paramsOf('queue.list').length).toBeLessThan(20);
  });

  it('keeps the cursor on its message when others come before it', async () => {
    let first = 4;
    const tui = await open({
      script: {
        'queue.list': () => ({
          messages: [4, 3, 2, 1].filter((id) => id <= first).map((id) => sampleMessage({ id })),
          next: null,
        }),
      },
    });
    first = 3;
    tui.daemon.emit('queue', { change: 'removed', ids: [4], many: false });
    await tui.press(keys.down, keys.down);
    expect(selected(tui.frame())).toMatch(/▌ +2 /);
    first = 4;
    tui.daemon.emit('queue', { change: 'added', ids: [4], many: false });
    await tui.sees(/ 4 +deferred/);
    expect(selected(tui.frame())).toMatch(/▌ +2 /);
  });

  it('filters with the words of the command line', async () => {
    const tui = await open();
    await tui.press(
      '/',
      'from:news@* to:*@example.net state:deferred,held older:2h error:greylist 4711',
      keys.enter,
    );
    await tui.sees('filter from:news@*');
    expect(tui.daemon.paramsOf('queue.list').at(-1)?.filter).toEqual({
      ids: [4711],
      from: 'news@*',
      to: '*@example.net',
      states: ['deferred', 'held'],
      olderThanSeconds: 7_200,
      error: 'greylist',
    });
    await tui.press(keys.esc);
    await tui.sees('filter none');
  });

  it('says what is wrong with a filter', async () => {
    const tui = await open();
    await tui.press('/', 'colour:red', keys.enter);
    await tui.sees('there is no filter "colour"');
    await tui.press('\x15', 'state:lost', keys.enter);
    await tui.sees('"lost" is not one of ready, active, deferred, held');
  });

  it('says that nothing matches, and how to go on', async () => {
    const tui = await openTui({
      script: { 'queue.list': { messages: [], next: null }, 'queue.count': { messages: 0, bytes: 0 } },
    });
    await tui.press('3');
    await tui.sees('The queue is empty. Last delivery');
    await tui.press('/', 'to:x', keys.enter);
    await tui.sees('No message matches to:x. Esc clears the filter.');
  });

  it('says in the queue that delivery is paused', async () => {
    const { server } = sampleStatus();
    const tui = await open({
      snapshot: {
        status: sampleStatus({ server: { ...server, paused: { ...server.paused, delivering: true } } }),
      },
    });
    await tui.sees('DELIVERY PAUSED');
  });

  it.each([
    ['t', 'queue.sendNow', 'send-now', 'Send now'],
    ['h', 'queue.hold', 'hold', 'Hold'],
    ['r', 'queue.release', 'release', 'Release'],
    ['d', 'queue.remove', 'remove', 'Remove'],
    ['B', 'queue.bounce', 'bounce', 'Bounce'],
  ] as const)(
    'asks before %s, counted by the daemon, and says the command line',
    async (key, method, name, verb) => {
      const tui = await open({ script: { [method]: sampleVerb({ changed: 1, bytes: 18_322 }) } });
      await tui.press(key);
      await tui.sees(`${verb} 1 message?`);
      expect(tui.frame()).toContain(`mailctl queue ${name} 4698`);
      expect(tui.daemon.paramsOf(method)).toEqual([{ filter: { ids: [4698] }, dryRun: true }]);
      await tui.press(keys.enter);
      expect(tui.daemon.paramsOf(method)).toHaveLength(1);
      await tui.press(key);
      await tui.sees(`${verb} 1 message?`);
      await tui.press('y');
      await tui.sees('ok  ');
      expect(tui.daemon.paramsOf(method).at(-1)).toEqual({ filter: { ids: [4698] } });
    },
  );

  it('acts on those selected, which stay selected when rows move', async () => {
    const tui = await open();
    await tui.press(' ', ' ');
    await tui.sees('2 selected');
    tui.daemon.emit('queue', { change: 'changed', ids: [], many: true });
    await tui.press('d');
    await tui.sees('Remove 2 messages?');
    expect(tui.frame()).toContain('mailctl queue remove 4698 4711');
  });

  it('acts on all that match a filter, by the filter', async () => {
    const tui = await open();
    await tui.press('/', "to:*@example.net error:'too many'", keys.enter, 'a');
    await tui.sees('all selected');
    await tui.press('d');
    await tui.sees('Remove 212 messages?');
    expect(tui.frame()).toContain("mailctl queue remove --to '*@example.net' --error 'too many'");
    expect(tui.daemon.paramsOf('queue.remove')[0]).toEqual({
      filter: { to: '*@example.net', error: 'too many' },
      dryRun: true,
    });
  });

  it('says why a verb changes nothing instead of asking', async () => {
    const refused = [{ id: 4698, reason: 'is being delivered' }];
    const tui = await open({
      script: { 'queue.release': sampleVerb({ changed: 0, refused, refusedCount: 1 }) },
    });
    await tui.press('r');
    await tui.sees('Release: is being delivered.');
  });

  it('brings back what was removed', async () => {
    const operation = {
      id: 17,
      verb: 'remove',
      at: sampleMessage().createdAt,
      client: 'mailctl/0.1.0',
      messages: 3,
      undoneAt: null,
      until: sampleMessage().expiresAt,
    };
    const tui = await open({
      script: {
        'queue.operations': { operations: [operation] },
        'queue.undo': { operation: 17, verb: 'remove', restored: 3 },
      },
    });
    await tui.press('U');
    await tui.sees('Bring back 3 messages?');
    await tui.press('y');
    await tui.sees('Brought back 3 messages.');
  });

  it('shows an error of the daemon until a key is pressed', async () => {
    const tui = await open({
      script: {
        'queue.hold': () => {
          throw new Error('the store is full');
        },
      },
    });
    await tui.press('h');
    await tui.sees('error  the store is full');
    await tui.press(keys.down);
    expect(tui.frame()).not.toContain('the store is full');
  });
});

describe('a message of the queue', () => {
  it('shows envelope, recipients and every attempt', async () => {
    const tui = await open();
    await tui.press(keys.down, keys.enter);
    await tui.sees('Came from');
    for (const text of [
      'Message 4711',
      'joe@example.net',
      'NOTIFY=FAILURE,DELAY',
      'mx1.example.net [203.0.113.40]',
    ])
      expect(tui.frame()).toContain(text);
    await tui.press(keys.end);
    await tui.sees('250 2.0.0 Ok: queued as 4F1A22');
  });

  it('shows header, decoded text and source', async () => {
    const tui = await open();
    await tui.press(keys.enter, keys.right);
    await tui.sees('Subject: Grüße');
    await tui.press(keys.right);
    await tui.sees('Grüße aus Graz');
    await tui.press(keys.right);
    await tui.sees('Gr=C3=BC=C3=9Fe aus Graz');
  });

  it('traces the message that it shows, and the one under the cursor', async () => {
    const asked: string[][] = [];
    const run = async (args: readonly string[]) => {
      asked.push([...args]);
      return 0 as const;
    };
    const tui = await open({ commands: { run } });
    await tui.press('T');
    await tui.sees('mailctl trace');
    await tui.press(keys.esc, keys.enter);
    await tui.sees('Message');
    await tui.press('T');
    await tui.sees('mailctl trace');
    expect(asked).toHaveLength(2);
    expect(asked[0]).toEqual(['trace', expect.stringMatching(/^\d+$/)]);
    expect(asked[1]).toEqual(asked[0]);
  });

  it('explains why it waits, with the command that helps', async () => {
    const tui = await open();
    await tui.press('e');
    await tui.sees('The last attempt failed for now.');
    expect(tui.frame()).toContain('mailctl queue send-now 4698');
  });

  it('is asked for anew when it changes, and not when others do', async () => {
    const tui = await open();
    await tui.press(keys.enter);
    await tui.sees('Came from');
    const before = tui.daemon.paramsOf('queue.show').length;
    tui.daemon.emit('queue', { change: 'changed', ids: [1], many: false });
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(tui.daemon.paramsOf('queue.show')).toHaveLength(before);
    tui.daemon.emit('queue', { change: 'changed', ids: [4698], many: false });
    await tui.sees('Came from');
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(tui.daemon.paramsOf('queue.show')).toHaveLength(before + 1);
  });

  it('takes the verbs too, and goes back', async () => {
    const tui = await open();
    await tui.press(keys.enter, 'h');
    await tui.sees('Hold 1 message?');
    await tui.press('y');
    await tui.sees('Held 1 message');
    await tui.press(keys.esc);
    await tui.sees('LAST REPLY');
  });
});
