/** The mailboxes of accounts: what is in them, and moving mail in and out. */
import { z } from 'zod';
import { method } from './method.ts';
import { count, cursor, time } from './values.ts';

const address = z.string().min(3).max(320);
/** Levels are separated by `/`. */
const name = z.string().min(1).max(1_000);
const uid = z.int().min(1).max(4_294_967_295);
/** `\Seen`, `\Answered`, `\Flagged`, `\Deleted`, `\Draft`, and keywords. */
const flags = z.array(z.string().min(1).max(255)).max(105);
/** RFC 6154. */
export const specialUse = z.enum(['\\Drafts', '\\Sent', '\\Junk', '\\Trash', '\\Archive']);
export type SpecialUse = z.infer<typeof specialUse>;

export const mailbox = z.object({
  account: z.string(),
  name: z.string(),
  messages: count,
  unseen: count,
  bytes: count,
  uidValidity: count,
  uidNext: count,
  highestModseq: count,
  specialUse: specialUse.nullable(),
  subscribed: z.boolean(),
  createdAt: time,
});
export type Mailbox = z.infer<typeof mailbox>;

export const mailboxMessage = z.object({
  uid,
  flags,
  /** When it came here, or what its first server said of that. */
  internalDate: time,
  /** Of the header field, as it stands there. */
  date: z.string().nullable(),
  from: z.string().nullable(),
  subject: z.string().nullable(),
  messageId: z.string().nullable(),
  sizeBytes: count,
});
export type MailboxMessage = z.infer<typeof mailboxMessage>;

/** How a program tells whether it has a message already. */
export const indexedMessage = z.object({
  uid,
  flags,
  internalDate: time,
  sizeBytes: count,
  /** Size and Message-ID, or size and a hash; null when not asked for. */
  key: z.string().nullable(),
});
export type IndexedMessage = z.infer<typeof indexedMessage>;

const inMailbox = { account: address, mailbox: name };
/** Base64; a frame holds 8 MiB. */
const data = z.string().max(7 * 1024 * 1024);

export const mailboxMethods = {
  'mailboxes.list': method({
    summary: 'The mailboxes of an account or of all, a page at a time.',
    access: 'read',
    params: z.strictObject({ account: address.optional(), cursor: cursor.optional() }),
    result: z.object({ mailboxes: z.array(mailbox), next: cursor.nullable() }),
  }),
  'mailboxes.create': method({
    summary: 'Makes a mailbox, with the levels above it that are missing, and subscribes the account to it.',
    access: 'write',
    params: z.strictObject({ ...inMailbox, specialUse: specialUse.optional() }),
    result: z.object({ mailbox }),
  }),
  'mailboxes.rename': method({
    summary: 'Gives a mailbox another name, with the levels below it.',
    access: 'write',
    params: z.strictObject({ ...inMailbox, to: name }),
    result: z.object({ mailbox }),
  }),
  'mailboxes.remove': method({
    summary: 'Removes a mailbox with its messages. Refused for INBOX and while it has levels below it.',
    access: 'write',
    params: z.strictObject({ ...inMailbox, dryRun: z.boolean().optional() }),
    result: z.object({ mailbox, dryRun: z.boolean() }),
  }),
  'mailboxes.messages': method({
    summary: 'Messages of a mailbox, newest first.',
    access: 'read',
    params: z.strictObject({
      ...inMailbox,
      /** Only those with lower UIDs. */
      before: uid.optional(),
      limit: z.int().min(1).max(1_000).optional(),
    }),
    result: z.object({
      messages: z.array(mailboxMessage),
      /** `before` of the next page; null at the end. */
      next: uid.nullable(),
    }),
  }),
  'mailboxes.index': method({
    summary:
      'UIDs, flags and dates of a mailbox, rising; on request with what tells each message from others.',
    access: 'read',
    params: z.strictObject({
      ...inMailbox,
      /** Only those with higher UIDs. */
      after: count.optional(),
      keys: z.boolean().optional(),
      limit: z.int().min(1).max(2_000).optional(),
    }),
    result: z.object({ uidValidity: count, messages: z.array(indexedMessage), next: uid.nullable() }),
  }),
  'mailboxes.fetch': method({
    summary:
      'Whole messages in base64, rising, as many as fit into an answer; the large ones are left to `content`.',
    access: 'read',
    params: z.strictObject({ ...inMailbox, uids: z.array(uid).min(1).max(1_000) }),
    result: z.object({
      messages: z.array(
        z.object({ uid, flags, internalDate: time, sizeBytes: count, data: z.string().nullable() }),
      ),
      /** The last of `uids` that was looked at; ask for the ones behind it next. */
      last: uid,
    }),
  }),
  'mailboxes.content': method({
    summary: 'A slice of a message as clients get it, in base64.',
    access: 'read',
    params: z.strictObject({
      ...inMailbox,
      uid,
      offset: count.optional(),
      length: z.int().min(1).max(1_048_576).optional(),
    }),
    result: z.object({ data: z.string(), offset: count, sizeBytes: count }),
  }),
  'mailboxes.upload': method({
    summary:
      'Takes a piece of a large message; the answer names the upload for the next piece and for `append`.',
    access: 'write',
    params: z.strictObject({ upload: z.int().min(1).optional(), data }),
    result: z.object({ upload: z.int().min(1), sizeBytes: count }),
  }),
  'mailboxes.append': method({
    summary: 'Puts messages into a mailbox, all or none, durably; line ends become CRLF.',
    access: 'write',
    params: z.strictObject({
      ...inMailbox,
      messages: z
        .array(
          z.strictObject({
            flags,
            internalDate: time,
            /** The message, or the upload that it came in. */
            content: z.union([z.strictObject({ data }), z.strictObject({ upload: z.int().min(1) })]),
          }),
        )
        .min(1)
        .max(1_000),
    }),
    result: z.object({ uidValidity: count, uids: z.array(uid) }),
  }),
};
