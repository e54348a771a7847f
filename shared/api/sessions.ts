/** Sessions: every dialogue that is going on now, and what can be done about it. */
import { z } from 'zod';
import { method } from './method.ts';
import { count, id, ids, network, none, pattern, seconds, text, time } from './values.ts';

export const sessionTypes = [
  'smtp',
  'submission',
  'pop3',
  'imap',
  'minger',
  'smtp-client',
  'pop3-client',
  'imap-client',
] as const;
export const sessionType = z.enum(sessionTypes);
export type SessionType = z.infer<typeof sessionType>;

export const session = z.object({
  /** Unique in the service, never used again while it runs. */
  id,
  type: sessionType,
  /** Counts per type: what a person sees as `IMAP4 Server (7)`. */
  number: id,
  /** Login name after AUTH; null before and without. */
  user: z.string().nullable(),
  remoteAddress: z.string(),
  remotePort: count,
  localPort: count,
  /** `TLSv1.3`, or null in the clear. */
  tls: z.string().nullable(),
  startedAt: time,
  activeSeconds: z.number(),
  idleSeconds: z.number(),
  /** The state in the protocol's words: `greeting`, `ehlo`, `auth`, `mail`, `rcpt`, `data`, `closing` ... */
  state: z.string(),
  /** What is going on, for a person: `Waiting`, `IDLE`, `DATA, 1.2 MB so far`, `Delivering to mx1.example.net`. */
  detail: z.string(),
  /** The last command as it stood on the wire, secrets masked. */
  lastCommand: z.string().nullable(),
  /** The folder that is open; null where there is none. */
  mailbox: z.string().nullable(),
  bytesIn: count,
  bytesOut: count,
  /** Messages accepted or delivered in this session. */
  messages: count,
});
export type Session = z.infer<typeof session>;

export const sessionFilter = z.strictObject({
  ids: ids.optional(),
  types: z.array(sessionType).min(1).optional(),
  user: pattern.optional(),
  ip: network.optional(),
  olderThanSeconds: seconds.optional(),
  idleSeconds: seconds.optional(),
});
export type SessionFilter = z.infer<typeof sessionFilter>;
export const sessionSort = z.enum(['id', 'type', 'user', 'ip', 'active', 'idle', 'in', 'out']);

/** One line of a dialogue, as it stood on the wire, secrets masked, cut at 512 characters. */
export const exchange = z.object({
  at: time,
  /** `in`: from the peer to us. `note`: nothing on the wire, an event such as a TLS handshake. */
  direction: z.enum(['in', 'out', 'note']),
  text: z.string(),
});
export type Exchange = z.infer<typeof exchange>;

export const block = z.object({
  id,
  /** What is refused: a client address or a login name. */
  kind: z.enum(['address', 'user']),
  value: z.string(),
  reason: z.string(),
  /** `operator`, or `guessing` when failed logins brought it about. */
  source: z.enum(['operator', 'guessing']),
  createdAt: time,
  until: time,
});
export type Block = z.infer<typeof block>;

export const sessionMethods = {
  'sessions.list': method({
    summary: 'The sessions that are open at this moment.',
    access: 'read',
    params: z.strictObject({
      filter: sessionFilter.optional(),
      sort: sessionSort.optional(),
      descending: z.boolean().optional(),
      limit: z.int().min(1).max(10_000).optional(),
    }),
    result: z.object({ sessions: z.array(session), total: count }),
  }),
  'sessions.exchanges': method({
    summary: 'The last exchanges of one session, secrets masked.',
    access: 'read',
    params: z.strictObject({ id }),
    result: z.object({ session, exchanges: z.array(exchange), dropped: count }),
  }),
  'sessions.kill': method({
    summary: 'Ends sessions, by id or by filter; on request refuses their user or address for a time.',
    access: 'write',
    params: z.strictObject({
      filter: sessionFilter,
      all: z.boolean().optional(),
      blockSeconds: seconds.optional(),
      reason: text.optional(),
      dryRun: z.boolean().optional(),
    }),
    result: z.object({
      results: z.array(z.object({ id, outcome: z.enum(['ended', 'ending', 'not_found', 'would_end']) })),
      blocks: z.array(block),
    }),
  }),
  'blocks.list': method({
    summary: 'Addresses and users that are refused for now.',
    access: 'read',
    params: none,
    result: z.object({ blocks: z.array(block) }),
  }),
  'blocks.add': method({
    summary: 'Refuses a client address or a user for a time.',
    access: 'write',
    params: z.strictObject({
      kind: z.enum(['address', 'user']),
      value: text,
      forSeconds: seconds,
      reason: text.optional(),
    }),
    result: z.object({ block }),
  }),
  'blocks.remove': method({
    summary: 'Lifts a block.',
    access: 'write',
    params: z.strictObject({ ids }),
    result: z.object({ removed: count, notFound: z.array(id) }),
  }),
};
