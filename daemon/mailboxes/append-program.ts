/**
 * Takes messages that clients bring (APPEND), any number for any number of mailboxes in one statement: contents, entries,
 * counts. It answers what became of each. One that does not fit is left out, and costs the others nothing; one of several
 * that belong together aborts the statement with a word that {@link appendFault} knows.
 */
import { MaildError } from '../errors.ts';
import type { Part, Program } from '../store/group-writer.ts';
import { keywordText } from './flag-change.ts';
import type { AppendedMessage } from './mailboxes-port.ts';

type Refusal = 'mailbox is gone' | 'account is over quota';

/** What became of a message. */
export interface AppendedEntry {
  readonly contentId: number;
  readonly mailboxId: number;
  readonly uidValidity: number;
  readonly uid: number;
  /** Why nothing was written; null when it was. */
  readonly refused: Refusal | null;
}

const taken = '(SELECT refused IS NULL FROM appended WHERE contentId = NEW.id)';

const definition = `
CREATE TEMP TABLE appended (contentId INTEGER PRIMARY KEY, mailboxId, uidValidity, uid, refused TEXT);

CREATE TEMP VIEW append_message (id, size, body, file, account_id, name, flags, keywords, internal_date, together)
AS SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL;

CREATE TEMP TRIGGER append_to_mailbox INSTEAD OF INSERT ON append_message BEGIN
  INSERT INTO appended
  SELECT NEW.id, b.id, b.uid_validity, b.uid_next,
         CASE WHEN b.id IS NULL THEN 'mailbox is gone'
              WHEN a.quota_bytes < NEW.size + (SELECT sum(bytes) FROM mailboxes WHERE account_id = NEW.account_id)
              THEN 'account is over quota' END
    FROM (SELECT 1) LEFT JOIN mailboxes AS b ON b.account_id = NEW.account_id AND b.name = NEW.name
         LEFT JOIN accounts AS a ON a.id = b.account_id AND a.quota_bytes IS NOT NULL;
  SELECT CASE refused WHEN 'mailbox is gone' THEN RAISE(ABORT, 'mailbox is gone')
                      ELSE RAISE(ABORT, 'account is over quota') END
    FROM appended WHERE contentId = NEW.id AND refused IS NOT NULL AND NEW.together;
  INSERT INTO contents (id, size, body, file, refs) SELECT NEW.id, NEW.size, NEW.body, NEW.file, 1 WHERE ${taken};
  INSERT INTO mailbox_entries (mailbox_id, uid, content_id, size, internal_date, flags, keywords, modseq)
  SELECT id, uid_next, NEW.id, NEW.size, NEW.internal_date, NEW.flags, NEW.keywords, highest_modseq + 1
    FROM mailboxes WHERE account_id = NEW.account_id AND name = NEW.name AND ${taken};
  UPDATE mailboxes
     SET uid_next = uid_next + 1, messages = messages + 1, unseen = unseen + NOT (NEW.flags & 1),
         bytes = bytes + NEW.size, highest_modseq = highest_modseq + 1
   WHERE account_id = NEW.account_id AND name = NEW.name AND ${taken};
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
               ${['file', 'accountId', 'name', 'flags', 'keywords', 'internalDate', 'together'].map(column).join(', ')}
          FROM json_each(?1) AS m`,
  answer: 'DELETE FROM appended RETURNING *',
};

/** The row for {@link appendProgram}. `together`: one of several that are taken all or none. */
export function appendPart(
  accountId: number,
  name: string,
  message: AppendedMessage & { readonly contentId: number },
  together: boolean,
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
      together: together ? 1 : 0,
    });
  return { program: appendProgram, row, bytes: content.inline };
}

/** What the words of a refusal mean, or of the error that it aborted the statement with; undefined for others. */
export function appendFault(text: string, name: string): MaildError | undefined {
  if (text.includes('mailbox is gone' satisfies Refusal))
    return new MaildError('mailbox.not_found', `there is no mailbox ${JSON.stringify(name.slice(0, 200))}`);
  if (text.includes('account is over quota' satisfies Refusal)) return overQuota();
  return undefined;
}

export const overQuota = (): MaildError =>
  new MaildError('mailbox.over_quota', 'the account is over its quota', { temporary: true });
