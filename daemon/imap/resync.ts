/** What has happened to a mailbox while a client was away (RFC 7162 3.2.5, 3.2.6): what has gone, what has changed. */

import type { ImapClient } from './imap-client.ts';
import type { SequenceSet } from './parse/imap-command.ts';
import type { SelectedMailbox } from './selected-mailbox.ts';
import { commonRanges, gapsOf, isInRanges, rangesOf, rangesText, sortedRanges } from './uid-ranges.ts';

/** `known`: what the client has; null: all. Sequence numbers that it may match with are not needed: history is kept. */
export async function resync(
  client: ImapClient,
  selected: SelectedMailbox,
  modseq: number,
  known: SequenceSet | null,
): Promise<void> {
  const { view } = selected;
  await tellVanished(client, selected, modseq, known);
  const ranges = known === null ? null : sortedRanges(known, view.uidNext - 1);
  const changed = await client.context.mailboxes.changedSince(view.mailbox.id, modseq, null);
  selected.tellNewKeywords(client);
  for (const state of changed.toSorted((a, b) => a.uid - b.uid)) {
    const seq = view.seqOf(state.uid);
    if (seq === 0 || (ranges !== null && !isInRanges(ranges, state.uid))) continue;
    selected.tellFlags(client, seq, state, true);
    selected.readModseq = Math.max(selected.readModseq, state.modseq);
    const behind = client.keepsUp();
    if (behind !== undefined) await behind;
  }
}

/** `* VANISHED (EARLIER)` for those of `asked` (null: all) that have gone since. */
export async function tellVanished(
  client: ImapClient,
  { view }: SelectedMailbox,
  modseq: number,
  asked: SequenceSet | null,
): Promise<void> {
  const removed = await client.context.mailboxes.removedSince(view.mailbox.id, modseq);
  const gaps = gapsOf(view);
  // What has gone from the mailbox and not yet from the view will be told in its time.
  const gone = removed === null ? gaps : commonRanges(rangesOf(removed), gaps);
  const ranges = asked === null ? gone : commonRanges(gone, sortedRanges(asked, view.uidNext - 1));
  if (ranges.length > 0) client.untagged(`VANISHED (EARLIER) ${rangesText(ranges)}`);
}
