/**
 * Takes messages: contents, envelopes, recipients and the entries of local mailboxes, for any number of messages in
 * one statement. `batch` is a JSON array of them, `bodies` their inline contents one after the other.
 */
import type { QueuedMessage } from '../../shared/api/queue.ts';
import { isoTime } from '../clock.ts';
import type { Part, Program } from '../store/group-writer.ts';
import type { NewMessage } from './queue-port.ts';

/** What `messages.listing` holds. */
export type Listing = Pick<
  QueuedMessage,
  'from' | 'to' | 'sizeBytes' | 'subject' | 'messageId' | 'createdAt' | 'expiresAt' | 'source'
>;

const definition = `
CREATE TEMP VIEW accept_batch (batch, bodies) AS SELECT NULL, NULL;
CREATE TEMP TRIGGER accept_messages INSTEAD OF INSERT ON accept_batch BEGIN
  -- A mailbox that went away between RCPT and now: the message must not be taken as if it had been delivered.
  SELECT RAISE(ABORT, 'account is gone')
    FROM json_each(NEW.batch) AS m, json_each(m.value, '$.local') AS l
   WHERE NOT EXISTS (SELECT 1 FROM mailboxes WHERE account_id = l.value ->> 'accountId' AND name = 'INBOX');

  INSERT INTO contents (id, size, body, file, refs)
  SELECT m.value ->> 'id', m.value ->> 'size',
         CASE WHEN m.value ->> 'file' IS NULL
              THEN substr(NEW.bodies, (m.value ->> 'offset') + 1, m.value ->> 'size') END,
         m.value ->> 'file',
         json_array_length(m.value, '$.local') + (json_array_length(m.value, '$.remote') > 0)
    FROM json_each(NEW.batch) AS m;

  INSERT INTO messages (id, state, sender, size, message_id, created_at, next_attempt_at, expires_at,
                        body_type, smtp_utf8, envelope_id, return_content, source_session, source_address,
                        source_user, listing, content_id, finished_at)
  SELECT m.value ->> 'id',
         iif(json_array_length(m.value, '$.remote') > 0, 'ready', 'done'),
         m.value ->> 'sender', m.value ->> 'size', m.value ->> 'messageId',
         m.value ->> 'createdAt',
         iif(json_array_length(m.value, '$.remote') > 0, m.value ->> 'createdAt', NULL),
         m.value ->> 'expiresAt', m.value ->> 'bodyType', m.value ->> 'smtpUtf8', m.value ->> 'envelopeId',
         m.value ->> 'returnContent', m.value ->> 'sessionId', m.value ->> 'remoteAddress', m.value ->> 'user',
         m.value ->> 'listing',
         iif(json_array_length(m.value, '$.remote') > 0, m.value ->> 'id', NULL),
         iif(json_array_length(m.value, '$.remote') > 0, NULL, m.value ->> 'createdAt')
    FROM json_each(NEW.batch) AS m;

  INSERT INTO recipients (message_id, n, address, domain, state, due_at, notify, original_recipient)
  SELECT m.value ->> 'id', r.key, r.value ->> 'address', r.value ->> 'domain', 'pending', m.value ->> 'createdAt',
         r.value ->> 'notify', r.value ->> 'originalRecipient'
    FROM json_each(NEW.batch) AS m, json_each(m.value, '$.remote') AS r;

  INSERT INTO destinations (domain, due_at)
  SELECT r.value ->> 'domain', min(m.value ->> 'createdAt')
    FROM json_each(NEW.batch) AS m, json_each(m.value, '$.remote') AS r WHERE true GROUP BY 1
      ON CONFLICT (domain) DO UPDATE SET due_at = min(due_at, excluded.due_at);

  -- Local recipients: numbered after the remote ones, delivered with the same sync.
  INSERT INTO recipients (message_id, n, address, domain, state, attempts, notify, original_recipient)
  SELECT m.value ->> 'id', json_array_length(m.value, '$.remote') + l.key, l.value ->> 'address', l.value ->> 'domain',
         'delivered', 1, l.value ->> 'notify', l.value ->> 'originalRecipient'
    FROM json_each(NEW.batch) AS m, json_each(m.value, '$.local') AS l;
  INSERT INTO attempts (message_id, n, attempt, at, host, duration_ms, code, enhanced_code, reply)
  SELECT m.value ->> 'id', json_array_length(m.value, '$.remote') + l.key, 1, m.value ->> 'createdAt', 'local', 0,
         250, '2.1.5', 'delivered to INBOX'
    FROM json_each(NEW.batch) AS m, json_each(m.value, '$.local') AS l;
  INSERT INTO mailbox_entries (mailbox_id, uid, content_id, size, internal_date, return_path, delivered_to)
  SELECT b.id, b.uid_next + row_number() OVER (PARTITION BY b.id ORDER BY m.key, l.key) - 1, m.value ->> 'id',
         m.value ->> 'size', m.value ->> 'createdAt', m.value ->> 'sender', l.value ->> 'address'
    FROM json_each(NEW.batch) AS m, json_each(m.value, '$.local') AS l
    JOIN mailboxes AS b ON b.account_id = l.value ->> 'accountId' AND b.name = 'INBOX';
  UPDATE mailboxes SET uid_next = uid_next + new.n, messages = messages + new.n, bytes = bytes + new.size
    FROM (SELECT l.value ->> 'accountId' AS account_id, count(*) AS n, sum(m.value ->> 'size') AS size
            FROM json_each(NEW.batch) AS m, json_each(m.value, '$.local') AS l GROUP BY 1) AS new
   WHERE mailboxes.account_id = new.account_id AND mailboxes.name = 'INBOX';

  UPDATE counters SET value = value + json_array_length(NEW.batch) WHERE name = 'processedMessages';
  UPDATE counters
     SET value = value + (SELECT count(*) FROM json_each(NEW.batch) AS m
                           WHERE json_array_length(m.value, '$.remote') = 0)
   WHERE name = 'deliveredMessages';
END;
`;

export const acceptProgram: Program = {
  definition,
  sql: 'INSERT INTO accept_batch (batch, bodies) VALUES (?1, ?2)',
};

/** The row for {@link acceptProgram}. Times in ms since 1970. */
export function acceptPart(message: NewMessage, createdAt: number, expiresAt: number): Part {
  const { envelope, content, source } = message;
  const remote = message.remote.map((recipient) => ({ ...recipient, domain: domainOf(recipient.address) }));
  const local = message.local.map((recipient) => ({ ...recipient, domain: domainOf(recipient.address) }));
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
      remote,
      local,
    });
  return { program: acceptProgram, row, bytes: content.inline };
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
