/** FETCH and UID FETCH: which messages, and what goes along with RFC 7162. The answers are made by `fetch-messages.ts`. */
import { MaildError } from '../errors.ts';
import type { MailboxesPort } from '../mailboxes/mailboxes-port.ts';
import type { ImapClient } from './imap-client.ts';
import { bad, type Outcome, ok } from './outcome.ts';
import type { FetchItem } from './parse/fetch-item.ts';
import type { FetchCommand } from './parse/imap-command.ts';
import { uidsIn } from './parse/sequence-set.ts';
import { tellVanished } from './resync.ts';
import type { RunningCommand } from './running-command.ts';
import type { SelectedMailbox } from './selected-mailbox.ts';

export const invalidSet = bad('There are no messages with such numbers');

export async function fetch(
  command: FetchCommand,
  client: ImapClient,
  selected: SelectedMailbox,
  running: RunningCommand,
): Promise<Outcome> {
  const { view } = selected;
  const { fetchMessages } = client.context;
  const { changedSince, uid, vanished } = command;
  if (vanished && !client.qresync) return bad('QRESYNC has to be enabled first');
  const named = uidsIn(view, command.set, uid);
  if (named === null) return invalidSet;
  const items = withModseq(command);
  if (items.some(({ item }) => item === 'MODSEQ')) client.enableCondstore();
  if (vanished && changedSince !== null) await tellVanished(client, selected, changedSince, command.set);
  const uids =
    changedSince === null ? named : named.filter((one) => view.modseqAt(view.seqOf(one)) > changedSince);
  const { missing } = await fetchMessages({
    view,
    mailboxes: readable(client),
    uids,
    items,
    // RFC 7162 3.2.4
    uid: uid || client.qresync,
    condstore: client.condstore,
    utf8: client.utf8,
    newKeywords: () => linesOf(selected.newKeywords()),
    out: client,
    signal: running.signal,
  });
  if (items.some(({ item }) => item === 'section')) {
    for (let n = uids.length - missing; n > 0; n -= 1) client.socket.session.addMessage();
  }
  // RFC 2180 4.1.1: with OK, because programs take NO for a reason to give up.
  return ok('Fetch completed', missing > 0 && !uid ? 'EXPUNGEISSUED' : null);
}

const linesOf = (responses: readonly string[]): string =>
  responses.map((response) => `* ${response}\r\n`).join('');

/** RFC 7162 3.1.4.1: who asks what has changed is told the mod-sequences. */
function withModseq({ items, changedSince }: FetchCommand): readonly FetchItem[] {
  if (changedSince === null || items.some(({ item }) => item === 'MODSEQ')) return items;
  return [...items, { item: 'MODSEQ' }];
}

/** With a full disk mail can still be read: it only is not marked as seen. */
function readable({ context, socket }: ImapClient): Pick<MailboxesPort, 'read' | 'changeFlags'> {
  const { mailboxes, log } = context;
  return {
    read: (...args) => mailboxes.read(...args),
    changeFlags: (...args) =>
      mailboxes.changeFlags(...args).catch((error: unknown) => {
        if (!(error instanceof MaildError && error.temporary)) throw error;
        log.error('messages could not be marked as seen', { ...socket.logFields, error: error.message });
        return { changed: [], modified: [] };
      }),
  };
}
