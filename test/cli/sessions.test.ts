import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ago, ahead, sampleBlock, sampleSession, sampleSessions } from '../helpers/api-samples.ts';
import { FakeDaemon, ScriptedError } from '../helpers/fake-daemon.ts';
import { runMailctl } from '../helpers/run-mailctl.ts';

let daemon: FakeDaemon;
beforeAll(async () => {
  daemon = await FakeDaemon.start();
});
afterAll(() => daemon.stop());

const run = (args: readonly string[], options: Parameters<typeof runMailctl>[1] = {}) =>
  runMailctl(args, { socket: daemon.socket, ...options });

describe('sessions list', () => {
  it('names sessions as a person does, and what they are doing', async () => {
    daemon.script({ 'sessions.list': { sessions: [...sampleSessions], total: 9 } });
    const { stdout, stderr, code } = await run(['sessions']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/98113 +SMTP Server \(7\) +- +198.51.100.77:41022 +1.3 +31s +5s +rcpt +Waiting/);
    expect(stdout).toMatch(
      /98116 +SMTP Client \(3\) +- +\[2001:db8::25\]:25 .*Delivering to mx1.example.net/,
    );
    expect(stderr).toBe('4 of 9 sessions\n');
  });

  it('names the folder that is open', async () => {
    const idle = sampleSession({ type: 'imap', detail: 'IDLE', mailbox: 'Lists/Cycling' });
    daemon.script({ 'sessions.list': { sessions: [idle], total: 1 } });
    expect((await run(['sessions'])).stdout).toMatch(/IMAP4 Server \(7\) .* IDLE, Lists\/Cycling/);
  });

  it('passes filters, order and limit on', async () => {
    daemon.script({ 'sessions.list': { sessions: [], total: 0 } });
    const args = 'sessions list --type smtp,imap --user ann* --ip 192.0.2.0/24 --older-than 10m --idle 90s';
    const { stderr } = await run([...args.split(' '), '--sort', 'idle', '--reverse', '--limit', '5']);
    expect(stderr).toBe('No session matches.\n');
    expect(daemon.paramsOf('sessions.list')).toEqual([
      {
        filter: {
          types: ['smtp', 'imap'],
          user: 'ann*',
          ip: '192.0.2.0/24',
          olderThanSeconds: 600,
          idleSeconds: 90,
        },
        sort: 'idle',
        descending: true,
        limit: 5,
      },
    ]);
  });

  it('is an object a line as JSON, with the fields of the API', async () => {
    daemon.script({ 'sessions.list': { sessions: [...sampleSessions], total: 4 } });
    const { stdout } = await run(['sessions', '--json']);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(sampleSessions);
  });
});

describe('sessions kill', () => {
  const results = [
    { id: 42, outcome: 'ended' as const },
    { id: 43, outcome: 'ending' as const },
  ];

  it('reports each session, on a line of its own', async () => {
    daemon.script({ 'sessions.kill': { results, blocks: [] } });
    expect(await run(['sessions', 'kill', '42', '43'])).toMatchObject({
      code: 0,
      stdout: '42  ended\n43  ending\n',
    });
    expect((await run(['sessions', 'kill', '42', '43', '--json'])).stdout).toBe(
      '{"id":42,"outcome":"ended"}\n{"id":43,"outcome":"ending"}\n',
    );
    expect(daemon.paramsOf('sessions.kill')[0]).toEqual({ filter: { ids: [42, 43] } });
  });

  it('ends with 1 when one of those named is not there', async () => {
    daemon.script({ 'sessions.kill': { results: [{ id: 42, outcome: 'not_found' }], blocks: [] } });
    expect(await run(['sessions', 'kill', '42'])).toMatchObject({ code: 1, stdout: '42  not_found\n' });
  });

  it('says who is refused, and until when', async () => {
    daemon.script({ 'sessions.kill': { results, blocks: [sampleBlock()] } });
    const { stderr } = await run(['sessions', 'kill', '42', '--block', '1h', '--reason', 'rude']);
    expect(stderr).toBe('address 203.0.113.9 is refused until 2026-11-22T14:57:31.000Z (block 7)\n');
    expect(daemon.paramsOf('sessions.kill')).toEqual([
      { filter: { ids: [42] }, blockSeconds: 3_600, reason: 'rude' },
    ]);
  });

  it.each([[['--ip', '203.0.113.9']], [['--all']], [['42', '--type', 'smtp']]])(
    'given %j needs --yes without a terminal',
    async (args) => {
      daemon.script({});
      expect((await run(['sessions', 'kill', ...args])).code).toBe(64);
      expect(daemon.calls).toEqual([]);
    },
  );

  it('asks on a terminal with the number that would be hit', async () => {
    daemon.script({
      'sessions.kill': ({ dryRun }) =>
        dryRun
          ? { results: results.map(({ id }) => ({ id, outcome: 'would_end' as const })), blocks: [] }
          : { results, blocks: [] },
    });
    const { stderr, code } = await run(['sessions', 'kill', '--type', 'smtp'], { tty: true, stdin: 'yes\n' });
    expect(code).toBe(0);
    expect(stderr).toContain('End 2 sessions? [y/N]');
    expect((await run(['sessions', 'kill', '--all', '--dry-run'])).stdout).toBe(
      '42  would_end\n43  would_end\n',
    );
    expect((await run(['sessions', 'kill', '--all', '--yes'])).code).toBe(0);
    expect(daemon.paramsOf('sessions.kill')).toEqual([
      { filter: { types: ['smtp'] }, dryRun: true },
      { filter: { types: ['smtp'] } },
      { filter: {}, all: true, dryRun: true },
      { filter: {}, all: true },
    ]);
  });

  it('without any selection does nothing', async () => {
    daemon.script({});
    expect((await run(['sessions', 'kill'])).code).toBe(64);
    expect(daemon.calls).toEqual([]);
  });
});

describe('sessions watch', () => {
  const exchanges = [
    { at: ago(31), direction: 'out' as const, text: '220 mail1.example.org ESMTP' },
    { at: ago(30), direction: 'in' as const, text: 'EHLO \x1b[2Jfriend' },
    { at: ago(29), direction: 'note' as const, text: 'TLS TLSv1.3' },
  ];
  const subscribed = {
    subscription: 1,
    snapshot: { session: { session: sampleSession(), exchanges, dropped: 2 } },
  };

  it('replays, follows both directions, and ends with the session', async () => {
    daemon.script({ 'events.subscribe': subscribed });
    const { code, stdout, stderr } = await run(['sessions', 'watch', '98113'], {
      onStdout(text) {
        if (text.includes('* TLS')) {
          daemon.emit('session', { at: ago(1), direction: 'in', text: 'QUIT' }, 5);
          daemon.emit('session', null);
        }
      },
    });
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        '2026-11-22T14:02:00.000Z > 220 mail1.example.org ESMTP',
        '2026-11-22T14:02:01.000Z < EHLO \\x1b[2Jfriend',
        '2026-11-22T14:02:02.000Z * TLS TLSv1.3',
        '2026-11-22T14:02:30.000Z < QUIT',
        '',
      ].join('\n'),
    );
    expect(stderr).toContain('SMTP Server (7)  198.51.100.77:41022  TLSv1.3  no login  Waiting\n');
    expect(stderr).toContain('(2 earlier lines are not kept)');
    expect(stderr).toContain('skipped 5 lines');
    expect(stderr).toContain('session 98113 has ended');
    expect(daemon.paramsOf('events.subscribe')).toEqual([{ topics: ['session'], sessionId: 98113 }]);
  });

  it('only shows what is kept with --no-follow', async () => {
    daemon.script({ 'sessions.exchanges': { session: sampleSession(), exchanges, dropped: 0 } });
    const { code, stdout } = await run(['sessions', 'watch', '98113', '--no-follow', '--json']);
    expect(code).toBe(0);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(exchanges);
  });

  it('ends with 1 when there is no such session', async () => {
    daemon.script({
      'events.subscribe': () => {
        throw new ScriptedError('session.not_found', 'no session 9');
      },
    });
    expect(await run(['sessions', 'watch', '9'])).toMatchObject({
      code: 1,
      stderr: 'mailctl: sessions watch: no session 9\nWho is connected is listed by: mailctl sessions\n',
    });
  });
});

describe('blocks', () => {
  it('lists who is refused', async () => {
    daemon.script({ 'blocks.list': { blocks: [sampleBlock()] } });
    expect((await run(['blocks'])).stdout).toMatch(
      /7 +address +203.0.113.9 +\S+ +\S+ +55m 00s +guessing +guessing passwords/,
    );
    daemon.script({ 'blocks.list': { blocks: [] } });
    expect(await run(['blocks', 'list'])).toMatchObject({
      stdout: '',
      stderr: 'Nobody is blocked.\n',
      code: 0,
    });
  });

  it.each([
    ['203.0.113.9', 'address'],
    ['2001:db8::1', 'address'],
    ['ann@example.org', 'user'],
  ])('add tells that %s is an %s', async (value, kind) => {
    daemon.script({ 'blocks.add': { block: sampleBlock({ until: ahead(60) }) } });
    expect((await run(['blocks', 'add', value, '--for', '1h', '--reason', 'r'])).code).toBe(0);
    expect(daemon.paramsOf('blocks.add')).toEqual([{ kind, value, forSeconds: 3_600, reason: 'r' }]);
  });

  it('add wants to know for how long', async () => {
    expect((await run(['blocks', 'add', '203.0.113.9'])).code).toBe(64);
  });

  it('remove says how many were lifted and which were not found', async () => {
    daemon.script({ 'blocks.remove': { removed: 1, notFound: [9] } });
    expect(await run(['blocks', 'remove', '7', '9'])).toMatchObject({
      code: 1,
      stdout: 'Lifted 1 block.\n',
      stderr: 'block 9: not found\n',
    });
  });
});
