/** Sets of sequence numbers and UIDs: read, found in a view, written (RFC 3501 9: sequence-set). */
import type { MailboxView } from '../../mailboxes/mailboxes-port.ts';
import type { UidRange } from '../../mailboxes/uid-set.ts';
import type { SequenceSet } from './imap-command.ts';
import type { Tokens } from './tokens.ts';

export function parseSequenceSet(tokens: Tokens): SequenceSet {
  const ranges: UidRange[] = [];
  do {
    const first = parseNumber(tokens);
    const last = tokens.skip(':') ? parseNumber(tokens) : first;
    ranges.push(first <= last ? [first, last] : [last, first]);
  } while (tokens.skip(','));
  return ranges;
}

function parseNumber(tokens: Tokens): number {
  if (tokens.skip('*')) return Number.POSITIVE_INFINITY;
  const number = tokens.number('a sequence set');
  return number > 0 ? number : tokens.fail('Numbers of messages begin at 1');
}

/**
 * UIDs of the messages of a view that a set names, rising, each once.
 *
 * @returns Null when it names a sequence number that the view does not have, which is BAD. UIDs that are not there are
 * passed over (RFC 3501 6.4.8), and `*` in an empty mailbox names nothing.
 */
export function uidsIn(view: MailboxView, set: SequenceSet, uid: boolean): number[] | null {
  const ranges: [number, number][] = [];
  for (const range of set) {
    const found = uid ? seqsOfUids(view, range) : seqsOf(view, range);
    if (found === null) return null;
    if (found[0] <= found[1]) ranges.push(found);
  }
  // Merged before they are counted out: `1:*,1:*,...` costs no more than once.
  ranges.sort(([a], [b]) => a - b);
  const uids: number[] = [];
  let next = 1;
  for (const [first, last] of ranges) {
    for (let seq = Math.max(first, next); seq <= last; seq += 1) uids.push(view.uidAt(seq));
    next = Math.max(next, last + 1);
  }
  return uids;
}

function seqsOf(view: MailboxView, [first, last]: UidRange): [number, number] | null {
  // `5:*` with three messages is `3:5`, of which programs mean the last message.
  if (last === Number.POSITIVE_INFINITY) return [Math.max(1, Math.min(first, view.count)), view.count];
  return last <= view.count ? [first, last] : null;
}

function seqsOfUids(view: MailboxView, [first, last]: UidRange): [number, number] {
  const least = last === Number.POSITIVE_INFINITY ? Math.min(first, lastUid(view)) : first;
  return [firstSeqFrom(view, least), firstSeqFrom(view, last + 1) - 1];
}

const lastUid = (view: MailboxView): number => (view.count === 0 ? 0 : view.uidAt(view.count));

/** Of the first message whose UID is `uid` or larger; one more than there are when there is none. */
function firstSeqFrom(view: MailboxView, uid: number): number {
  let [low, high] = [1, view.count + 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (view.uidAt(middle) < uid) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `1:3,7`; in the order given, as COPYUID needs it (RFC 4315 3). The caller has at least one number. */
export function formatSet(numbers: readonly number[]): string {
  const ranges: string[] = [];
  for (let at = 0; at < numbers.length; at += 1) {
    const first = numbers[at];
    while (numbers[at + 1] === (numbers[at] ?? 0) + 1) at += 1;
    ranges.push(first === numbers[at] ? `${first}` : `${first}:${numbers[at]}`);
  }
  return ranges.join(',');
}
