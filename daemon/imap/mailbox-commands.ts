/** CREATE, DELETE, RENAME, SUBSCRIBE, STATUS (RFC 3501 6.3.3 to 6.3.10), CREATE-SPECIAL-USE (RFC 6154 3). */
import type { SpecialUse } from '../mailboxes/mailboxes-port.ts';
import type { ImapAccount, ImapClient } from './imap-client.ts';
import { separator } from './list-pattern.ts';
import { statusText } from './mailbox-text.ts';
import { no, noSuchMailbox, type Outcome, ok } from './outcome.ts';
import type { ImapCommand, SpecialUseName } from './parse/imap-command.ts';

type Command<N extends ImapCommand['name']> = Extract<ImapCommand, { readonly name: N }>;

const isPossible = (use: SpecialUseName): use is SpecialUse => use !== '\\All' && use !== '\\Flagged';

export async function create(
  { mailbox, specialUse }: Command<'CREATE'>,
  { accountId }: ImapAccount,
  client: ImapClient,
): Promise<Outcome> {
  const [use = null, ...more] = specialUse;
  if (more.length > 0 || (use !== null && !isPossible(use))) {
    return no('USEATTR', 'A mailbox cannot be for that');
  }
  // RFC 3501 6.3.3: a separator at the end announces that there will be names below it.
  const name = mailbox.endsWith(separator) ? mailbox.slice(0, -1) : mailbox;
  await client.context.mailboxes.create(accountId, name, use);
  return ok('Create completed');
}

export async function remove(
  { mailbox }: { readonly mailbox: string },
  { accountId }: ImapAccount,
  client: ImapClient,
): Promise<Outcome> {
  await client.context.mailboxes.remove(accountId, mailbox);
  // Who deletes what it has selected knows it, and need not be sent away as others have to be.
  if (client.selected?.name === mailbox) {
    client.unselect();
    if (client.qresync) client.untagged('OK [CLOSED] Mailbox is closed');
  }
  return ok('Delete completed');
}

export async function rename(
  { mailbox, to }: Command<'RENAME'>,
  { accountId }: ImapAccount,
  client: ImapClient,
): Promise<Outcome> {
  const name = to.endsWith(separator) ? to.slice(0, -1) : to;
  await client.context.mailboxes.rename(accountId, mailbox, name);
  return ok('Rename completed');
}

export async function subscribe(
  { mailbox }: { readonly mailbox: string },
  { accountId }: ImapAccount,
  client: ImapClient,
  subscribed: boolean,
): Promise<Outcome> {
  await client.context.mailboxes.subscribe(accountId, mailbox, subscribed);
  return ok(subscribed ? 'Subscribe completed' : 'Unsubscribe completed');
}

export async function status(
  { mailbox, items }: Command<'STATUS'>,
  { accountId }: ImapAccount,
  client: ImapClient,
): Promise<Outcome> {
  const found = await client.context.mailboxes.find(accountId, mailbox);
  if (found === undefined) return noSuchMailbox;
  // RFC 7162 3.1.7.
  if (items.includes('HIGHESTMODSEQ')) client.enableCondstore();
  const appendLimit = client.context.config().maxMessageBytes;
  client.untagged(statusText(found, items, { utf8: client.utf8, appendLimit }));
  return ok('Status completed');
}
