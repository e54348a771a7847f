/**
 * Takes messages: contents, envelopes, recipients and the entries of local mailboxes, any number of messages in one
 * statement. `?1` is a JSON array of them, `?2` their inline contents one after the other; the triggers run for each.
 */
import type { QueuedMessage } from '../../shared/api/queue.ts';
import { isoTime } from '../clock.ts';
import type { Part, Program } from '../store/group-writer.ts';
import { deliveredSize } from './delivery-headers.ts';
import type { EnvelopeRecipient } from './message.ts';
import type { NewMessage } from './queue-port.ts';

/** What `messages.listing` holds. */
export type Listing = Pick<
  QueuedMessage,
  'from' | 'to' | 'sizeBytes' | 'subject' | 'messageId' | 'createdAt' | 'expiresAt' | 'source'
>;

/**
 * Where a local recipient's mail goes: spam to Junk, mail to `user+folder@` to the folder of that name, with its case or,
 * when there is none, in any; INBOX otherwise, and when there is no such folder.
 */
const placeOf = (recipient: string): string => `coalesce(
         iif(NEW.junk, (SELECT id FROM mailboxes WHERE account_id = ${recipient}.value ->> 4 AND special_use = '\\Junk'), NULL),
         iif(${recipient}.value ->> 5 IS NULL, NULL,
             (SELECT id FROM mailboxes
               WHERE account_id = ${recipient}.value ->> 4 AND name = (${recipient}.value ->> 5) COLLATE NOCASE
               ORDER BY name = ${recipient}.value ->> 5 DESC LIMIT 1)),
         (SELECT id FROM mailboxes WHERE account_id = ${recipient}.value ->> 4 AND name = 'INBOX'))`;

const definition = `
CREATE TEMP VIEW accept_message (id, size, body, file, sender, message_id, created_at, expires_at, body_type, smtp_utf8,
  envelope_id, return_content, source_session, source_address, source_user, listing, remote, local, junk)
AS SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL;

CREATE TEMP TRIGGER accept_content INSTEAD OF INSERT ON accept_message BEGIN
  INSERT INTO contents (id, size, body, file, refs)
  VALUES (NEW.id, NEW.size, NEW.body, NEW.file, (NEW.remote IS NOT NULL) + coalesce(json_array_length(NEW.local), 0));
  UPDATE counters SET value = value + 1 WHERE name = 'processedMessages';
END;

-- It waits in the queue for its recipients elsewhere.
CREATE TEMP TRIGGER accept_remote INSTEAD OF INSERT ON accept_message WHEN NEW.remote IS NOT NULL BEGIN
  INSERT INTO messages (id, state, sender, size, message_id, created_at, next_attempt_at, expires_at, body_type,
                        smtp_utf8, envelope_id, return_content, source_session, source_address, source_user, listing,
                        content_id)
  VALUES (NEW.id, 'ready', NEW.sender, NEW.size, NEW.message_id, NEW.created_at, NEW.created_at, NEW.expires_at,
          NEW.body_type, NEW.smtp_utf8, NEW.envelope_id, NEW.return_content, NEW.source_session, NEW.source_address,
          NEW.source_user, NEW.listing, NEW.id);
  INSERT INTO recipients (message_id, n, address, domain, state, due_at, notify, original_recipient)
  SELECT NEW.id, r.key, r.value ->> 0, r.value ->> 1, 'pending', NEW.created_at, r.value ->> 2, r.value ->> 3
    FROM json_each(NEW.remote) AS r;
  INSERT INTO destinations (domain, due_at)
  SELECT DISTINCT r.value ->> 1, NEW.created_at FROM json_each(NEW.remote) AS r WHERE true
      ON CONFLICT (domain) DO UPDATE SET due_at = excluded.due_at WHERE excluded.due_at < due_at;
END;

-- It is delivered to accounts of ours with the sync that takes it; without other recipients it is done at once.
CREATE TEMP TRIGGER accept_local INSTEAD OF INSERT ON accept_message WHEN NEW.local IS NOT NULL BEGIN
  -- A mailbox that went away between RCPT and now: the message must not be taken as if it had been delivered.
  SELECT RAISE(ABORT, 'account is gone') FROM json_each(NEW.local) AS l
   WHERE NOT EXISTS (SELECT 1 FROM mailboxes WHERE account_id = l.value ->> 4 AND name = 'INBOX');
  INSERT INTO messages (id, state, sender, size, message_id, created_at, expires_at, body_type, smtp_utf8, envelope_id,
                        return_content, source_session, source_address, source_user, listing, finished_at)
  SELECT NEW.id, 'done', NEW.sender, NEW.size, NEW.message_id, NEW.created_at, NEW.expires_at, NEW.body_type,
         NEW.smtp_utf8, NEW.envelope_id, NEW.return_content, NEW.source_session, NEW.source_address, NEW.source_user,
         NEW.listing, NEW.created_at
   WHERE NEW.remote IS NULL;
  UPDATE counters SET value = value + 1 WHERE name = 'deliveredMessages' AND NEW.remote IS NULL;
  -- Numbered after the remote ones.
  INSERT INTO recipients (message_id, n, address, domain, state, attempts, notify, original_recipient)
  SELECT NEW.id, coalesce(json_array_length(NEW.remote), 0) + l.key, l.value ->> 0, l.value ->> 1, 'delivered', 1,
         l.value ->> 2, l.value ->> 3
    FROM json_each(NEW.local) AS l;
  INSERT INTO attempts (message_id, n, attempt, at, host, duration_ms, code, enhanced_code, reply)
  SELECT NEW.id, coalesce(json_array_length(NEW.remote), 0) + l.key, 1, NEW.created_at, 'local', 0, 250, '2.1.5',
         'delivered to ' || b.name
    FROM json_each(NEW.local) AS l JOIN mailboxes AS b ON b.id = ${placeOf('l')};
  -- An account stands in it once, and so a mailbox does.
  INSERT INTO mailbox_entries (mailbox_id, uid, content_id, size, internal_date, return_path, delivered_to, modseq)
  SELECT b.id, b.uid_next, NEW.id, ${deliveredSize('NEW.size', 'NEW.sender', 'l.value ->> 0')}, NEW.created_at,
         NEW.sender, l.value ->> 0, b.highest_modseq + 1
    FROM json_each(NEW.local) AS l JOIN mailboxes AS b ON b.id = ${placeOf('l')};
  UPDATE mailboxes
     SET uid_next = uid_next + 1, messages = messages + 1, unseen = unseen + 1, bytes = bytes + entry.size,
         highest_modseq = highest_modseq + 1
    FROM mailbox_entries AS entry
   WHERE entry.content_id = NEW.id AND mailboxes.id = entry.mailbox_id;
END;
`;

const column = (name: string): string => `m.value ->> '${name}'`;

export const acceptProgram: Program = {
  definition,
  sql: `INSERT INTO accept_message
        SELECT ${column('id')}, ${column('size')},
               CASE WHEN ${column('file')} IS NULL THEN substr(?2, (${column('offset')}) + 1, ${column('size')}) END,
               ${['file', 'sender', 'messageId', 'createdAt', 'expiresAt', 'bodyType', 'smtpUtf8', 'envelopeId'].map(column).join(', ')},
               ${['returnContent', 'sessionId', 'remoteAddress', 'user', 'listing', 'remote', 'local', 'junk'].map(column).join(', ')}
          FROM jsonb_each(?1) AS m`,
};

/** The row for {@link acceptProgram}. Times in ms since 1970. */
export function acceptPart(message: NewMessage, createdAt: number, expiresAt: number): Part {
  const { envelope, content, source, remote, local } = message;
  const row = (offset: number) =>
    JSON.stringify({
      id: message.id,
      offset,
      size: content.sizeBytes,
      file: content.file,
      sender: envelope.from,
      messageId: content.messageId,
      createdAt,
      expiresAt,
      bodyType: envelope.bodyType,
      smtpUtf8: envelope.smtpUtf8 ? 1 : 0,
      envelopeId: envelope.envelopeId,
      returnContent: envelope.returnContent,
      sessionId: source.sessionId,
      remoteAddress: source.remoteAddress,
      user: source.user,
      listing: listingOf(message, createdAt, expiresAt),
      remote: remote.length === 0 ? null : remote.map(recipientRow),
      local:
        local.length === 0
          ? null
          : local.map((one) => [...recipientRow(one), one.accountId, one.folder ?? null]),
      junk: message.junk === true ? 1 : 0,
    });
  return { program: acceptProgram, row, bytes: content.inline };
}

/** In the order that the triggers read: address, domain, NOTIFY, ORCPT. */
function recipientRow({ address, notify, originalRecipient }: EnvelopeRecipient): (string | number | null)[] {
  return [address, domainOf(address), notify, originalRecipient];
}

/** The part of {@link QueuedMessage} that never changes, as JSON text without its braces. */
function listingOf(
  { envelope, content, source, remote, local }: NewMessage,
  createdAt: number,
  expiresAt: number,
): string {
  const listing: Listing = {
    from: envelope.from,
    to: [...remote, ...local].map((recipient) => recipient.address),
    sizeBytes: content.sizeBytes,
    subject: content.subject,
    messageId: content.messageId,
    createdAt: isoTime(createdAt),
    expiresAt: isoTime(expiresAt),
    source,
  };
  return JSON.stringify(listing).slice(1, -1);
}

/** Domain of an address, in lower case: what deliveries are grouped and limited by. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}
