/** The server (listeners and workers), which starts and stops while the service goes on answering; and its status. */
import { z } from 'zod';
import { logEntry } from './log.ts';
import { method } from './method.ts';
import { count, none, seconds, text, time } from './values.ts';

export const serverState = z.enum(['running', 'stopped', 'starting', 'stopping']);
export type ServerState = z.infer<typeof serverState>;
export const serverPart = z.enum(['receiving', 'delivering', 'collecting']);
export type ServerPart = z.infer<typeof serverPart>;

/** Null while the part runs. */
export const pause = z.object({ since: time, until: time.nullable(), reason: z.string().nullable() });
export type Pause = z.infer<typeof pause>;

export const paused = z.object({
  receiving: z.boolean(),
  delivering: z.boolean(),
  collecting: z.boolean(),
  /** Since when, until when and why, of those that are paused. */
  details: z.partialRecord(serverPart, pause),
});

export const counters = z.object({
  /** When these began. */
  since: time,
  processedMessages: count,
  virusesDetected: count,
  spamMessages: count,
  deliveredMessages: count,
  bouncedMessages: count,
  rejectedMessages: count,
  collectedMessages: count,
});
export type Counters = z.infer<typeof counters>;
export type CounterName = Exclude<keyof Counters, 'since'>;

export const listener = z.object({
  protocol: z.string(),
  address: z.string(),
  port: count,
  tls: z.enum(['none', 'starttls', 'implicit']),
  /** Null while it listens; otherwise why it does not. */
  error: z.string().nullable(),
});
export type ListenerStatus = z.infer<typeof listener>;

/** Something that an operator should know or do. */
export const warning = z.object({
  code: z.string(),
  severity: z.enum(['error', 'warning', 'notice']),
  subject: z.string(),
  evidence: z.string(),
  remedy: z.string(),
  since: time,
});
export type Warning = z.infer<typeof warning>;

/** Something that looks at messages before they are taken. */
export const scannerStatus = z.object({
  name: z.enum(['clamd', 'spamd', 'rspamd']),
  /** `unknown` until it has been heard of. */
  state: z.enum(['ok', 'unavailable', 'unknown']),
  version: z.string().nullable(),
  /** When its signatures were made; null for those that have none, or do not say. */
  signaturesAt: time.nullable(),
  /** Its last failure, which may be long ago. */
  lastError: z.string().nullable(),
});

export const status = z.object({
  service: z.object({
    name: z.string(),
    version: z.string(),
    pid: count,
    startedAt: time,
    nodeVersion: z.string(),
    stateDir: z.string(),
    socket: z.string(),
    configFile: z.string().nullable(),
    memoryBytes: count,
    /** Longest time the event loop was held in the last minute. */
    loopDelayMs: z.number(),
  }),
  server: z.object({ state: serverState, startedAt: time.nullable(), paused }),
  database: z.object({
    engine: z.string(),
    version: z.string(),
    path: z.string(),
    sizeBytes: count,
    schemaVersion: count,
    /** `ok`, `full`, `damaged` or `unavailable`; with what is wrong when it is not ok. */
    state: z.enum(['ok', 'full', 'damaged', 'unavailable']),
    problem: z.string().nullable(),
  }),
  listeners: z.array(listener),
  connection: z.object({
    state: z.enum(['idle', 'connecting', 'collecting', 'sending']),
    name: z.string().nullable(),
    lastPollAt: time.nullable(),
    lastPollResult: z.enum(['ok', 'partial', 'failed']).nullable(),
    nextPollAt: time.nullable(),
  }),
  /** Since the start of the server. */
  counters,
  /** Since the database was made; kept over restarts. */
  totals: counters,
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
  /** Those that are configured. */
  scanners: z.array(scannerStatus),
  warnings: z.object({ errors: count, warnings: count, notices: count, list: z.array(warning) }),
  housekeeper: z.object({
    state: z.enum(['idle', 'running']),
    task: z.string().nullable(),
    lastRunAt: time.nullable(),
    nextRunAt: time.nullable(),
  }),
  /** The last events of the log, in brief, newest last. */
  activity: z.array(logEntry),
});
export type Status = z.infer<typeof status>;

const outcome = z.object({ state: serverState, changed: z.boolean() });

export const serverMethods = {
  'status.get': method({
    summary:
      'All of the status: service, server, database, listeners, counters, sessions, queue, warnings, last events.',
    access: 'read',
    params: none,
    result: status,
  }),
  'server.start': method({
    summary: 'Starts the listeners and workers.',
    access: 'write',
    params: none,
    result: outcome,
  }),
  'server.stop': method({
    summary:
      'Stops the listeners and workers; deliveries in flight end first. The service goes on answering.',
    access: 'write',
    params: z.strictObject({ reason: text.optional() }),
    result: outcome,
  }),
  'server.reload': method({
    summary: 'Reads the configuration again and applies what can change live; says what needs a restart.',
    access: 'write',
    params: none,
    result: z.object({
      /** Keys that are in force now. */
      applied: z.array(z.string()),
      /** Keys that changed in the file and wait for a restart of the service. */
      needsRestart: z.array(z.string()),
    }),
  }),
  'server.pause': method({
    summary: 'Pauses receiving, delivering or collecting, for good or for a time.',
    access: 'write',
    params: z.strictObject({
      parts: z.array(serverPart).min(1),
      forSeconds: seconds.optional(),
      reason: text.optional(),
    }),
    result: z.object({ paused }),
  }),
  'server.resume': method({
    summary: 'Resumes what was paused.',
    access: 'write',
    params: z.strictObject({ parts: z.array(serverPart).min(1) }),
    result: z.object({ paused }),
  }),
};
