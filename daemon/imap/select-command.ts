/** SELECT and EXAMINE (RFC 3501 6.3.1 and 6.3.2, RFC 7162 3.1.8 and 3.2.5), and the ways out: CLOSE and UNSELECT. */
import { ClientGoneError, type ImapAccount, type ImapClient } from './imap-client.ts';
import { bad, type Outcome, ok } from './outcome.ts';
import type { SelectCommand } from './parse/imap-command.ts';
import { resync } from './resync.ts';
import { SelectedMailbox } from './selected-mailbox.ts';

export async function select(
  command: SelectCommand,
  account: ImapAccount,
  client: ImapClient,
): Promise<Outcome> {
  const { qresync } = command;
  if (qresync !== null && !client.qresync) return bad('QRESYNC has to be enabled first');
  // Whatever comes of it, what was selected is so no longer.
  deselect(client);
  if (command.condstore) client.condstore = true;
  const readOnly = command.name === 'EXAMINE';
  const view = await client.context.mailboxes.open(account.accountId, command.mailbox, { readOnly });
  if (!client.socket.open) {
    view.close();
    throw new ClientGoneError();
  }
  const selected = new SelectedMailbox(view);
  client.selected = selected;
  selected.describe(client);
  if (qresync !== null && qresync.uidValidity === view.mailbox.uidValidity) {
    await resync(client, selected, qresync.modseq, qresync.knownUids);
  }
  return readOnly ? ok('Examine completed', 'READ-ONLY') : ok('Select completed', 'READ-WRITE');
}

/** What was selected is so no longer, because something else was asked for. */
export function deselect(client: ImapClient): void {
  const closed = client.selected !== null;
  client.unselect();
  if (closed && client.qresync) client.untagged('OK [CLOSED] Previous mailbox is closed');
}

/** Removes what is \Deleted, without a word about it (RFC 3501 6.4.2). */
export async function close(client: ImapClient, selected: SelectedMailbox): Promise<Outcome> {
  const { view } = selected;
  if (!view.readOnly) await client.context.mailboxes.expunge(view.mailbox.id, null);
  client.unselect();
  return ok('Close completed');
}

export function unselect(client: ImapClient): Outcome {
  client.unselect();
  return ok('Unselect completed');
}
