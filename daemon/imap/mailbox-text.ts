/** Names of mailboxes and what STATUS says of them, as they stand in responses (RFC 3501 7.2.4, RFC 8438, RFC 7889). */
import type { Mailbox } from '../mailboxes/mailboxes-port.ts';
import type { StatusItem } from './parse/imap-command.ts';
import { encodeModifiedUtf7 } from './parse/mailbox-name.ts';
import { imapString } from './response-text.ts';

/** The name of a mailbox as the client has it: modified UTF-7, or UTF-8 once that is enabled (RFC 6855 3). */
export const mailboxText = (name: string, utf8: boolean): string =>
  imapString(utf8 ? name : encodeModifiedUtf7(name), utf8);

/** `STATUS "Lists" (MESSAGES 3 UNSEEN 1)` */
export function statusText(
  mailbox: Mailbox,
  items: readonly StatusItem[],
  { utf8, appendLimit }: { readonly utf8: boolean; readonly appendLimit: number },
): string {
  const values = items.map((item) => `${item} ${statusValue(mailbox, item, appendLimit)}`);
  return `STATUS ${mailboxText(mailbox.name, utf8)} (${values.join(' ')})`;
}

function statusValue(mailbox: Mailbox, item: StatusItem, appendLimit: number): number {
  switch (item) {
    case 'MESSAGES':
      return mailbox.messages;
    case 'RECENT':
      return mailbox.recent;
    case 'UIDNEXT':
      return mailbox.uidNext;
    case 'UIDVALIDITY':
      return mailbox.uidValidity;
    case 'UNSEEN':
      return mailbox.unseen;
    case 'HIGHESTMODSEQ':
      return mailbox.highestModseq;
    case 'SIZE':
      return mailbox.bytes;
    case 'APPENDLIMIT':
      return appendLimit;
  }
}
