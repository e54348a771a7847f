/** SEARCH and UID SEARCH (RFC 3501 6.4.4), ESEARCH (RFC 4731), with mod-sequences (RFC 7162 3.1.5). */

import type { ImapClient } from './imap-client.ts';
import { type Outcome, ok } from './outcome.ts';
import type { SearchCommand, SearchReturn } from './parse/imap-command.ts';
import { formatSet } from './parse/sequence-set.ts';
import { imapString } from './response-text.ts';
import type { RunningCommand } from './running-command.ts';
import type { SelectedMailbox } from './selected-mailbox.ts';

interface Found {
  readonly uids: readonly number[];
  /** As the client asked: UIDs or sequence numbers. */
  readonly numbers: readonly number[];
}

export async function search(
  command: SearchCommand,
  client: ImapClient,
  selected: SelectedMailbox,
  running: RunningCommand,
): Promise<Outcome> {
  const { view } = selected;
  const { uid, modseq } = command;
  if (modseq) client.enableCondstore();
  const { signal } = running;
  const hits = await client.context.mailboxes.search(view, command.key, { signal });
  const uids = hits.filter((hit) => view.seqOf(hit) > 0);
  const found = { uids, numbers: uid ? uids : uids.map((hit) => view.seqOf(hit)) };
  if (command.return === null) {
    const highest = modseq && uids.length > 0 ? ` (MODSEQ ${highestModseq(selected, uids)})` : '';
    client.untagged(`SEARCH${found.numbers.map((number) => ` ${number}`).join('')}${highest}`);
  } else {
    const tag = imapString(running.tag, client.utf8);
    const items = extendedItems(selected, found, command.return, modseq);
    client.untagged(`ESEARCH (TAG ${tag})${uid ? ' UID' : ''}${items}`);
  }
  const behind = client.keepsUp();
  if (behind !== undefined) await behind;
  // RFC 5530 3: of what has gone the client hears later, and what is in such messages nobody can tell.
  return ok('Search completed', !uid && view.wholeUpTo !== null ? 'EXPUNGEISSUED' : null);
}

function extendedItems(
  selected: SelectedMailbox,
  { uids, numbers }: Found,
  wanted: SearchReturn,
  modseq: boolean,
): string {
  const [first, last] = [numbers[0], numbers.at(-1)];
  let items = '';
  // RFC 4731 3.1: of what was not found nothing is said, but for COUNT.
  if (wanted.min && first !== undefined) items += ` MIN ${first}`;
  if (wanted.max && last !== undefined) items += ` MAX ${last}`;
  if (wanted.all && first !== undefined) items += ` ALL ${formatSet(numbers)}`;
  if (wanted.count) items += ` COUNT ${numbers.length}`;
  if (!modseq || first === undefined) return items;
  const ends = [...(wanted.min ? uids.slice(0, 1) : []), ...(wanted.max ? uids.slice(-1) : [])];
  const told = wanted.all || wanted.count || ends.length === 0 ? uids : ends;
  return `${items} MODSEQ ${highestModseq(selected, told)}`;
}

/** RFC 7162 3.1.10. */
const highestModseq = ({ view }: SelectedMailbox, uids: readonly number[]): number =>
  uids.reduce((highest, uid) => Math.max(highest, view.modseqAt(view.seqOf(uid))), 1);
