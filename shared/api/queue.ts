/** The queue: what waits, why, and the verbs that act on it. One filter serves all of them. */
import { z } from 'zod';
import { method } from './method.ts';
import { count, cursor, id, ids, pattern, seconds, text, time } from './values.ts';

/**
 * `ready`: not tried yet, or asked for again. `active`: being delivered at this moment. `deferred`: tried,
 * failed for now, waits for its next attempt. `held`: kept back by an operator.
 */
export const queueState = z.enum(['ready', 'active', 'deferred', 'held']);
export type QueueState = z.infer<typeof queueState>;

export const queueFilter = z.strictObject({
  ids: ids.optional(),
  from: pattern.optional(),
  to: pattern.optional(),
  /** Domain of a recipient. */
  domain: pattern.optional(),
  states: z.array(queueState).min(1).optional(),
  olderThanSeconds: seconds.optional(),
  largerThanBytes: count.optional(),
  /** Found in the last reply. */
  error: pattern.optional(),
  connection: pattern.optional(),
});
export type QueueFilter = z.infer<typeof queueFilter>;
export const queueSort = z.enum(['age', 'next', 'size', 'attempts', 'from']);

export const messageSource = z.object({
  /** Session that brought it; null when the service made it (a bounce). */
  sessionId: id.nullable(),
  remoteAddress: z.string().nullable(),
  user: z.string().nullable(),
});

export const queuedMessage = z.object({
  id,
  state: queueState,
  /** Envelope sender; empty for a bounce. */
  from: z.string(),
  /** Envelope recipients, delivered ones included. */
  to: z.array(z.string()),
  sizeBytes: count,
  subject: z.string().nullable(),
  messageId: z.string().nullable(),
  createdAt: time,
  nextAttemptAt: time.nullable(),
  expiresAt: time,
  attempts: count,
  lastReply: z.string().nullable(),
  source: messageSource,
});
export type QueuedMessage = z.infer<typeof queuedMessage>;

export const attempt = z.object({
  at: time,
  /** Name of the remote host, `local` for a mailbox of ours; null when none was reached. */
  host: z.string().nullable(),
  address: z.string().nullable(),
  durationMs: count,
  /** SMTP reply code; null when there was no reply. */
  code: z.int().nullable(),
  enhancedCode: z.string().nullable(),
  reply: z.string(),
  tls: z.string().nullable(),
});
export type Attempt = z.infer<typeof attempt>;

export const queuedRecipient = z.object({
  address: z.string(),
  state: z.enum(['pending', 'delivered', 'failed']),
  nextAttemptAt: time.nullable(),
  notify: z.string().nullable(),
  originalRecipient: z.string().nullable(),
  attempts: z.array(attempt),
});
export type QueuedRecipient = z.infer<typeof queuedRecipient>;

export const messageDetail = queuedMessage.extend({
  /** Where the message is in its life: `queued` is in the queue; the others are history, kept for a time. */
  outcome: z.enum(['queued', 'done', 'removed']),
  finishedAt: time.nullable(),
  bodyType: z.enum(['7bit', '8bitmime']),
  smtpUtf8: z.boolean(),
  envelopeId: z.string().nullable(),
  returnContent: z.enum(['full', 'headers']).nullable(),
  /** Why it is held, in the operator's words. */
  heldReason: z.string().nullable(),
  recipients: z.array(queuedRecipient),
});
export type MessageDetail = z.infer<typeof messageDetail>;

/** What a verb hit. `operation` names it for `queue.undo`; null when it cannot be undone or nothing changed. */
export const verbResult = z.object({
  matched: count,
  changed: count,
  bytes: count,
  notFound: z.array(id),
  /** Named or matched, and left alone: for instance being delivered at this moment. At most 100 are listed. */
  refused: z.array(z.object({ id, reason: z.string() })),
  refusedCount: count,
  operation: id.nullable(),
  dryRun: z.boolean(),
});
export type VerbResult = z.infer<typeof verbResult>;

/** `filter` without any condition hits nothing unless `all` is true. */
const verb = z.strictObject({
  filter: queueFilter,
  all: z.boolean().optional(),
  dryRun: z.boolean().optional(),
  reason: text.optional(),
});

/** Why a message has not gone out: a code for programs, a sentence for people, and what would help. */
export const explanation = z.object({
  id,
  state: queueState,
  reasons: z.array(
    z.object({
      /** `paused`, `held`, `waiting_for_retry`, `domain_busy`, `limit_reached`, `being_delivered`, `due`, `store_full` ... */
      code: z.string(),
      text: z.string(),
      /** The command that would help; null when only waiting does. */
      remedy: z.string().nullable(),
    }),
  ),
  nextAttemptAt: time.nullable(),
  expiresAt: time,
  /** What would be done at the next attempt, per domain: route or MX hosts. */
  destinations: z.array(z.object({ domain: z.string(), via: z.string(), pending: count })),
});
export type Explanation = z.infer<typeof explanation>;

export const summaryGroup = z.enum(['domain', 'reason', 'age', 'sender']);
export const summaryRow = z.object({
  key: z.string(),
  messages: count,
  bytes: count,
  oldestAt: time.nullable(),
});
export type SummaryRow = z.infer<typeof summaryRow>;

export const queueMethods = {
  'queue.list': method({
    summary: 'Messages in the queue that match, a page at a time.',
    access: 'read',
    params: z.strictObject({
      filter: queueFilter.optional(),
      sort: queueSort.optional(),
      descending: z.boolean().optional(),
      limit: z.int().min(1).max(2_000).optional(),
      cursor: cursor.optional(),
    }),
    result: z.object({ messages: z.array(queuedMessage), next: cursor.nullable() }),
  }),
  'queue.count': method({
    summary: 'How many messages match, and their size.',
    access: 'read',
    params: z.strictObject({ filter: queueFilter.optional() }),
    result: z.object({ messages: count, bytes: count }),
  }),
  'queue.show': method({
    summary:
      'One message: envelope, recipients and every attempt with its reply. Finished ones for as long as history is kept.',
    access: 'read',
    params: z.strictObject({ id }),
    result: messageDetail,
  }),
  'queue.content': method({
    summary: 'A slice of the message as it is stored, in base64.',
    access: 'read',
    params: z.strictObject({
      id,
      offset: count.optional(),
      length: z.int().min(1).max(1_048_576).optional(),
    }),
    result: z.object({ data: z.string(), offset: count, sizeBytes: count }),
  }),
  'queue.explain': method({
    summary: 'Why a message has not gone out, when it will be tried next, and what would help.',
    access: 'read',
    params: z.strictObject({ id }),
    result: explanation,
  }),
  'queue.summary': method({
    summary: 'Counts, bytes and the oldest, grouped; reasons are replies with ids and addresses taken out.',
    access: 'read',
    params: z.strictObject({
      by: summaryGroup.optional(),
      filter: queueFilter.optional(),
      limit: z.int().min(1).max(1_000).optional(),
    }),
    result: z.object({ by: summaryGroup, rows: z.array(summaryRow), groups: count }),
  }),
  'queue.sendNow': method({
    summary: 'Makes messages due at once.',
    access: 'write',
    params: verb,
    result: verbResult,
  }),
  'queue.hold': method({
    summary: 'Keeps messages back until they are released.',
    access: 'write',
    params: verb,
    result: verbResult,
  }),
  'queue.release': method({
    summary: 'Lets held messages go out again.',
    access: 'write',
    params: verb,
    result: verbResult,
  }),
  'queue.remove': method({
    summary: 'Takes messages out of the queue without telling anybody; can be undone for a time.',
    access: 'write',
    params: verb,
    result: verbResult,
  }),
  'queue.bounce': method({
    summary: 'Ends messages now and sends their senders a report of failure.',
    access: 'write',
    params: verb,
    result: verbResult,
  }),
  'queue.clear': method({
    summary: 'Removes all that is not being delivered at this moment; can be undone for a time.',
    access: 'write',
    params: z.strictObject({ dryRun: z.boolean().optional(), reason: text.optional() }),
    result: verbResult,
  }),
  'queue.undo': method({
    summary: 'Brings back what `remove` or `clear` took: the operation named, or the last one.',
    access: 'write',
    params: z.strictObject({ operation: id.optional() }),
    result: z.object({ operation: id, verb: z.string(), restored: count }),
  }),
  'queue.operations': method({
    summary: 'The operations that can still be undone, newest first.',
    access: 'read',
    params: z.strictObject({}),
    result: z.object({
      operations: z.array(
        z.object({
          id,
          verb: z.string(),
          at: time,
          client: z.string(),
          messages: count,
          undoneAt: time.nullable(),
          until: time,
        }),
      ),
    }),
  }),
};
