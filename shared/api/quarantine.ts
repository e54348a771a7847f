/** The quarantine: messages that were taken and are kept from everybody until an operator has looked at them. */
import { z } from 'zod';
import { method } from './method.ts';
import { messageSource } from './queue.ts';
import { count, cursor, id, ids, none, time } from './values.ts';

export const quarantinedMessage = z.object({
  id,
  /** `sender`: not who it says to be from, by the DMARC policy of its author domain. */
  kind: z.enum(['virus', 'spam', 'sender']),
  /** What found it: `clamd`, `spamd`, `rspamd`, `dmarc`. */
  scanner: z.string(),
  reason: z.string(),
  /** Envelope sender; empty for a bounce. */
  from: z.string(),
  to: z.array(z.string()),
  sizeBytes: count,
  subject: z.string().nullable(),
  messageId: z.string().nullable(),
  quarantinedAt: time,
  /** When it is removed by itself. */
  expiresAt: time,
  source: messageSource,
});
export type QuarantinedMessage = z.infer<typeof quarantinedMessage>;

export const quarantineMethods = {
  'quarantine.list': method({
    summary: 'Messages in the quarantine, newest first, a page at a time.',
    access: 'read',
    params: z.strictObject({ limit: z.int().min(1).max(1_000).optional(), cursor: cursor.optional() }),
    result: z.object({ messages: z.array(quarantinedMessage), next: cursor.nullable() }),
  }),
  'quarantine.count': method({
    summary: 'How many messages are in the quarantine, and their size.',
    access: 'read',
    params: none,
    result: z.object({ messages: count, bytes: count }),
  }),
  'quarantine.show': method({
    summary: 'One message of the quarantine: envelope, what was found in it and by what.',
    access: 'read',
    params: z.strictObject({ id }),
    result: quarantinedMessage,
  }),
  'quarantine.content': method({
    summary: 'A slice of the message as it is stored, in base64.',
    access: 'read',
    params: z.strictObject({
      id,
      offset: count.optional(),
      length: z.int().min(1).max(1_048_576).optional(),
    }),
    result: z.object({ data: z.string(), offset: count, sizeBytes: count }),
  }),
  'quarantine.release': method({
    summary: 'Lets messages go where they would have gone: into the queue, or the INBOX.',
    access: 'write',
    params: z.strictObject({ ids }),
    result: z.object({
      released: count,
      notFound: z.array(id),
      /** Those that cannot go there any more, and stay. */
      refused: z.array(z.object({ id, reason: z.string() })),
    }),
  }),
  'quarantine.remove': method({
    summary: 'Removes messages from the quarantine for good: those named, or all.',
    access: 'write',
    params: z.strictObject({ ids: ids.optional(), all: z.literal(true).optional() }),
    result: z.object({ removed: count, notFound: z.array(id) }),
  }),
};
