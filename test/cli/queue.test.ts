import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ago,
  ahead,
  sampleDetail,
  sampleMessage,
  sampleMessages,
  sampleVerb,
} from '../helpers/api-samples.ts';
import { FakeDaemon, ScriptedError } from '../helpers/fake-daemon.ts';
import { runMailctl } from '../helpers/run-mailctl.ts';

let daemon: FakeDaemon;
beforeAll(async () => {
  daemon = await FakeDaemon.start();
});
afterAll(() => daemon.stop());

const run = (args: readonly string[], options: Parameters<typeof runMailctl>[1] = {}) =>
  runMailctl(['queue', ...args], { socket: daemon.socket, ...options });

const lastOf = (values: readonly unknown[]): unknown => values[values.length - 1];

describe('queue list', () => {
  it('is what queue alone does', async () => {
    daemon.script({ 'queue.list': { messages: [...sampleMessages], next: null } });
    const { stdout, code, stderr } = await run([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')[0]).toMatch(/^ *ID +STATE +AGE +NEXT +TRIES +SIZE +FROM +TO +LAST REPLY$/);
    expect(stdout).toContain('joe@example.net,kim@example.net');
    expect(stdout).toMatch(/3377 +held +2d 03h +- +0 +1.1 KB +<> +dave@example.org +-/);
  });

  it('passes every filter on, before and after the word list', async () => {
    daemon.script({ 'queue.list': { messages: [], next: null } });
    const { code } = await run(
      '--id 1,2 --from *@a.test --to b --domain c --state held,ready --older-than 2h --larger-than 5M --error greylist* --connection isp --sort size --reverse'.split(
        ' ',
      ),
    );
    expect(code).toBe(0);
    expect(daemon.paramsOf('queue.list')).toEqual([
      {
        filter: {
          ids: [1, 2],
          from: '*@a.test',
          to: 'b',
          domain: 'c',
          states: ['held', 'ready'],
          olderThanSeconds: 7_200,
          largerThanBytes: 5_242_880,
          error: 'greylist*',
          connection: 'isp',
        },
        sort: 'size',
        descending: true,
        limit: 2_000,
      },
    ]);
    await run(['list', '--state', 'held', '--state', 'active']);
    expect(lastOf(daemon.paramsOf('queue.list'))).toMatchObject({ filter: { states: ['held', 'active'] } });
  });

  it('says that nothing matches on standard error, and that is no error', async () => {
    daemon.script({ 'queue.list': { messages: [], next: null } });
    expect(await run([])).toMatchObject({ code: 0, stdout: '', stderr: 'No message matches.\n' });
    expect(await run(['--json'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it('follows the cursor from page to page, in tables and as JSON Lines', async () => {
    const page = (params: { cursor?: string | undefined }) =>
      params.cursor === undefined
        ? { messages: [sampleMessage({ id: 1 }), sampleMessage({ id: 2 })], next: 'two' }
        : { messages: [sampleMessage({ id: 3 })], next: null };
    daemon.script({ 'queue.list': page });
    const json = await run(['--json']);
    expect(
      json.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).id),
    ).toEqual([1, 2, 3]);
    expect(json.stdout.endsWith('}\n')).toBe(true);
    expect(daemon.paramsOf('queue.list')).toEqual([
      { filter: {}, limit: 2_000 },
      { filter: {}, limit: 2_000, cursor: 'two' },
    ]);
    expect((await run([])).stdout.trimEnd().split('\n')).toHaveLength(4);
    expect((await run([], { tty: true })).stderr).toBe('3 messages\n');
  });

  it('stops at the limit', async () => {
    daemon.script({
      'queue.list': ({ limit = 0 }) => ({
        messages: Array.from({ length: limit }, (_, index) => sampleMessage({ id: index + 1 })),
        next: 'more',
      }),
    });
    for (const args of [
      ['--limit', '2500'],
      ['--limit', '2500', '--json'],
    ]) {
      daemon.calls.length = 0;
      const { stdout } = await run(args);
      expect(stdout.trimEnd().split('\n')).toHaveLength(args.includes('--json') ? 2_500 : 2_501);
      expect(daemon.paramsOf('queue.list').map(({ limit }) => limit)).toEqual([2_000, 500]);
    }
  });

  it.each([40, 60, 80, 120, 200])('stays within a terminal of %d columns', async (columns) => {
    daemon.script({ 'queue.list': { messages: [...sampleMessages], next: null } });
    const { stdout } = await run([], { tty: true, columns, env: { NO_COLOR: '1' } });
    for (const line of stdout.trimEnd().split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
    expect(stdout).toContain('4711');
    expect(stdout).toContain('deferred');
  });

  it('keeps columns aligned past the rows that make a table, and beside wide characters', async () => {
    const messages = Array.from({ length: 450 }, (_, index) =>
      sampleMessage({ id: index + 1, from: index % 2 ? '日本@example.org' : 'ascii@example.org' }),
    );
    daemon.script({ 'queue.list': { messages, next: null } });
    const { stdout } = await run([], { tty: true, columns: 100, env: { NO_COLOR: '1' } });
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(451);
    const columnOf = (line: string) => line.replace(/[日本]/g, 'xx').indexOf('joe@');
    expect(new Set(lines.slice(1).map(columnOf)).size).toBe(1);
  });
});

describe('queue show', () => {
  it('shows the envelope, each recipient, each attempt and its reply', async () => {
    daemon.script({ 'queue.show': sampleDetail({ state: 'held', heldReason: 'by order' }) });
    const { stdout, code } = await run(['show', '4711']);
    expect(code).toBe(0);
    for (const text of [
      'held: by order',
      'news@example.org',
      'Your weekly letter',
      'ENVID=news-4711 RET=HEADERS',
      'joe@example.net  pending  NOTIFY=FAILURE,DELAY  ORCPT=rfc822;joe@example.net',
      'kim@example.net  delivered',
      '4.4.1 connect to mx2.example.net [203.0.113.41]:25 timed out',
      'mx1.example.net [203.0.113.40]',
      '451 4.7.1 Greylisted, please try again in 5 minutes',
      '250 2.0.0 Ok: queued as 4F1A22',
    ])
      expect(stdout).toContain(text);
    expect(daemon.paramsOf('queue.show')).toEqual([{ id: 4711 }]);
  });

  it('wraps replies instead of cutting them on a terminal', async () => {
    daemon.script({ 'queue.show': sampleDetail() });
    const { stdout } = await run(['show', '4711'], { tty: true, env: { NO_COLOR: '1' } });
    expect(stdout.replace(/\s+/g, ' ')).toContain('please try again in 5 minutes');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('shows what is left of a message that is done', async () => {
    daemon.script({ 'queue.show': sampleDetail({ outcome: 'done', finishedAt: ago(60) }) });
    const { stdout } = await run(['show', '4711']);
    expect(stdout).toContain('finished at 2026-11-22T14:01:31.000Z');
    expect(stdout).not.toContain('Next attempt');
  });

  it('is one object as JSON', async () => {
    daemon.script({ 'queue.show': sampleDetail() });
    expect(JSON.parse((await run(['show', '4711', '--json'])).stdout)).toEqual(sampleDetail());
  });

  describe('the message itself', () => {
    const message = Buffer.concat([
      Buffer.from('Subject: \x1b[2Jhi\r\nX: y\r\n\r\nbody \xe9\x1b\r\n\r\nend', 'latin1'),
    ]);
    const sliced =
      (size: number) =>
      ({ offset = 0 }: { offset?: number | undefined }) => ({
        data: message.subarray(offset, offset + size).toString('base64'),
        offset,
        sizeBytes: message.length,
      });

    it.each([1, 2, 7, 1_000])('comes byte for byte in slices of %d bytes', async (size) => {
      daemon.script({ 'queue.content': sliced(size) });
      expect((await run(['show', '1', '--raw'])).bytes).toEqual(message);
      expect((await run(['show', '1', '--raw'], { tty: true })).bytes).toEqual(message);
      const end = message.indexOf('\r\n\r\n') + 4;
      expect((await run(['show', '1', '--headers'])).bytes).toEqual(message.subarray(0, end));
      expect((await run(['show', '1', '--body'])).bytes).toEqual(message.subarray(end));
    });

    it.each([1, 5, 1_000])('is made visible on a terminal, in slices of %d bytes', async (size) => {
      daemon.script({ 'queue.content': sliced(size) });
      expect((await run(['show', '1', '--headers'], { tty: true })).stdout).toBe(
        'Subject: \\x1b[2Jhi\nX: y\n\n',
      );
      expect((await run(['show', '1', '--body'], { tty: true })).stdout).toBe('body \ufffd\\x1b\n\nend\n');
    });

    it('is shown one way at a time', async () => {
      expect(await run(['show', '1', '--raw', '--body'])).toMatchObject({ code: 64, stdout: '' });
    });
  });
});

it('queue explain says why, when, and what would help', async () => {
  const explanation = {
    id: 4711,
    state: 'deferred' as const,
    reasons: [
      { code: 'waiting_for_retry', text: 'mx1 said "451 later".', remedy: 'mailctl queue send-now 4711' },
      { code: 'paused', text: 'Delivering is paused.', remedy: null },
    ],
    nextAttemptAt: ahead(125),
    expiresAt: ahead(86_400),
    destinations: [{ domain: 'example.net', via: 'MX mx1.example.net', pending: 2 }],
  };
  daemon.script({ 'queue.explain': explanation });
  const { stdout } = await run(['explain', '4711']);
  expect(stdout).toContain('Message 4711 is deferred.');
  expect(stdout).toContain('mx1 said "451 later".\n  help: mailctl queue send-now 4711\n');
  expect(stdout).toContain('Delivering is paused.');
  expect(stdout).toContain('in 2m 05s');
  expect(stdout).toContain('2 recipients at example.net by MX mx1.example.net.');
  expect(JSON.parse((await run(['explain', '4711', '--json'])).stdout)).toEqual(explanation);
});

describe('queue summary', () => {
  it.each(['domain', 'reason', 'age', 'sender'] as const)('groups by %s', async (by) => {
    const rows = [{ key: 'example.net', messages: 1_200, bytes: 5_000, oldestAt: ago(90) }];
    daemon.script({ 'queue.summary': { by, rows, groups: 3 } });
    const { stdout, stderr } = await run(['summary', '--by', by, '--state', 'deferred', '--limit', '1']);
    expect(daemon.paramsOf('queue.summary')).toEqual([{ filter: { states: ['deferred'] }, by, limit: 1 }]);
    expect(stdout).toMatch(
      new RegExp(`MESSAGES +SIZE +OLDEST +${by.toUpperCase()}\n +1,200 +4.9 KB +1m 30s +example.net`),
    );
    expect(stderr).toBe('1 of 3 groups\n');
  });
});

describe('the verbs', () => {
  const verbs = [
    ['send-now', 'queue.sendNow', 'Made due at once: 3 messages (10 KB).'],
    ['hold', 'queue.hold', 'Held 3 messages (10 KB).'],
    ['release', 'queue.release', 'Released 3 messages (10 KB).'],
    ['remove', 'queue.remove', 'Removed 3 messages (10 KB).'],
    ['bounce', 'queue.bounce', 'Bounced 3 messages (10 KB).'],
  ] as const;
  const three = sampleVerb({ matched: 3, changed: 3, bytes: 10_240, operation: null });

  it.each(verbs)('%s acts on ids without asking, and says how many', async (verb, method, sentence) => {
    daemon.script({ [method]: three });
    for (const tty of [false, true]) {
      const { stdout, code } = await run([verb, '1', '2,3', '--id', '4', '--reason', 'why'], { tty });
      expect({ code, stdout }).toEqual({ code: 0, stdout: `${sentence}\n` });
      expect(lastOf(daemon.paramsOf(method))).toEqual({ filter: { ids: [1, 2, 3, 4] }, reason: 'why' });
    }
    expect(daemon.calls).toHaveLength(2);
  });

  it.each(verbs)('%s says what --dry-run would hit', async (verb, method) => {
    daemon.script({ [method]: { ...three, dryRun: true } });
    const { stdout, code } = await run([verb, '--all', '--dry-run']);
    expect(code).toBe(0);
    expect(stdout).toBe(`Would ${verb.replace('-', ' ')} 3 messages (10 KB).\n`);
    expect(daemon.paramsOf(method)).toEqual([{ filter: {}, all: true, dryRun: true }]);
  });

  it.each(verbs)('%s without any selection does nothing', async (verb) => {
    daemon.script({});
    const { code, stderr } = await run([verb]);
    expect(code).toBe(64);
    expect(stderr).toContain('no message is named');
    expect(daemon.calls).toEqual([]);
  });

  it('send-now, hold and release lose nothing and never ask', async () => {
    daemon.script({ 'queue.sendNow': three, 'queue.hold': three, 'queue.release': three });
    for (const verb of ['send-now', 'hold', 'release'])
      expect((await run([verb, '--to', '*@x.test'], { tty: true })).code).toBe(0);
  });

  it('is the result as an object with --json', async () => {
    daemon.script({ 'queue.remove': three });
    expect(JSON.parse((await run(['remove', '1', '--json'])).stdout)).toEqual(three);
  });

  it('ends with 1 and names what was not found or left alone', async () => {
    daemon.script({
      'queue.remove': sampleVerb({
        changed: 1,
        bytes: 10,
        notFound: [5],
        refused: [{ id: 6, reason: 'being delivered at this moment' }],
        refusedCount: 4,
        operation: 18,
      }),
    });
    const { code, stdout, stderr } = await run(['remove', '1', '5', '6']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'Removed 1 message (10 B).\n' });
    expect(stderr).toBe(
      'message 5: not in the queue\nmessage 6: being delivered at this moment\nand 3 more were left alone\n' +
        'To bring them back: mailctl queue undo 18\n',
    );
  });
});

describe('verbs that lose mail, given filters, --all, or clear', () => {
  const cases = [
    ['queue.remove', ['remove', '--from', '*@spam.test'], 'Remove'],
    ['queue.remove', ['remove', '--all'], 'Remove'],
    ['queue.remove', ['remove', '7', '--state', 'held'], 'Remove'],
    ['queue.bounce', ['bounce', '--older-than', '3d'], 'Bounce'],
    ['queue.clear', ['clear'], 'Remove'],
  ] as const;
  const scripted = (method: string) => ({
    [method]: ({ dryRun }: { dryRun?: boolean }) => sampleVerb({ dryRun: dryRun === true }),
  });

  it.each(cases)('%s: %j does nothing without a terminal and without --yes', async (method, args) => {
    daemon.script(scripted(method));
    const { code, stderr } = await run(args);
    expect(code).toBe(64);
    expect(stderr).toContain('needs --yes');
    expect(daemon.calls).toEqual([]);
  });

  it.each(cases)('%s: %j asks on a terminal with counts', async (method, args, imperative) => {
    daemon.script(scripted(method));
    const yes = await run(args, { tty: true, stdin: 'y\n' });
    expect(yes.stderr).toContain(`${imperative} 212 messages (4.1 MB)? [y/N] `);
    expect(yes.code).toBe(0);
    expect(daemon.paramsOf(method as 'queue.clear').map(({ dryRun }) => dryRun)).toEqual([true, undefined]);
  });

  it.each(['n\n', '\n', '', 'yess\n'])('takes %j for a no', async (answer) => {
    daemon.script(scripted('queue.clear'));
    const { code, stderr } = await run(['clear'], { tty: true, stdin: answer });
    expect(code).toBe(1);
    expect(stderr).toContain('nothing was done');
    expect(daemon.paramsOf('queue.clear')).toEqual([{ dryRun: true }]);
  });

  it.each(cases)('%s: %j goes on at once with --yes', async (method, args) => {
    daemon.script(scripted(method));
    const { code, stdout } = await run([...args, '--yes']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/212 messages \(4.1 MB\)\.\n$/);
    expect(daemon.calls).toHaveLength(1);
  });

  it('needs no confirmation to be tried', async () => {
    daemon.script(scripted('queue.clear'));
    expect(await run(['clear', '--dry-run'])).toMatchObject({
      code: 0,
      stdout: 'Would remove 212 messages (4.1 MB).\n',
    });
  });

  it('asks nothing when nothing is hit', async () => {
    daemon.script({ 'queue.clear': sampleVerb({ matched: 0, changed: 0, bytes: 0, operation: null }) });
    expect(await run(['clear'], { tty: true })).toMatchObject({ code: 0, stdout: 'Removed 0 messages.\n' });
  });

  it('clear is done although what is being delivered stays, and says so', async () => {
    daemon.script({
      'queue.clear': sampleVerb({ refused: [{ id: 9, reason: 'being delivered' }], refusedCount: 1 }),
    });
    const { code, stderr } = await run(['clear', '--yes', '--reason', 'flood']);
    expect(code).toBe(0);
    expect(stderr).toContain('message 9: being delivered');
    expect(daemon.paramsOf('queue.clear')).toEqual([{ reason: 'flood' }]);
  });
});

describe('queue undo', () => {
  it('brings back the operation named, or the last one', async () => {
    daemon.script({ 'queue.undo': { operation: 17, verb: 'remove', restored: 212 } });
    expect(await run(['undo'])).toMatchObject({
      code: 0,
      stdout: 'Brought back 212 messages (operation 17, remove).\n',
    });
    await run(['undo', '17']);
    expect(daemon.paramsOf('queue.undo')).toEqual([{}, { operation: 17 }]);
  });

  it('says that there is nothing to undo', async () => {
    daemon.script({
      'queue.undo': () => {
        throw new ScriptedError('operation.not_found', 'no operation 99');
      },
    });
    expect(await run(['undo', '99'])).toMatchObject({
      code: 1,
      stderr:
        'mailctl: queue undo: no operation 99\nWhat can be undone is listed by: mailctl queue operations\n',
    });
  });

  it('lists what can be undone', async () => {
    const operation = {
      id: 17,
      verb: 'remove',
      at: ago(60),
      client: 'mailctl/0.1.0',
      messages: 212,
      undoneAt: null,
      until: ahead(600),
    };
    daemon.script({ 'queue.operations': { operations: [operation] } });
    expect((await run(['operations'])).stdout).toMatch(
      /17 +remove +212 +2026-11-22T14:01:31.000Z +mailctl\/0.1.0/,
    );
    expect(JSON.parse((await run(['operations', '--json'])).stdout)).toEqual(operation);
  });
});
