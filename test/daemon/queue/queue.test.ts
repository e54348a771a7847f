import { describe, expect, it } from 'vitest';
import { newMessage, result, testQueue } from '../../helpers/test-queue.ts';

const now = () => Date.now();

async function list(queue: Awaited<ReturnType<typeof testQueue>>['queue'], params = {}) {
  const page = JSON.parse(await queue.list(params));
  return page.messages as { id: number; state: string; to: string[] }[];
}

/** What the triggers keep must be what a count finds. */
async function expectTrueCounts({ store }: Awaited<ReturnType<typeof testQueue>>) {
  const kept = await store.all(
    `SELECT name AS state, value AS messages, bytes FROM counters
      WHERE name IN ('ready', 'deferred', 'held', 'done', 'removed') AND value > 0 ORDER BY name`,
  );
  const counted = await store.all(
    'SELECT state, count(*) AS messages, sum(size) AS bytes FROM messages GROUP BY state ORDER BY state',
  );
  expect(kept).toEqual(counted);
}

describe('taking a message', () => {
  it('keeps envelope, recipients and content', async () => {
    const t = await testQueue();
    const id = await t.add({
      to: ['bob@example.com', 'eve@Example.NET'],
      body: 'Subject: x\r\n\r\nbody\r\n',
    });
    const detail = await t.queue.show(id);
    expect(detail).toMatchObject({
      id,
      state: 'ready',
      outcome: 'queued',
      from: 'ann@example.test',
      to: ['bob@example.com', 'eve@Example.NET'],
      source: { sessionId: 7, remoteAddress: '192.0.2.7', user: null },
    });
    expect(detail.recipients.map((recipient) => recipient.state)).toEqual(['pending', 'pending']);
    const content = await t.queue.contentSlice(id, 9, 6);
    expect(Buffer.from(content.data, 'base64').toString()).toBe('x\r\n\r\nb');
  });

  it('keeps each body whole when many arrive in one commit', async () => {
    const t = await testQueue();
    const bodies = Array.from(
      { length: 50 },
      (_, i) => `Subject: ${i}\r\n\r\n${String(i).repeat(i + 1)}\r\n`,
    );
    const ids = await Promise.all(bodies.map((body) => t.add({ body })));
    for (const [i, id] of ids.entries()) {
      const content = await t.queue.content(id);
      expect(content.inline?.toString()).toBe(bodies[i]);
    }
    await expectTrueCounts(t);
  });

  it('delivers to local accounts in the same transaction', async () => {
    const t = await testQueue();
    await t.store.transaction(async (tx) => {
      await tx.run(
        `INSERT INTO accounts (address, password_hash, created_at) VALUES ('kim@example.org', 'x', 1)`,
      );
      await tx.run(
        `INSERT INTO mailboxes (account_id, name, uid_validity, created_at) VALUES (1, 'INBOX', 1, 1)`,
      );
    });
    const local = [{ accountId: 1, address: 'kim@example.org' }];
    const [only, both] = await Promise.all([
      t.add({ to: [], local }),
      t.add({ to: ['bob@example.com'], local }),
    ]);
    const entries = await t.store.all('SELECT uid, content_id FROM mailbox_entries ORDER BY uid');
    expect(entries).toEqual([
      { uid: 1, content_id: only },
      { uid: 2, content_id: both },
    ]);
    expect(await t.store.get('SELECT uid_next, messages FROM mailboxes')).toEqual({
      uid_next: 3,
      messages: 2,
    });
    expect(await t.queue.show(only)).toMatchObject({ outcome: 'done', recipients: [{ state: 'delivered' }] });
    expect((await list(t.queue)).map((message) => message.id)).toEqual([both]);
    await t.queue.record({ messageId: both, domain: 'example.com', at: now(), results: [result(0)] }, []);
    expect(await t.store.all('SELECT id, refs FROM contents ORDER BY id')).toEqual([
      { id: only, refs: 1 },
      { id: both, refs: 1 },
    ]);
  });

  it('takes nothing when an account went away meanwhile, and only that message fails', async () => {
    const t = await testQueue();
    const gone = t.add({ to: [], local: [{ accountId: 99, address: 'gone@example.org' }] });
    const fine = t.add();
    await expect(gone).rejects.toThrow('account is gone');
    await expect(fine).resolves.toBeTypeOf('number');
    expect(await list(t.queue)).toHaveLength(1);
  });

  it('never uses an id again, even when the newest message has gone', async () => {
    const t = await testQueue();
    const last = await t.add();
    await t.queue.verb('remove', { filter: { ids: [last] } }, 'test');
    await t.store.transaction((tx) => tx.run('UPDATE messages SET finished_at = 1'));
    expect(await t.queue.purge()).toBe(1);
    const again = await testQueue(undefined, t.folder);
    expect(again.queue.nextId()).toBeGreaterThan(last);
  });
});

describe('delivering', () => {
  it('hands out what is due, domain by domain, and nothing that is excepted', async () => {
    const t = await testQueue();
    const id = await t.add({ to: ['a@one.test', 'b@one.test', 'c@two.test'] });
    expect([...(await t.queue.dueDomains(now(), [], 10))].sort()).toEqual(['one.test', 'two.test']);
    expect(await t.queue.dueDomains(now(), ['one.test'], 10)).toEqual(['two.test']);
    const [job] = await t.queue.dueJobs('one.test', now(), [], 10);
    expect(job?.recipients.map((recipient) => recipient.address)).toEqual(['a@one.test', 'b@one.test']);
    expect(await t.queue.dueJobs('one.test', now(), [id], 10)).toEqual([]);
  });

  it('keeps what is deferred with its reply and due time, and lets go of what is delivered', async () => {
    const t = await testQueue();
    const id = await t.add({ to: ['a@one.test', 'b@one.test'] });
    const later = now() + 60_000;
    const deferred = result(1, {
      outcome: 'deferred',
      code: 451,
      reply: '451 4.7.1 <b@one.test>: try later, 300 s',
      nextAttemptAt: later,
    });
    await t.queue.record(
      { messageId: id, domain: 'one.test', at: now(), results: [result(0), deferred] },
      [],
    );
    expect(await t.queue.show(id)).toMatchObject({
      state: 'deferred',
      attempts: 1,
      lastReply: deferred.reply,
      nextAttemptAt: new Date(later).toISOString(),
      recipients: [{ state: 'delivered' }, { state: 'pending', attempts: [{ code: 451 }] }],
    });
    expect(await t.queue.dueDomains(now(), [], 10)).toEqual([]);
    expect(await t.queue.nextDueAt()).toBe(later);
    expect((await t.queue.summary({ by: 'reason' })).rows).toMatchObject([
      { key: '451 4.7.1 address: try later, # s', messages: 1 },
    ]);
    await t.queue.record({ messageId: id, domain: 'one.test', at: now(), results: [result(1)] }, []);
    expect(await t.queue.show(id)).toMatchObject({ outcome: 'done', attempts: 2 });
    expect(await t.store.get('SELECT count(*) AS n FROM contents')).toEqual({ n: 0 });
    expect(await t.store.get('SELECT count(*) AS n FROM destinations')).toEqual({ n: 0 });
    await expectTrueCounts(t);
  });

  it('writes an outcome and its report in one transaction', async () => {
    const t = await testQueue();
    const id = await t.add();
    const report = newMessage(t.queue.nextId(), { from: '', to: ['ann@example.test'] });
    const failed = result(0, { outcome: 'failed', code: 550, reply: '550 5.1.1 no such user' });
    await t.queue.record({ messageId: id, domain: 'example.com', at: now(), results: [failed] }, [report]);
    expect((await list(t.queue)).map((message) => message.id)).toEqual([report.id]);
    const counters = await t.store.all(
      `SELECT name, value FROM counters WHERE value > 0 AND name LIKE '%Messages' ORDER BY name`,
    );
    expect(counters).toEqual([
      { name: 'bouncedMessages', value: 1 },
      { name: 'processedMessages', value: 2 },
    ]);
  });

  it('goes on showing what stands in the way of the others when one is delivered', async () => {
    const t = await testQueue();
    const id = await t.add({ to: ['a@one.test', 'b@two.test'] });
    const deferred = result(0, { outcome: 'deferred', reply: '451 later', nextAttemptAt: now() + 60_000 });
    await t.queue.record({ messageId: id, domain: 'one.test', at: now(), results: [deferred] }, []);
    await t.queue.record({ messageId: id, domain: 'two.test', at: now(), results: [result(1)] }, []);
    expect(await t.queue.show(id)).toMatchObject({ state: 'deferred', lastReply: '451 later' });
  });

  it('counts a message with two domains once, whatever the order of their outcomes', async () => {
    const t = await testQueue();
    const id = await t.add({ to: ['a@one.test', 'b@two.test'] });
    await Promise.all([
      t.queue.record({ messageId: id, domain: 'one.test', at: now(), results: [result(0)] }, []),
      t.queue.record({ messageId: id, domain: 'two.test', at: now(), results: [result(1)] }, []),
    ]);
    expect(await t.queue.show(id)).toMatchObject({ outcome: 'done' });
    expect(await t.store.get(`SELECT value FROM counters WHERE name = 'deliveredMessages'`)).toEqual({
      value: 1,
    });
  });
});

describe('operators', () => {
  it('hold keeps messages from being due, release makes them due', async () => {
    const t = await testQueue();
    const id = await t.add();
    expect(await t.queue.verb('hold', { filter: { ids: [id] }, reason: 'looks odd' }, 'test')).toMatchObject({
      changed: 1,
    });
    expect(await t.queue.show(id)).toMatchObject({
      state: 'held',
      heldReason: 'looks odd',
      nextAttemptAt: null,
    });
    expect(await t.queue.dueDomains(now(), [], 10)).toEqual([]);
    expect(await t.queue.verb('sendNow', { filter: { ids: [id] } }, 'test')).toMatchObject({
      changed: 0,
      refused: [{ id, reason: 'is held; release it first' }],
    });
    await t.queue.verb('release', { filter: {}, all: true }, 'test');
    expect(await t.queue.dueDomains(now(), [], 10)).toEqual(['example.com']);
    await expectTrueCounts(t);
  });

  it('remove takes what matches, leaves what is being delivered, and undo brings it back', async () => {
    const t = await testQueue();
    const ids = await Promise.all([
      t.add({ to: ['a@one.test'] }),
      t.add({ to: ['b@one.test'] }),
      t.add({ to: ['c@two.test'] }),
    ]);
    const [first = 0, second = 0, third = 0] = ids;
    t.active.add(first);
    const removed = await t.queue.verb('remove', { filter: { domain: 'one.*' } }, 'test');
    expect(removed).toMatchObject({ matched: 2, changed: 1, refusedCount: 1, refused: [{ id: first }] });
    expect((await list(t.queue)).map((message) => message.id)).toEqual([first, third]);
    expect(await t.queue.show(second)).toMatchObject({ outcome: 'removed' });
    expect(await t.queue.undo(removed.operation ?? undefined)).toMatchObject({ restored: 1, verb: 'remove' });
    expect(await t.queue.show(second)).toMatchObject({ outcome: 'queued', state: 'ready' });
    expect((await t.queue.dueJobs('one.test', now(), [first], 10)).map((job) => job.messageId)).toEqual([
      second,
    ]);
    await expect(t.queue.undo(undefined)).rejects.toMatchObject({ code: 'operation.not_found' });
    await expectTrueCounts(t);
  });

  it('a filter that says nothing is refused, and ids that are not there are named', async () => {
    const t = await testQueue();
    const id = await t.add();
    await expect(t.queue.verb('remove', { filter: {} }, 'test')).rejects.toMatchObject({
      code: 'params.invalid',
    });
    expect(await t.queue.verb('remove', { filter: { ids: [id, 4711] }, dryRun: true }, 'test')).toMatchObject(
      {
        matched: 1,
        changed: 1,
        notFound: [4711],
        operation: null,
      },
    );
    expect(await list(t.queue)).toHaveLength(1);
  });

  it('works in steps through more than one transaction holds', async () => {
    const t = await testQueue();
    await Promise.all(Array.from({ length: 2_500 }, () => t.add()));
    expect(await t.queue.verb('clear', { filter: {}, all: true }, 'test')).toMatchObject({ changed: 2_500 });
    expect(await t.queue.counts()).toMatchObject({ total: 0, oldestAt: null });
    expect(await t.queue.undo(undefined)).toMatchObject({ restored: 2_500 });
    expect(await t.queue.counts()).toMatchObject({ total: 2_500 });
    await expectTrueCounts(t);
  });

  it('an operation that a crash cut short is completed at the next start', async () => {
    const t = await testQueue();
    await Promise.all(Array.from({ length: 3 }, () => t.add()));
    await t.store.transaction((tx) =>
      tx.run(
        `INSERT INTO operations (verb, at, client, selection, newest_id, state) VALUES ('remove', 1, 'test', '{}', 2, 'running')`,
      ),
    );
    const again = await testQueue(undefined, t.folder);
    expect((await list(again.queue)).map((message) => message.id)).toEqual([3]);
  });
});

describe('looking', () => {
  it('pages through everything in order, without a gap or a repetition', async () => {
    const t = await testQueue();
    await Promise.all(Array.from({ length: 25 }, (_, i) => t.add({ from: `user${i % 3}@example.test` })));
    for (const sort of ['age', 'next', 'size', 'attempts', 'from'] as const) {
      for (const descending of [false, true]) {
        const seen: number[] = [];
        let cursor: string | undefined;
        do {
          const page = JSON.parse(
            await t.queue.list({ limit: 10, sort, descending, ...(cursor && { cursor }) }),
          );
          seen.push(...page.messages.map((message: { id: number }) => message.id));
          cursor = page.next ?? undefined;
        } while (cursor);
        expect(seen, `${sort} ${descending}`).toHaveLength(25);
        expect(new Set(seen).size).toBe(25);
      }
    }
  });

  it('separates rows by a tab that stands nowhere else', async () => {
    const t = await testQueue();
    await Promise.all([t.add({ subject: 'a\tb\n\u001b[2J' }), t.add()]);
    const text = await t.queue.list({});
    expect(text.split(',\t')).toHaveLength(2);
    expect(JSON.parse(text).messages[0].subject).toBe('a\tb\n\u001b[2J');
  });

  it('finds by each filter', async () => {
    const t = await testQueue();
    const one = await t.add({
      from: 'News@example.test',
      to: ['joe@big.test'],
      body: `Subject: x\r\n\r\n${'y'.repeat(5000)}`,
    });
    const two = await t.add({ from: 'ann@example.test', to: ['kim_x@small.test'] });
    await t.queue.record(
      {
        messageId: two,
        domain: 'small.test',
        at: now(),
        results: [result(0, { outcome: 'deferred', reply: '421 too many 100%', nextAttemptAt: now() + 1e6 })],
      },
      [],
    );
    t.active.add(one);
    const found = async (filter: object) => (await list(t.queue, { filter })).map((message) => message.id);
    expect(await found({ from: 'news@EXAMPLE.test' })).toEqual([one]);
    expect(await found({ from: 'n*@example.test' })).toEqual([one]);
    expect(await found({ to: 'kim_x@*' })).toEqual([two]);
    expect(await found({ to: 'kimxx@*' })).toEqual([]);
    expect(await found({ domain: 'BIG.test' })).toEqual([one]);
    expect(await found({ states: ['active'] })).toEqual([one]);
    expect(await found({ states: ['deferred', 'ready'] })).toEqual([two]);
    expect(await found({ error: '100%' })).toEqual([two]);
    expect(await found({ largerThanBytes: 4_000 })).toEqual([one]);
    expect(await found({ olderThanSeconds: 3_600 })).toEqual([]);
    expect(await found({ ids: [two, 99] })).toEqual([two]);
    expect(await t.queue.counts()).toMatchObject({ total: 2, active: 1, deferred: 1, ready: 0 });
    expect(await t.queue.count({ filter: { domain: '*.test' } })).toMatchObject({ messages: 2 });
  });

  it('summarises by domain, sender and age', async () => {
    const t = await testQueue();
    await Promise.all([
      t.add({ to: ['a@one.test', 'b@one.test', 'c@two.test'] }),
      t.add({ to: ['d@one.test'], from: '' }),
    ]);
    expect((await t.queue.summary({})).rows.map((row) => [row.key, row.messages])).toEqual([
      ['one.test', 2],
      ['two.test', 1],
    ]);
    expect((await t.queue.summary({ by: 'sender' })).rows.map((row) => row.key).sort()).toEqual([
      '',
      'ann@example.test',
    ]);
    expect((await t.queue.summary({ by: 'age' })).rows).toMatchObject([
      { key: '0 to 5 minutes', messages: 2 },
    ]);
    expect((await t.queue.summary({ by: 'reason', filter: { from: 'ann*' } })).rows).toMatchObject([
      { key: 'not tried yet', messages: 1 },
    ]);
  });
});
