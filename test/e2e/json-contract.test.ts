/**
 * What scripts rely on: every field of `--json`, by its name and type, with the real programs. Written down here once
 * more on purpose and not taken from the API's definitions: it must not follow them when they change.
 */
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { ann, annsPassword, type MailSystem, startMailSystem } from '../helpers/mail-system.ts';
import { jsonLines } from '../helpers/mailctl.ts';
import { SmtpTestClient } from '../helpers/smtp-test-client.ts';
import { until } from '../helpers/until.ts';

/** ISO 8601 UTC with milliseconds. */
const time = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const count = z.int().min(0);
const text = z.string();

const counters = z.object({
  since: time,
  processedMessages: count,
  virusesDetected: count,
  spamMessages: count,
  deliveredMessages: count,
  bouncedMessages: count,
  rejectedMessages: count,
  collectedMessages: count,
});

const logEntry = z.object({
  seq: count,
  time,
  level: z.enum(['error', 'warn', 'info', 'debug', 'trace']),
  category: z.enum([
    ...(['smtp', 'submission', 'pop3', 'imap', 'minger', 'delivery', 'connections', 'scan'] as const),
    ...(['queue', 'accounts', 'housekeeper', 'control', 'server'] as const),
  ]),
  message: text,
  sessionId: count.optional(),
  queueId: count.optional(),
  remoteAddress: text.optional(),
  user: text.optional(),
});

const status = z.object({
  service: z.object({
    name: text,
    version: text,
    pid: count,
    startedAt: time,
    nodeVersion: text,
    stateDir: text,
    socket: text,
  }),
  server: z.object({
    state: z.enum(['running', 'stopped', 'starting', 'stopping']),
    startedAt: time.nullable(),
    paused: z.object({ receiving: z.boolean(), delivering: z.boolean(), collecting: z.boolean() }),
  }),
  database: z.object({ engine: text, version: text, path: text, sizeBytes: count, schemaVersion: count }),
  listeners: z
    .array(
      z.object({ protocol: text, address: text, port: count, tls: z.enum(['none', 'starttls', 'implicit']) }),
    )
    .min(1),
  connection: z.object({
    state: z.enum(['idle', 'connecting', 'collecting', 'sending']),
    name: text.nullable(),
    lastPollAt: time.nullable(),
    lastPollResult: z.enum(['ok', 'partial', 'failed']).nullable(),
    nextPollAt: time.nullable(),
  }),
  counters,
  sessions: z.object({
    smtp: count,
    submission: count,
    pop3: count,
    imap: count,
    minger: count,
    smtpClient: count,
    pop3Client: count,
    imapClient: count,
  }),
  queue: z.object({
    total: count,
    ready: count,
    active: count,
    deferred: count,
    held: count,
    bytes: count,
    oldestAt: time.nullable(),
  }),
  warnings: z.object({ errors: count, warnings: count, notices: count }),
  housekeeper: z.object({
    state: text,
    task: text.nullable(),
    lastRunAt: time.nullable(),
    nextRunAt: time.nullable(),
  }),
  activity: z.array(logEntry).min(1),
});

const session = z.object({
  id: count,
  type: z.enum(['smtp', 'submission', 'pop3', 'imap', 'minger', 'smtp-client', 'pop3-client', 'imap-client']),
  number: count,
  user: text.nullable(),
  remoteAddress: text,
  remotePort: count,
  localPort: count,
  tls: text.nullable(),
  startedAt: time,
  activeSeconds: z.number(),
  idleSeconds: z.number(),
  state: text,
  detail: text,
  lastCommand: text.nullable(),
  bytesIn: count,
  bytesOut: count,
  messages: count,
});

const queued = z.object({
  id: count,
  state: z.enum(['ready', 'active', 'deferred', 'held']),
  from: text,
  to: z.array(text).min(1),
  sizeBytes: count,
  subject: text.nullable(),
  messageId: text.nullable(),
  createdAt: time,
  nextAttemptAt: time.nullable(),
  expiresAt: time,
  attempts: count,
  lastReply: text.nullable(),
  source: z.object({ sessionId: count.nullable(), remoteAddress: text.nullable(), user: text.nullable() }),
});

const attempt = z.object({
  at: time,
  host: text.nullable(),
  address: text.nullable(),
  durationMs: count,
  code: z.int().nullable(),
  enhancedCode: text.nullable(),
  reply: text,
  tls: text.nullable(),
});

const shown = queued.extend({
  recipients: z
    .array(
      z.object({
        address: text,
        state: z.enum(['pending', 'delivered', 'failed']),
        attempts: z.array(attempt),
      }),
    )
    .min(1),
});

/** Everything that can be listed: each type of session, each state of a message. */
async function busySystem(): Promise<MailSystem> {
  const system = await startMailSystem({
    config: 'delivery.retry_schedule = ["1h"]\n',
    remote: {
      rcpt: (line) => (line.includes('later') ? '451 4.7.1 come back' : undefined),
      dot: 'hang',
    },
  });
  const later = await system.send({ from: ann, to: ['later@example.net', ann] });
  await system.deferred(later);
  const held = await system.send({ to: ['later@example.com'] });
  await system.deferred(held);
  await system.maild.call('queue.hold', { filter: { ids: [held] } });
  await system.send({ from: '', to: ['slow@example.net'] });
  await until(async () => (await system.queue()).some(({ state }) => state === 'active'), 'a delivery');
  const client = await SmtpTestClient.ready(system.maild.ports.submission);
  onTestFinished(() => client.close());
  await client.startTls();
  await client.say('EHLO client.example', 250);
  await client.say(`AUTH PLAIN ${Buffer.from(`\0${ann}\0${annsPassword}`).toString('base64')}`, 235);
  const stranger = await system.client();
  onTestFinished(() => stranger.close());
  return system;
}

/** Names the field that is not as it should be. */
function fits(schema: z.ZodType, value: unknown): void {
  const { error } = schema.safeParse(value);
  expect(error === undefined ? null : `${z.prettifyError(error)}\n${JSON.stringify(value)}`).toBeNull();
}

describe('the fields of --json', () => {
  it('are those of the contract, with their types', async () => {
    const system = await busySystem();
    const answer = await system.told('status', '--json');
    expect(answer.trimEnd()).not.toContain('\n');
    fits(status, JSON.parse(answer));

    const sessions = jsonLines(await system.told('sessions', '--json'));
    expect(new Set(sessions.map(({ type }) => type))).toEqual(new Set(['smtp', 'smtp-client', 'submission']));
    for (const one of sessions) fits(session, one);

    const queue = jsonLines(await system.told('queue', 'list', '--json'));
    expect(queue.map(({ state }) => state).sort()).toEqual(['active', 'deferred', 'held']);
    for (const one of queue) {
      fits(queued, one);
      const detail = JSON.parse(await system.told('queue', 'show', String(one.id), '--json'));
      fits(shown, detail);
      expect(detail).toMatchObject({ ...one, state: expect.any(String) });
    }
    const detail = shown.parse(JSON.parse(await system.told('queue', 'show', '1', '--json')));
    expect(detail.recipients.map(({ address, state }) => [address, state])).toEqual([
      ['later@example.net', 'pending'],
      [ann, 'delivered'],
    ]);
    expect(detail.recipients[0]?.attempts).toMatchObject([{ code: 451, enhancedCode: '4.7.1', tls: null }]);

    const log = jsonLines(await system.told('log', '--json', '-n', '1000'));
    expect(log.length).toBeGreaterThan(5);
    for (const entry of log) fits(logEntry, entry);
  });

  it('of a listing are JSON Lines, of nothing no line, of one thing one line', async () => {
    const system = await startMailSystem();
    for (const command of [['queue', 'list'], ['sessions'], ['aliases'], ['blocks']])
      expect(await system.told(...command, '--json'), command.join(' ')).toBe('');
    for (let n = 0; n < 3; n += 1)
      await system.maild.call('accounts.add', { address: `u${n}@example.org`, password: 'x' });
    expect((await system.told('accounts', '--json')).trimEnd().split('\n')).toHaveLength(4);
    const refused = await system.mailctl('queue', 'show', '4711', '--json');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
  });
});
