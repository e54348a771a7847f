import { expect, it } from 'vitest';
import { databaseFaults } from '../helpers/database-check.ts';
import { ann, startMailSystem } from '../helpers/mail-system.ts';
import { jsonLines } from '../helpers/mailctl.ts';

it('a restart of the service keeps everything: queue, attempts, holds, history, undo, accounts, totals, pauses', async () => {
  const system = await startMailSystem({
    config: 'delivery.retry_schedule = ["1h"]\n',
    remote: { rcpt: (line) => (line.includes('fine') ? undefined : '451 4.7.1 later') },
  });
  const { maild } = system;
  const done = await system.send({ to: ['fine@example.net', ann], subject: 'done' });
  const deferred = await system.send({ to: ['bob@example.net'], subject: 'deferred' });
  const held = await system.send({ to: ['kim@example.net'], subject: 'held' });
  const removed = await system.send({ to: ['joe@example.net'], subject: 'removed' });
  const large = await system.send({ to: ['liz@example.net'], body: `${'x'.repeat(70)}\r\n`.repeat(2_000) });
  for (const id of [deferred, held, removed, large]) await system.deferred(id);
  await system.told('queue', 'hold', String(held), '--reason', 'asked to');
  await system.told('queue', 'remove', String(removed));
  await system.told('aliases', 'add', 'info@example.org', ann);
  await system.told('server', 'pause', 'delivering', '--reason', 'move');
  const look = async () => ({
    queue: jsonLines(await system.told('queue', '--json', '--sort', 'age')),
    shown: JSON.parse(await system.told('queue', 'show', String(done), '--json')),
    held: JSON.parse(await system.told('queue', 'show', String(held), '--json')),
    large: await system.told('queue', 'show', String(large), '--raw'),
    operations: jsonLines(await system.told('queue', 'operations', '--json')),
    accounts: jsonLines(await system.told('accounts', '--json')),
    aliases: jsonLines(await system.told('aliases', '--json')),
    totals: JSON.parse(await system.told('status', '--json')).totals,
    paused: JSON.parse(await system.told('status', '--json')).server.paused,
    inbox: await system.inbox(),
  });
  const before = await look();
  expect(before.queue.map(({ state }) => state)).toEqual(['deferred', 'held', 'deferred']);
  expect(before.totals).toMatchObject({ processedMessages: 5, deliveredMessages: 1 });
  expect(before.paused).toMatchObject({ delivering: true });

  for (const end of ['SIGTERM', 'SIGKILL'] as const) {
    await maild.stop(end);
    await maild.start();
    expect(await look(), end).toEqual(before);
    const { counters } = JSON.parse(await system.told('status', '--json'));
    expect(counters, 'since the start').toMatchObject({ processedMessages: 0 });
  }
  expect(await system.told('queue', 'undo')).toContain('1 message');
  system.remote.script = {};
  await system.told('server', 'resume', 'delivering');
  await system.told('queue', 'release', '--all');
  await system.told('queue', 'send-now', '--all');
  await system.queueEmpty();
  expect(system.remote.messages).toHaveLength(5);
  // An id is never used again.
  expect(await system.send({ to: [ann] })).toBeGreaterThan(large);
  expect(await databaseFaults(maild.stateDir)).toEqual([]);
});
