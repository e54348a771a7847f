/** COPY and MOVE (RFC 3501 6.4.7, RFC 6851), with what UIDPLUS tells of them (RFC 4315 3). */
import { errorCode } from '../errors.ts';
import { invalidSet } from './fetch-command.ts';
import type { ImapAccount, ImapClient } from './imap-client.ts';
import { type Outcome, ok, readOnly, tryCreate } from './outcome.ts';
import type { ImapCommand } from './parse/imap-command.ts';
import { formatSet, uidsIn } from './parse/sequence-set.ts';
import type { SelectedMailbox } from './selected-mailbox.ts';

type CopyCommand = Extract<ImapCommand, { name: 'COPY' | 'MOVE' }>;

export async function copy(
  command: CopyCommand,
  account: ImapAccount,
  client: ImapClient,
  { view }: SelectedMailbox,
): Promise<Outcome> {
  const { mailboxes } = client.context;
  const moves = command.name === 'MOVE';
  if (moves && view.readOnly) return readOnly;
  const uids = uidsIn(view, command.set, command.uid);
  if (uids === null) return invalidSet;
  if (uids.length === 0) return ok('There was nothing to do');
  try {
    const act = moves ? mailboxes.move : mailboxes.copy;
    const { accountId } = account;
    const { uidValidity, from, to } = await act.call(
      mailboxes,
      view.mailbox.id,
      uids,
      accountId,
      command.mailbox,
    );
    if (from.length === 0) return ok('There was nothing to do');
    const code = `COPYUID ${uidValidity} ${formatSet(from)} ${formatSet(to)}`;
    if (!moves) return ok('Copy completed', code);
    // RFC 6851 4.3: before the messages are said to have gone.
    client.untagged(`OK [${code}] Moved`);
    // As EXPUNGE says it: a removal has a mod-sequence too.
    return ok('Move completed', client.qresync ? `HIGHESTMODSEQ ${view.highestModseq}` : null);
  } catch (error) {
    if (errorCode(error) === 'mailbox.not_found') return tryCreate;
    throw error;
  }
}
