/** What an operator does with the queue, and what becomes of the mail in it. */
import { describe, expect, it } from 'vitest';
import { ann, type MailSystem, startMailSystem } from '../helpers/mail-system.ts';
import { jsonLines } from '../helpers/mailctl.ts';
import { inTerminal } from '../helpers/terminal.ts';
import { until } from '../helpers/until.ts';

/** Everything waits: the other server says "later" until it is told otherwise. */
async function startWaiting(): Promise<MailSystem> {
  return startMailSystem({
    config: 'delivery.retry_schedule = ["1h"]\n',
    remote: { rcpt: '451 4.7.1 come back later' },
  });
}

async function waiting(system: MailSystem, ...to: string[]): Promise<number[]> {
  const ids: number[] = [];
  for (const address of to) ids.push(await system.send({ from: ann, to: [address] }));
  for (const id of ids) await system.deferred(id);
  return ids;
}

const ids = (text: string): unknown[] => jsonLines(text).map(({ id }) => id);
const arrived = (system: MailSystem): string[] =>
  system.remote.messages.flatMap(({ rcpt }) => rcpt.map((line) => /<(.*)>/.exec(line)?.[1] ?? '?')).sort();

describe('mailctl queue send-now', () => {
  it('has a message tried at once that would wait for an hour', async () => {
    const system = await startWaiting();
    const [id = 0] = await waiting(system, 'bob@example.net');
    const [listed] = jsonLines(await system.told('queue', '--json'));
    expect(listed).toMatchObject({
      id,
      state: 'deferred',
      attempts: 1,
      lastReply: '451 4.7.1 come back later',
    });
    expect(Date.parse(String(listed?.nextAttemptAt)) - Date.now()).toBeGreaterThan(30 * 60_000);

    system.remote.script = {};
    expect(await system.told('queue', 'send-now', String(id))).toContain('1 message');
    await until(() => system.remote.messages.length === 1, 'the letter at the other server');
    await system.queueEmpty();
    const shown = JSON.parse(await system.told('queue', 'show', String(id), '--json'));
    expect(shown).toMatchObject({ outcome: 'done', recipients: [{ state: 'delivered' }] });
    expect(shown.recipients[0].attempts).toMatchObject([{ code: 451 }, { code: 250 }]);
    const log = jsonLines(await system.told('log', '--queue', String(id), '--json'));
    expect(log.map(({ message }) => message)).toEqual(['message accepted', 'deferred', 'delivered']);
    const { counters } = JSON.parse(await system.told('status', '--json'));
    expect(counters).toMatchObject({ processedMessages: 1, deliveredMessages: 1 });
  });

  it('given a filter has exactly those tried that match', async () => {
    const system = await startWaiting();
    await waiting(system, 'bob@example.net', 'joe@example.com', 'kim@example.net');
    system.remote.script = {};
    expect(await system.told('queue', 'send-now', '--domain', 'example.net')).toContain('2 messages');
    await until(() => system.remote.messages.length === 2, 'two letters');
    await until(async () => (await system.queue()).length === 1, 'one that waits on');
    expect(arrived(system)).toEqual(['bob@example.net', 'kim@example.net']);
  });
});

describe('mailctl queue hold and release', () => {
  it('keeps a message back, whatever is due, and lets it go again', async () => {
    const system = await startMailSystem();
    await system.told('server', 'pause', 'delivering');
    const held = await system.send({ to: ['bob@example.net'] });
    const free = await system.send({ to: ['kim@example.net'] });
    await system.told('queue', 'hold', String(held), '--reason', 'the customer called');
    await system.told('server', 'resume', 'delivering');
    await until(() => system.remote.messages.length === 1, 'the other letter');
    expect(arrived(system)).toEqual(['kim@example.net']);
    await until(async () => (await system.queue()).every(({ id }) => id !== free), 'the other one gone');
    expect(await system.told('queue', '--state', 'held')).toMatch(new RegExp(`^ *${held} +held`, 'm'));
    expect(await system.told('queue', 'show', String(held))).toContain('held: the customer called');
    expect((await system.mailctl('queue', 'send-now', String(held))).code).toBe(1);
    await system.told('queue', 'release', String(held));
    await system.queueEmpty();
    expect(arrived(system)).toEqual(['bob@example.net', 'kim@example.net']);
  });
});

describe('mailctl queue remove, clear and undo', () => {
  it('takes out exactly what matches, tells nobody, and brings it back', async () => {
    const system = await startWaiting();
    const [first, second, third] = await waiting(
      system,
      'bob@example.net',
      'joe@example.com',
      'kim@example.net',
    );
    const filter = ['queue', 'remove', '--to', '*@example.net'];
    expect(await system.told(...filter, '--dry-run')).toMatch(/Would remove 2 messages/);
    const unasked = await system.mailctl(...filter);
    expect(unasked.code).toBe(64);
    expect(unasked.stderr).toContain('--yes');
    expect(await system.queue()).toHaveLength(3);

    expect(await system.told(...filter, '--yes')).toMatch(/Removed 2 messages/);
    expect(ids(await system.told('queue', '--json'))).toEqual([second]);
    expect(JSON.parse(await system.told('queue', 'show', String(first), '--json'))).toMatchObject({
      outcome: 'removed',
    });
    expect(await system.told('queue', 'undo')).toMatch(/^Brought back 2 messages/);
    expect(ids(await system.told('queue', '--json', '--sort', 'age')).sort()).toEqual([first, second, third]);
    expect((await system.mailctl('queue', 'undo')).code).toBe(1);
    expect(await system.inbox()).toEqual([]);

    system.remote.script = {};
    await system.told('queue', 'send-now', '--all');
    await system.queueEmpty();
    expect(arrived(system)).toEqual(['bob@example.net', 'joe@example.com', 'kim@example.net']);
  });

  it('on a terminal asks first, and does nothing for a no', async () => {
    const system = await startWaiting();
    await waiting(system, 'bob@example.net', 'joe@example.com');
    const no = await inTerminal(system.maild.socket, ['queue', 'clear'], { answer: 'n\r' });
    expect(no.text).toMatch(/2 messages.*\?/);
    expect(no.code).toBe(1);
    expect(await system.queue()).toHaveLength(2);
    const yes = await inTerminal(system.maild.socket, ['queue', 'clear'], { answer: 'y\r' });
    expect(yes).toMatchObject({ code: 0, text: expect.stringContaining('Removed 2 messages') });
    expect(await system.queue()).toEqual([]);
  });

  it('clears all but what is being delivered at this moment, and says what was left', async () => {
    const system = await startMailSystem({
      remote: { rcpt: (line) => (line.includes('slow') ? 'hang' : '451 4.7.1 later') },
    });
    const slow = await system.send({ to: ['slow@example.com'] });
    await until(async () => (await system.queue())[0]?.state === 'active', 'a delivery under way');
    const other = await system.send({ to: ['bob@example.net'] });
    await system.deferred(other);
    const cleared = await system.mailctl('queue', 'clear', '--yes', '--json');
    expect(cleared.code).toBe(0);
    expect(JSON.parse(cleared.stdout)).toMatchObject({
      changed: 1,
      refusedCount: 1,
      refused: [{ id: slow }],
    });
    expect((await system.queue()).map(({ id, state }) => [id, state])).toEqual([[slow, 'active']]);
    expect((await system.mailctl('queue', 'remove', String(slow))).code).toBe(1);
  });

  it('names what is not there, and does the rest', async () => {
    const system = await startWaiting();
    const [id] = await waiting(system, 'bob@example.net');
    const { code, stdout, stderr } = await system.mailctl('queue', 'hold', String(id), '4711');
    expect(code).toBe(1);
    expect(stdout).toContain('Held 1 message');
    expect(stderr).toContain('4711');
  });
});

describe('mailctl queue list and summary', () => {
  it('answer what waits, for whom and why', async () => {
    const system = await startWaiting();
    await waiting(system, 'bob@example.net', 'joe@example.com', 'kim@example.net');
    expect(ids(await system.told('queue', '--json', '--to', 'joe@*'))).toEqual([2]);
    expect(ids(await system.told('queue', '--json', '--error', '*come back*', '--limit', '2'))).toHaveLength(
      2,
    );
    expect((await system.mailctl('queue', '--to', 'nobody@*')).code).toBe(0);
    const byDomain = jsonLines(await system.told('queue', 'summary', '--json'));
    expect(byDomain).toMatchObject([
      { key: 'example.net', messages: 2 },
      { key: 'example.com', messages: 1 },
    ]);
    const byReason = jsonLines(await system.told('queue', 'summary', '--by', 'reason', '--json'));
    expect(byReason).toMatchObject([{ messages: 3 }]);
    expect(await system.told('queue', 'show', '1', '--headers')).toMatch(
      /^Received: [\s\S]*\nSubject: a letter\r?\n/,
    );
    expect(await system.told('queue', 'show', '1', '--body')).toMatch(/^hello\r?\n$/);
  });
});
