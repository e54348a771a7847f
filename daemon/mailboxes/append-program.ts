/**
 * Takes messages that clients bring (APPEND), any number for any number of mailboxes in one statement: contents, entries,
 * counts. What does not fit aborts it with a word that {@link appendFault} knows.
 */
import { MaildError } from '../errors.ts';
import type { Part, Program } from '../store/group-writer.ts';
import { keywordText } from './flag-change.ts';
import type { AppendedMessage } from './mailboxes-port.ts';

/** What became of a message. */
export interface AppendedEntry {
  readonly contentId: number;
  readonly mailboxId: number;
  readonly uidValidity: number;
  readonly uid: number;
}

const definition = `
CREATE TEMP TABLE appended (contentId INTEGER, mailboxId INTEGER, uidValidity INTEGER, uid INTEGER);

CREATE TEMP VIEW append_message (id, size, body, file, account_id, name, flags, keywords, internal_date)
AS SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL;

CREATE TEMP TRIGGER append_to_mailbox INSTEAD OF INSERT ON append_message BEGIN
  SELECT RAISE(ABORT, 'mailbox is gone')
   WHERE NOT EXISTS (SELECT 1 FROM mailboxes WHERE account_id = NEW.account_id AND name = NEW.name);
  SELECT RAISE(ABORT, 'account is over quota') FROM accounts
   WHERE id = NEW.account_id AND quota_bytes IS NOT NULL
     AND quota_bytes < NEW.size + (SELECT sum(bytes) FROM mailboxes WHERE account_id = NEW.account_id);
  INSERT INTO contents (id, size, body, file, refs) VALUES (NEW.id, NEW.size, NEW.body, NEW.file, 1);
  INSERT INTO mailbox_entries (mailbox_id, uid, content_id, size, internal_date, flags, keywords, modseq)
  SELECT id, uid_next, NEW.id, NEW.size, NEW.internal_date, NEW.flags, NEW.keywords, highest_modseq + 1
    FROM mailboxes WHERE account_id = NEW.account_id AND name = NEW.name;
  INSERT INTO appended
  SELECT NEW.id, id, uid_validity, uid_next FROM mailboxes WHERE account_id = NEW.account_id AND name = NEW.name;
  UPDATE mailboxes
     SET uid_next = uid_next + 1, messages = messages + 1, unseen = unseen + NOT (NEW.flags & 1),
         bytes = bytes + NEW.size, highest_modseq = highest_modseq + 1
   WHERE account_id = NEW.account_id AND name = NEW.name;
  -- Its id is one of the queue's, and no message there has it.
  INSERT INTO settings (name, value) VALUES ('last_message_id', NEW.id)
      ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value);
END;
`;

const column = (name: string): string => `m.value ->> '${name}'`;

export const appendProgram: Program = {
  definition,
  sql: `INSERT INTO append_message
        SELECT ${column('id')}, ${column('size')},
               CASE WHEN ${column('file')} IS NULL THEN substr(?2, (${column('offset')}) + 1, ${column('size')}) END,
               ${['file', 'accountId', 'name', 'flags', 'keywords', 'internalDate'].map(column).join(', ')}
          FROM json_each(?1) AS m`,
  answer: 'DELETE FROM appended RETURNING *',
};

/** The row for {@link appendProgram}. */
export function appendPart(
  accountId: number,
  name: string,
  message: AppendedMessage & { readonly contentId: number },
): Part {
  const { content, contentId, flags, internalDate } = message;
  const row = (offset: number) =>
    JSON.stringify({
      id: contentId,
      offset,
      size: content.sizeBytes,
      file: content.file,
      accountId,
      name,
      flags: flags.bits,
      keywords: keywordText(flags.keywords),
      internalDate,
    });
  return { program: appendProgram, row, bytes: content.inline };
}

/** What the words of the trigger mean; undefined for other errors. */
export function appendFault(error: unknown, name: string): MaildError | undefined {
  const text = error instanceof Error ? error.message : '';
  if (text.includes('mailbox is gone'))
    return new MaildError('mailbox.not_found', `there is no mailbox ${name}`);
  if (text.includes('account is over quota'))
    return new MaildError('mailbox.over_quota', 'the account is over its quota', { temporary: true });
  return undefined;
}
