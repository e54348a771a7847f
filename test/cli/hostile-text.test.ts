/** Whatever a stranger puts into a field, no command lets it act on the terminal. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ago,
  ahead,
  sampleAccount,
  sampleAlias,
  sampleBlock,
  sampleDetail,
  sampleDomain,
  sampleEntry,
  sampleMessage,
  sampleSession,
  sampleStatus,
  sampleVerb,
} from '../helpers/api-samples.ts';
import { FakeDaemon, type Script, ScriptedError } from '../helpers/fake-daemon.ts';
import { runMailctl } from '../helpers/run-mailctl.ts';

const attack =
  '\x1b]52;c;aGk=\x07\x1b[2J\x9b31m\x90q\x9c\r\b\x00\x7f\u202e\u2066\u200b\ufeff\u2028\ud800"end';

/** Text that the program itself compares or that is a time stays; every other string is replaced. */
const fixed = new Set([
  'state',
  'type',
  'level',
  'category',
  'kind',
  'source',
  'outcome',
  'direction',
  'by',
  'tls',
  'origin',
  'severity',
  'bodyType',
  'returnContent',
  'lastPollResult',
  'verb',
  'change',
]);
const isTime = /^\d{4}-\d\d-\d\dT/;

function attacked<T>(value: T, key?: string): T;
function attacked(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return fixed.has(key) || isTime.test(value) ? value : `${attack}${value}`;
  if (Array.isArray(value)) return value.map((item) => attacked(item, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, attacked(item, name)]));
}

const script: Script = {
  'status.get': attacked({
    ...sampleStatus(),
    connection: {
      state: 'idle',
      name: 'isp',
      lastPollAt: ago(5),
      lastPollResult: 'failed',
      nextPollAt: ahead(5),
    },
  }),
  'server.pause': attacked({
    paused: {
      receiving: true,
      delivering: false,
      collecting: false,
      details: { receiving: { since: ago(1), until: null, reason: 'x' } },
    },
  }),
  'server.reload': attacked({ applied: ['a'], needsRestart: ['b'] }),
  'sessions.list': attacked({ sessions: [sampleSession({ user: 'ann' })], total: 1 }),
  'sessions.kill': attacked({ results: [{ id: 1, outcome: 'ended' }], blocks: [sampleBlock()] }),
  'sessions.exchanges': attacked({
    session: sampleSession(),
    exchanges: [{ at: ago(1), direction: 'in', text: 'EHLO' }],
    dropped: 0,
  }),
  'blocks.list': attacked({ blocks: [sampleBlock()] }),
  'blocks.add': attacked({ block: sampleBlock() }),
  'queue.list': attacked({ messages: [sampleMessage(), sampleMessage({ id: 2 })], next: null }),
  'queue.show': attacked(sampleDetail({ heldReason: 'why', state: 'held' })),
  'queue.explain': attacked({
    id: 1,
    state: 'held',
    reasons: [{ code: 'held', text: 'why', remedy: 'do' }],
    nextAttemptAt: null,
    expiresAt: ahead(1),
    destinations: [{ domain: 'a', via: 'b', pending: 1 }],
  }),
  'queue.summary': attacked({
    by: 'reason',
    rows: [{ key: 'reply', messages: 1, bytes: 1, oldestAt: null }],
    groups: 1,
  }),
  'queue.operations': attacked({
    operations: [
      { id: 1, verb: 'remove', at: ago(1), client: 'x', messages: 1, undoneAt: null, until: ahead(1) },
    ],
  }),
  'queue.remove': attacked(sampleVerb({ refused: [{ id: 1, reason: 'busy' }], refusedCount: 1 })),
  'queue.content': {
    data: Buffer.from(`${attack}\r\n\r\n${attack}`).toString('base64'),
    offset: 0,
    sizeBytes: 1,
  },
  'log.list': attacked({ entries: [{ ...sampleEntry(), [attack]: attack, nested: { [attack]: [attack] } }] }),
  'domains.list': attacked({ domains: [sampleDomain({ catchAll: 'x' })] }),
  'domains.add': attacked({ domain: sampleDomain() }),
  'accounts.list': attacked({ accounts: [sampleAccount()] }),
  'accounts.edit': attacked({ account: sampleAccount(), endedSessions: 1 }),
  'mailboxes.list': attacked({
    mailboxes: [
      {
        account: 'ann@example.org',
        name: 'x',
        messages: 1,
        unseen: 1,
        bytes: 1,
        uidValidity: 1,
        uidNext: 2,
        highestModseq: 1,
        specialUse: null,
        subscribed: true,
        createdAt: ago(1),
      },
    ],
    next: null,
  }),
  'mailboxes.messages': attacked({
    messages: [
      {
        uid: 1,
        flags: ['\\Seen', 'word'],
        internalDate: ago(1),
        date: 'd',
        from: 'f',
        subject: 's',
        messageId: 'm',
        sizeBytes: 1,
      },
    ],
    next: null,
  }),
  'mailboxes.content': {
    data: Buffer.from(`${attack}\r\n\r\n${attack}`).toString('base64'),
    offset: 0,
    sizeBytes: 1,
  },
  'aliases.list': attacked({ aliases: [sampleAlias()] }),
  'aliases.add': attacked({ alias: sampleAlias() }),
  'trace.find': attacked({
    kind: 'message',
    subject: 's',
    since: ago(9),
    events: [
      { time: ago(1), source: 'log', message: 'm', level: 'info', category: 'smtp', [attack]: attack },
      { time: ago(1), source: 'attempt', message: 'm', to: 't', nested: { [attack]: [attack] } },
    ],
    messages: [1],
    truncated: false,
  }),
  'audit.list': attacked({
    entries: [
      { id: 1, at: ago(1), method: 'm', client: 'c', user: 'u', params: 'p', outcome: 'o', durationMs: 1 },
    ],
  }),
  'config.check': attacked({ file: 'f', faults: [{ file: 'f', line: 1, key: 'k', message: 'm' }] }),
  'config.show': attacked({ file: 'f', values: [{ key: 'k', value: { a: ['v'] }, origin: 'file' }] }),
  'config.describe': attacked({
    keys: [{ key: 'k', type: 't', unit: 'u', default: 'd', live: true, summary: 's' }],
  }),
  'rpc.discover': attacked({ info: { title: 't' } }),
  'server.start': () => {
    throw new ScriptedError('internal', attack);
  },
  'events.subscribe': ({ topics }) => ({
    subscription: 1,
    snapshot:
      topics[0] === 'log'
        ? { log: attacked([sampleEntry()]) }
        : {
            session: attacked({
              session: sampleSession(),
              exchanges: [{ at: ago(1), direction: 'in' as const, text: 'x' }],
              dropped: 0,
            }),
          },
  }),
};

const commands = [
  'status',
  'server start',
  'server pause receiving',
  'server reload',
  'sessions',
  'sessions kill 1',
  'sessions watch 1',
  'sessions watch 1 --no-follow',
  'audit',
  'trace 1',
  'blocks',
  'blocks add x --for 1h',
  'queue',
  'queue show 1',
  'queue show 1 --headers',
  'queue show 1 --body',
  'queue explain 1',
  'queue summary',
  'queue operations',
  'queue remove 1',
  'log',
  'log -f',
  'domains',
  'domains add x',
  'accounts',
  'accounts edit x --enable',
  'accounts disable x',
  'mailboxes',
  'mailboxes list x',
  'mailboxes show x',
  'mailboxes show x --uid 1',
  'mailboxes show x --uid 1 --headers',
  'aliases',
  'aliases add x y',
  'config check',
  'config show',
  'config describe',
  'api --discover',
  `nonsense${attack}`,
  `queue show ${attack}`,
  `--${attack}`,
];

/** Anything but line breaks that a terminal obeys, hides or reorders. */
const dangerous =
  /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udfff](?![\udc00-\udfff])(?<![\ud800-\udbff][\udc00-\udfff])/;

let daemon: FakeDaemon;
beforeAll(async () => {
  daemon = await FakeDaemon.start(script);
});
afterAll(() => daemon.stop());

async function outputOf(line: string, tty: boolean, extra: readonly string[] = []) {
  const interrupt = new AbortController();
  // Followers are interrupted once they have shown what they were sent.
  const onStdout = () => setImmediate(() => interrupt.abort());
  const following = /-f|watch 1$/.test(line);
  return runMailctl([...line.split(' '), ...extra], {
    socket: daemon.socket,
    tty,
    env: { NO_COLOR: '1' },
    ...(following && { interrupt: interrupt.signal, onStdout }),
  });
}

describe.each([
  ['on a terminal', true],
  ['in a pipe', false],
])('%s', (_name, tty) => {
  it.each(commands.filter((line) => tty || !/--(headers|body)/.test(line)))(
    '%j lets nothing through',
    async (line) => {
      const { stdout, stderr } = await outputOf(line, tty);
      expect(stdout + stderr).not.toBe('');
      expect(stdout).not.toMatch(dangerous);
      expect(stderr).not.toMatch(dangerous);
    },
  );
});

describe('with --json', () => {
  it.each(commands.filter((line) => !/--(headers|body)|nonsense|\x1b/.test(line)))(
    '%j is plain JSON',
    async (line) => {
      const { stdout } = await outputOf(line, true, ['--json']);
      expect(stdout).not.toMatch(dangerous);
      for (const each of stdout.trimEnd().split('\n'))
        if (each !== '') expect(() => JSON.parse(each)).not.toThrow();
    },
  );

  it('keeps every character of a value', async () => {
    const { stdout } = await outputOf('queue list', false, ['--json']);
    expect(JSON.parse(stdout.split('\n')[0] ?? '').subject).toBe(`${attack}Your weekly letter`);
  });
});
