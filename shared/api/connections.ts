/**
 * Connections: named links to the outside, each with at most one sender (a relay), any number of collectors (POP3 or
 * IMAP4 accounts elsewhere) and a schedule. A run of a connection collects, then sends.
 */
import { z } from 'zod';
import { method } from './method.ts';
import { count, id, none, text, time } from './values.ts';

/** What a person types after `connect-now`; compared without regard to case. */
const name = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,62}$/, 'a name is letters, digits, dots, hyphens and underscores, 63 at most');
const host = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^\s/@]+$/, 'is not a host name or address');
const port = z.int().min(1).max(65_535);
const address = z.string().min(3).max(320);
/** Given to the API only over the socket; stored encrypted, never shown, never logged. */
const password = z.string().min(1).max(512);

/** `implicit`: TLS from the start. `starttls`: required, not only when offered. `none`: in the clear, on loopback only. */
const tls = z.enum(['implicit', 'starttls', 'none']);

const server = {
  host,
  /** Without it the usual one of protocol and TLS. */
  port: port.optional(),
  tls: tls.optional(),
  /** False: a certificate for another name, or of nobody known, will do. */
  verify: z.boolean().optional(),
};

export const senderSettings = z.strictObject({
  ...server,
  user: text.nullable().optional(),
  password: password.optional(),
});
export type SenderSettings = z.infer<typeof senderSettings>;

const collecting = {
  /** IMAP4 only. */
  folders: z.array(text).min(1).max(100).optional(),
  /** How long messages stay on the server: 0 deletes them as soon as they are here, null leaves them there. */
  keepDays: z.int().min(0).max(3_650).nullable().optional(),
  /** By To, Cc, Delivered-To and X-Original-To to the accounts that they name. */
  byHeaders: z.boolean().optional(),
};

export const collectorSettings = z.strictObject({
  protocol: z.enum(['pop3', 'imap']),
  ...server,
  user: text,
  password,
  /** The account that gets the mail; with `byHeaders` the one that gets what names nobody here. */
  deliverTo: address,
  ...collecting,
});
export type CollectorSettings = z.infer<typeof collectorSettings>;

/** Only what is given is changed. */
const collectorChanges = z.strictObject({
  ...server,
  host: host.optional(),
  user: text.optional(),
  password: password.optional(),
  deliverTo: address.optional(),
  ...collecting,
});

export const runResult = z.enum(['ok', 'partial', 'failed']);
export type RunResult = z.infer<typeof runResult>;
export const connectionState = z.enum(['idle', 'connecting', 'collecting', 'sending']);
export type ConnectionState = z.infer<typeof connectionState>;
export const sendingMode = z.enum(['at-once', 'when-connected']);

const reached = { host: z.string(), port, tls, verify: z.boolean() };

export const sender = z.object({ ...reached, user: z.string().nullable(), hasPassword: z.boolean() });
export type Sender = z.infer<typeof sender>;

export const collector = z.object({
  id,
  protocol: z.enum(['pop3', 'imap']),
  ...reached,
  user: z.string(),
  folders: z.array(z.string()),
  keepDays: count.nullable(),
  byHeaders: z.boolean(),
  deliverTo: z.string(),
  /** Why its last poll failed; null when it did not. */
  lastError: z.string().nullable(),
  /** Polls that failed one after another. */
  failures: count,
});
export type Collector = z.infer<typeof collector>;

export const connection = z.object({
  name: z.string(),
  enabled: z.boolean(),
  /** Takes mail that no route names, and is meant by `connect-now` without a name. */
  isDefault: z.boolean(),
  /** The connection that takes over when this one fails. */
  fallback: z.string().nullable(),
  sending: sendingMode,
  schedule: z.string(),
  sender: sender.nullable(),
  collectors: z.array(collector),
  state: connectionState,
  /** For a person: `collecting 3 of 12`. */
  detail: z.string(),
  lastPollAt: time.nullable(),
  lastPollResult: runResult.nullable(),
  lastPollDurationMs: count.nullable(),
  lastError: z.string().nullable(),
  nextPollAt: time.nullable(),
  /** Why it is then, or why there is none. */
  nextPollReason: z.string(),
  /** Messages of the last run. */
  lastCollected: count,
  lastSent: count,
});
export type Connection = z.infer<typeof connection>;

/** `manual`, `schedule`, `waiting messages`, `fallback of NAME`. */
export const connectionRun = z.object({
  id,
  connection: z.string(),
  trigger: z.string(),
  startedAt: time,
  /** Null while it goes on. */
  endedAt: time.nullable(),
  durationMs: count.nullable(),
  result: runResult.nullable(),
  error: z.string().nullable(),
  collected: count,
  collectedBytes: count,
  sent: count,
});
export type ConnectionRun = z.infer<typeof connectionRun>;

export const connectionEvent = z.object({
  change: z.enum(['started', 'step', 'progress', 'finished', 'changed', 'removed']),
  connection: z.string(),
  /** The run that goes on or has ended; null when none of it is the matter. */
  run: connectionRun.nullable(),
  state: connectionState,
  /** What happened, for a person. */
  text: z.string(),
});
export type ConnectionEvent = z.infer<typeof connectionEvent>;

const totals = z.object({
  runs: count,
  failedRuns: count,
  collected: count,
  collectedBytes: count,
  sent: count,
});

const options = {
  enabled: z.boolean().optional(),
  isDefault: z.boolean().optional(),
  fallback: name.nullable().optional(),
  sending: sendingMode.optional(),
  /** `manual`, `every 15m on mon-fri 08:00-18:00; every 2h`, `at 08:00`, `cron 0 8 * * mon-fri`, `when 5 waiting`. */
  schedule: text.optional(),
};

const one = z.object({ connection });

export const connectionMethods = {
  'connections.list': method({
    summary: 'The connections, with what each does now, did last and does next.',
    access: 'read',
    params: none,
    result: z.object({ connections: z.array(connection) }),
  }),
  'connections.show': method({
    summary: 'One connection with its last runs, newest first, and its totals.',
    access: 'read',
    params: z.strictObject({ name }),
    result: z.object({ connection, totals, runs: z.array(connectionRun) }),
  }),
  'connections.add': method({
    summary: 'Makes a connection.',
    access: 'write',
    params: z.strictObject({
      name,
      ...options,
      sender: senderSettings.optional(),
      collectors: z.array(collectorSettings).max(100).optional(),
    }),
    result: one,
  }),
  'connections.edit': method({
    summary: 'Changes a connection: name, schedule, sender, whether it is enabled.',
    access: 'write',
    params: z.strictObject({
      name,
      newName: name.optional(),
      ...options,
      /** Null takes it away; a password that is not given stays. */
      sender: senderSettings.nullable().optional(),
    }),
    result: one,
  }),
  'connections.remove': method({
    summary: 'Removes a connection, and what is known of the messages it collected.',
    access: 'write',
    params: z.strictObject({ name }),
    result: z.object({ removed: z.boolean() }),
  }),
  'connections.addCollector': method({
    summary: 'Adds a collector to a connection.',
    access: 'write',
    params: z.strictObject({ name, collector: collectorSettings }),
    result: one,
  }),
  'connections.editCollector': method({
    summary: 'Changes a collector of a connection.',
    access: 'write',
    params: z.strictObject({ name, collector: id, changes: collectorChanges }),
    result: one,
  }),
  'connections.removeCollector': method({
    summary: 'Takes a collector away from a connection.',
    access: 'write',
    params: z.strictObject({ name, collector: id }),
    result: one,
  }),
  'connections.test': method({
    summary: 'Tries the logins of a connection and says what was found; collects and sends nothing.',
    access: 'write',
    params: z.strictObject({ name }),
    result: z.object({
      results: z.array(
        z.object({
          /** `pop3 mail.example.net:995 ann`. */
          part: z.string(),
          ok: z.boolean(),
          /** What was found, or why it failed. */
          text: z.string(),
          tls: z.string().nullable(),
          durationMs: count,
        }),
      ),
    }),
  }),
  'connections.connectNow': method({
    summary:
      'Collects and sends now; joins a run that goes on. Without a name: the default, or all that are enabled.',
    access: 'write',
    params: z.strictObject({ name: name.optional() }),
    result: z.object({ runs: z.array(z.object({ run: connectionRun, joined: z.boolean() })) }),
  }),
};
export type ConnectionTest = z.infer<
  (typeof connectionMethods)['connections.test']['result']
>['results'][number];
export type ConnectionTotals = z.infer<typeof totals>;
