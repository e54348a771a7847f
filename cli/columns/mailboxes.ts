/** Mailboxes, and the messages in one, as listings. */
import type { Mailbox, MailboxMessage } from '../../shared/api/mailboxes.ts';
import { formatBytes, formatCount } from '../../shared/units.ts';
import { type Column, nothing } from './column.ts';
import { timeCell } from './time.ts';

/** @param account Whether they are of several accounts. */
export const mailboxColumns = (account: boolean): readonly Column<Mailbox>[] => [
  ...(account
    ? [{ title: 'ACCOUNT', min: 12, tone: () => 'accent' as const, cell: (row: Mailbox) => row.account }]
    : []),
  { title: 'MAILBOX', min: 12, tone: () => (account ? null : 'accent'), cell: ({ name }) => name },
  { title: 'MESSAGES', align: 'right', cell: ({ messages }) => formatCount(messages) },
  { title: 'UNSEEN', align: 'right', cell: ({ unseen }) => formatCount(unseen) },
  { title: 'SIZE', align: 'right', cell: ({ bytes }) => formatBytes(bytes) },
  { title: 'USE', rank: 1, cell: ({ specialUse }) => specialUse?.slice(1) ?? nothing },
  { title: 'SUBSCRIBED', rank: 2, cell: ({ subscribed }) => (subscribed ? 'yes' : 'no') },
  { title: 'UIDVALIDITY', rank: 3, align: 'right', cell: ({ uidValidity }) => String(uidValidity) },
];

/** As Maildir has them, in one column: `SF` is seen and flagged. */
const letters: Readonly<Record<string, string>> = {
  '\\Draft': 'D',
  '\\Flagged': 'F',
  '\\Answered': 'R',
  '\\Seen': 'S',
  '\\Deleted': 'T',
};

export function flagCell(flags: readonly string[]): string {
  const system = flags.map((flag) => letters[flag] ?? '').join('');
  const keywords = flags.filter((flag) => !flag.startsWith('\\'));
  return [system, ...keywords].filter((part) => part !== '').join(' ') || nothing;
}

export const messageColumns: readonly Column<MailboxMessage>[] = [
  { title: 'UID', align: 'right', tone: () => 'accent', cell: ({ uid }) => String(uid) },
  { title: 'FLAGS', min: 5, cell: ({ flags }) => flagCell(flags) },
  { title: 'RECEIVED', rank: 1, cell: ({ internalDate }, view) => timeCell(internalDate, view) },
  { title: 'FROM', min: 12, cell: ({ from }) => from ?? nothing },
  { title: 'SUBJECT', min: 12, cell: ({ subject }) => subject ?? nothing },
  { title: 'SIZE', align: 'right', rank: 2, cell: ({ sizeBytes }) => formatBytes(sizeBytes) },
];
