/** STORE and UID STORE (RFC 3501 6.4.6, RFC 7162 3.1.3). */
import type { FlagState } from '../mailboxes/mailboxes-port.ts';
import { invalidSet } from './fetch-command.ts';
import type { ImapClient } from './imap-client.ts';
import { type Outcome, ok, readOnly } from './outcome.ts';
import type { StoreCommand } from './parse/imap-command.ts';
import { formatSet, uidsIn } from './parse/sequence-set.ts';
import type { SelectedMailbox } from './selected-mailbox.ts';

export async function store(
  command: StoreCommand,
  client: ImapClient,
  selected: SelectedMailbox,
): Promise<Outcome> {
  const { view } = selected;
  const { uid, silent, unchangedSince } = command;
  if (view.readOnly) return readOnly;
  const uids = uidsIn(view, command.set, uid);
  if (uids === null) return invalidSet;
  if (unchangedSince !== null) client.enableCondstore();
  if (uids.length === 0) return ok('Store completed');
  const { changed, modified } = await client.context.mailboxes.changeFlags(
    view.mailbox.id,
    uids,
    command.change,
    command.flags,
    { by: view, ...(unchangedSince === null ? {} : { unchangedSince }) },
  );
  selected.tellNewKeywords(client);
  // RFC 7162 3.1.3: .SILENT is silent about flags, not about mod-sequences.
  if (!silent || client.condstore) await tell(client, selected, changed, { uid, silent });
  if (modified.length === 0) return ok('Store completed');
  const failed = uid ? modified : modified.map((one) => view.seqOf(one)).filter((seq) => seq > 0);
  return ok('Messages that others have changed were left alone', `MODIFIED ${formatSet(failed)}`);
}

async function tell(
  client: ImapClient,
  selected: SelectedMailbox,
  changed: readonly FlagState[],
  { uid, silent }: { readonly uid: boolean; readonly silent: boolean },
): Promise<void> {
  for (const state of changed) {
    const seq = selected.view.seqOf(state.uid);
    if (seq === 0) continue;
    // RFC 7162 3.2.4: with QRESYNC on, the UID too.
    const uidItem = uid || client.qresync ? `UID ${state.uid} ` : '';
    if (silent) client.untagged(`${seq} FETCH (${uidItem}MODSEQ (${state.modseq}))`);
    else selected.tellFlags(client, seq, state, uid);
    const behind = client.keepsUp();
    if (behind !== undefined) await behind;
  }
}
