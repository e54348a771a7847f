/** Values of the control API as a busy server would give them, for tests of what is made of them. */
import type { Account, Alias, Domain } from '../../shared/api/accounts.ts';
import type { LogEntry } from '../../shared/api/log.ts';
import type { MessageDetail, QueuedMessage, VerbResult } from '../../shared/api/queue.ts';
import type { Counters, Status } from '../../shared/api/server.ts';
import type { Block, Session } from '../../shared/api/sessions.ts';
import { testNow } from './run-mailctl.ts';

/** So many seconds before the time of the test. */
export const ago = (seconds: number): string => new Date(testNow - seconds * 1_000).toISOString();
export const ahead = (seconds: number): string => ago(-seconds);
const hour = 3_600;
const day = 24 * hour;

export const sampleSession = (changes: Partial<Session> = {}): Session => ({
  id: 98113,
  type: 'smtp',
  number: 7,
  user: null,
  remoteAddress: '198.51.100.77',
  remotePort: 41022,
  localPort: 25,
  tls: 'TLSv1.3',
  startedAt: ago(31),
  activeSeconds: 31.2,
  idleSeconds: 5.1,
  state: 'rcpt',
  detail: 'Waiting',
  mailbox: null,
  lastCommand: 'RCPT TO:<admin@example.org>',
  bytesIn: 312,
  bytesOut: 1_400,
  messages: 0,
  ...changes,
});

export const sampleSessions: readonly Session[] = [
  sampleSession({
    id: 61019,
    type: 'submission',
    number: 12,
    user: 'ann@example.org',
    remoteAddress: '192.0.2.5',
    activeSeconds: 11_564,
    detail: 'Waiting',
  }),
  sampleSession(),
  sampleSession({
    id: 98114,
    number: 8,
    remoteAddress: '203.0.113.9',
    tls: null,
    activeSeconds: 2,
    idleSeconds: 0,
    state: 'data',
    detail: 'DATA, 1.2 MB so far',
  }),
  sampleSession({
    id: 98116,
    type: 'smtp-client',
    number: 3,
    remoteAddress: '2001:db8::25',
    remotePort: 25,
    activeSeconds: 75,
    idleSeconds: 0,
    state: 'data',
    detail: 'Delivering to mx1.example.net',
  }),
];

export const sampleMessage = (changes: Partial<QueuedMessage> = {}): QueuedMessage => ({
  id: 4711,
  state: 'deferred',
  from: 'news@example.org',
  to: ['joe@example.net', 'kim@example.net'],
  sizeBytes: 2_202_009,
  subject: 'Your weekly letter',
  messageId: '<20261122.4711@example.org>',
  createdAt: ago(41 * 60),
  nextAttemptAt: ahead(125),
  expiresAt: ahead(5 * day - 41 * 60),
  attempts: 3,
  lastReply: '451 4.7.1 Greylisted, please try again in 5 minutes',
  source: { sessionId: 61019, remoteAddress: '192.0.2.5', user: 'news@example.org' },
  ...changes,
});

export const sampleMessages: readonly QueuedMessage[] = [
  sampleMessage({
    id: 4698,
    state: 'active',
    from: 'bob@example.org',
    to: ['ann@example.net'],
    sizeBytes: 18_322,
    createdAt: ago(4),
    nextAttemptAt: null,
    attempts: 0,
    lastReply: null,
  }),
  sampleMessage(),
  sampleMessage({
    id: 4512,
    from: 'ann@example.org',
    to: ['kim@example.com'],
    sizeBytes: 9_114,
    createdAt: ago(2 * hour + 600),
    nextAttemptAt: ahead(840),
    attempts: 5,
    lastReply: '421 4.7.0 mx.example.com Too many connections',
  }),
  sampleMessage({
    id: 3377,
    state: 'held',
    from: '',
    to: ['dave@example.org'],
    sizeBytes: 1_100,
    createdAt: ago(2 * day + 3 * hour),
    nextAttemptAt: null,
    attempts: 0,
    lastReply: null,
  }),
];

export const sampleDetail = (changes: Partial<MessageDetail> = {}): MessageDetail => ({
  ...sampleMessage(),
  outcome: 'queued',
  finishedAt: null,
  bodyType: '8bitmime',
  smtpUtf8: false,
  envelopeId: 'news-4711',
  returnContent: 'headers',
  heldReason: null,
  recipients: [
    {
      address: 'joe@example.net',
      state: 'pending',
      nextAttemptAt: ahead(125),
      notify: 'FAILURE,DELAY',
      originalRecipient: 'rfc822;joe@example.net',
      attempts: [
        {
          at: ago(40 * 60),
          host: null,
          address: null,
          durationMs: 30_000,
          code: null,
          enhancedCode: '4.4.1',
          reply: 'connect to mx2.example.net [203.0.113.41]:25 timed out',
          tls: null,
        },
        {
          at: ago(20 * 60),
          host: 'mx1.example.net',
          address: '203.0.113.40',
          durationMs: 1_240,
          code: 451,
          enhancedCode: '4.7.1',
          reply: '451 4.7.1 Greylisted, please try again in 5 minutes',
          tls: 'TLSv1.3',
        },
      ],
    },
    {
      address: 'kim@example.net',
      state: 'delivered',
      nextAttemptAt: null,
      notify: null,
      originalRecipient: null,
      attempts: [
        {
          at: ago(20 * 60),
          host: 'mx1.example.net',
          address: '203.0.113.40',
          durationMs: 1_240,
          code: 250,
          enhancedCode: '2.0.0',
          reply: '250 2.0.0 Ok: queued as 4F1A22',
          tls: 'TLSv1.3',
        },
      ],
    },
  ],
  ...changes,
});

export const sampleVerb = (changes: Partial<VerbResult> = {}): VerbResult => ({
  matched: 212,
  changed: 212,
  bytes: 4_299_161,
  notFound: [],
  refused: [],
  refusedCount: 0,
  operation: 17,
  dryRun: false,
  ...changes,
});

export const sampleBlock = (changes: Partial<Block> = {}): Block => ({
  id: 7,
  kind: 'address',
  value: '203.0.113.9',
  reason: 'guessing passwords',
  source: 'guessing',
  createdAt: ago(300),
  until: ahead(hour - 300),
  ...changes,
});

export const sampleEntry = (changes: Partial<LogEntry> = {}): LogEntry => ({
  seq: 1,
  time: ago(2),
  level: 'info',
  category: 'delivery',
  message: 'delivered',
  queueId: 4698,
  sessionId: 98116,
  remoteAddress: '203.0.113.40',
  host: 'mx1.example.net',
  reply: '250 2.0.0 Ok: queued as 4F1A22',
  ...changes,
});

export const sampleEntries: readonly LogEntry[] = [
  sampleEntry({
    seq: 1,
    time: ago(30),
    category: 'smtp',
    message: 'connected',
    queueId: undefined,
    sessionId: 98113,
    remoteAddress: '198.51.100.77',
    host: undefined,
    reply: undefined,
  }),
  sampleEntry({
    seq: 2,
    time: ago(24),
    level: 'warn',
    category: 'smtp',
    message: 'recipient refused',
    queueId: undefined,
    sessionId: 98113,
    remoteAddress: '198.51.100.77',
    host: undefined,
    reply: '550 5.1.1 No such user',
  }),
  sampleEntry({
    seq: 3,
    time: ago(20),
    category: 'smtp',
    message: 'message accepted',
    sessionId: 98112,
    remoteAddress: '192.0.2.10',
    host: undefined,
    reply: undefined,
    from: 'bob@example.org',
    sizeBytes: 18_322,
  }),
  sampleEntry({
    seq: 4,
    time: ago(11),
    level: 'error',
    category: 'delivery',
    message: 'certificate refused',
    queueId: 3377,
    host: 'relay1.example.com',
    reply: 'certificate has expired',
  }),
  sampleEntry({ seq: 5 }),
];

const counters = (scale: number, since: string): Counters => ({
  since,
  processedMessages: 18_422 * scale,
  virusesDetected: 0,
  spamMessages: 2_190 * scale,
  deliveredMessages: 13_100 * scale,
  bouncedMessages: 41 * scale,
  rejectedMessages: 941 * scale,
  collectedMessages: 0,
});

export const sampleStatus = (changes: Partial<Status> = {}): Status => ({
  service: {
    name: 'mail1.example.org',
    version: '0.1.0',
    pid: 4121,
    startedAt: ago(12 * day + 5 * hour),
    nodeVersion: 'v20.20.2',
    stateDir: '/var/lib/maild',
    socket: '/run/maild/maild.sock',
    configFile: '/etc/maild/maild.toml',
    memoryBytes: 193_000_000,
    loopDelayMs: 2.4,
  },
  server: {
    state: 'running',
    startedAt: ago(12 * day + 4 * hour),
    paused: { receiving: false, delivering: false, collecting: false, details: {} },
  },
  database: {
    engine: 'SQLite',
    version: '3.52.0',
    path: '/var/lib/maild/maild.db',
    sizeBytes: 431_000_000,
    schemaVersion: 3,
    state: 'ok',
    problem: null,
  },
  listeners: [
    { protocol: 'smtp', address: '0.0.0.0', port: 25, tls: 'starttls', error: null },
    { protocol: 'submission', address: '0.0.0.0', port: 465, tls: 'implicit', error: null },
  ],
  connection: { state: 'idle', name: null, lastPollAt: null, lastPollResult: null, nextPollAt: null },
  counters: counters(1, ago(12 * day + 4 * hour)),
  totals: counters(10, ago(400 * day)),
  sessions: {
    smtp: 6,
    submission: 2,
    pop3: 0,
    imap: 0,
    minger: 0,
    smtpClient: 4,
    pop3Client: 0,
    imapClient: 0,
  },
  queue: {
    total: 212,
    ready: 3,
    active: 4,
    deferred: 202,
    held: 3,
    bytes: 4_299_161,
    oldestAt: ago(2 * day + 3 * hour),
  },
  scanners: [],
  warnings: {
    errors: 1,
    warnings: 1,
    notices: 0,
    list: [
      {
        code: 'certificate.expired',
        severity: 'error',
        subject: 'relay1.example.com',
        evidence: 'its certificate expired on 2026-11-20; 3 messages are held',
        remedy: 'Tell its operator, or set tls = "none" for the route.',
        since: ago(2 * day),
      },
      {
        code: 'certificate.expires',
        severity: 'warning',
        subject: 'mail1.example.org',
        evidence: 'the certificate expires in 6 days',
        remedy: 'Renew it, then: mailctl server reload',
        since: ago(day),
      },
    ],
  },
  housekeeper: { state: 'idle', task: null, lastRunAt: ago(150), nextRunAt: ahead(hour - 150) },
  activity: [...sampleEntries],
  ...changes,
});

export const sampleAccount = (changes: Partial<Account> = {}): Account => ({
  address: 'ann@example.org',
  enabled: true,
  createdAt: ago(400 * day),
  lastLoginAt: ago(600),
  lastLoginFrom: '192.0.2.5',
  messages: 1_204,
  bytes: 32_400_000,
  quotaBytes: 2_147_483_648,
  passwordScheme: 'SCRYPT',
  ...changes,
});

export const sampleDomain = (changes: Partial<Domain> = {}): Domain => ({
  name: 'example.org',
  origin: 'config',
  catchAll: null,
  accounts: 4,
  aliases: 2,
  ...changes,
});

export const sampleAlias = (changes: Partial<Alias> = {}): Alias => ({
  address: 'sales@example.org',
  targets: ['ann@example.org', 'bob@example.org'],
  ...changes,
});
