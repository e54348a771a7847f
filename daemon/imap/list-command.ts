/**
 * LIST and LSUB (RFC 3501 6.3.8 and 6.3.9), with CHILDREN (RFC 3348), LIST-EXTENDED (RFC 5258), LIST-STATUS (RFC 5819) and
 * SPECIAL-USE (RFC 6154).
 */
import type { Mailbox } from '../mailboxes/mailboxes-port.ts';
import type { ImapAccount, ImapClient } from './imap-client.ts';
import { ListPattern, separator } from './list-pattern.ts';
import { mailboxText, statusText } from './mailbox-text.ts';
import { type Outcome, ok } from './outcome.ts';
import type { ListCommand } from './parse/imap-command.ts';

interface Entry {
  readonly name: string;
  /** Undefined: subscribed to, but not there. */
  readonly mailbox: Mailbox | undefined;
  readonly subscribed: boolean;
}

/** After so many names the others get their turn. */
const AT_ONCE = 200;

export async function list(command: ListCommand, account: ImapAccount, client: ImapClient): Promise<Outcome> {
  const { extended, patterns, reference, select } = command;
  if (!extended && patterns.every((pattern) => pattern === '')) {
    client.untagged(`LIST (\\Noselect) "${separator}" ""`);
    return ok('List completed');
  }
  const entries = await entriesOf(account, client, select.subscribed || command.return.subscribed);
  const parents = parentsOf(entries.filter(({ mailbox }) => mailbox !== undefined).map(({ name }) => name));
  const found = patterns.map((pattern) => new ListPattern(reference + pattern));
  const fits = (name: string): boolean => found.some((pattern) => pattern.matches(name));
  // RFC 5258 3.5: only of those that are not told of themselves.
  const hidden = select.recursiveMatch
    ? entries.filter(({ name, subscribed }) => subscribed && !fits(name)).map(({ name }) => name)
    : [];
  const subscribedBelow = parentsOf(hidden);
  if (command.return.status?.includes('HIGHESTMODSEQ') === true) client.enableCondstore();
  const candidates = select.recursiveMatch ? withParents(entries, subscribedBelow) : entries;
  await forEach(candidates, client, (entry) => {
    if (!fits(entry.name)) return;
    const below = subscribedBelow.has(entry.name);
    if (!isSelected(entry, select) && !below) return;
    const attributes = attributesOf(entry, parents.has(entry.name));
    const info = below ? ' ("CHILDINFO" ("SUBSCRIBED"))' : '';
    const name = mailboxText(entry.name, client.utf8);
    client.untagged(`LIST (${attributes.join(' ')}) "${separator}" ${name}${info}`);
    const { status } = command.return;
    if (status !== null && entry.mailbox !== undefined) {
      const appendLimit = client.context.config().maxMessageBytes;
      client.untagged(statusText(entry.mailbox, status, { utf8: client.utf8, appendLimit }));
    }
  });
  return ok('List completed');
}

export async function lsub(
  { reference, pattern }: { readonly reference: string; readonly pattern: string },
  account: ImapAccount,
  client: ImapClient,
): Promise<Outcome> {
  if (pattern === '') {
    client.untagged(`LSUB (\\Noselect) "${separator}" ""`);
    return ok('Lsub completed');
  }
  const names = (await client.context.mailboxes.subscriptions(account.accountId)).toSorted();
  const subscribed = new Set(names);
  const matcher = new ListPattern(reference + pattern);
  // RFC 3501 6.3.9: with `%` a name whose children alone are subscribed to is told of as well.
  const above = [...parentsOf(names.filter((name) => !matcher.matches(name)))];
  await forEach([...new Set([...names, ...above])].sort(), client, (name) => {
    if (!matcher.matches(name)) return;
    const attributes = subscribed.has(name) ? '' : '\\Noselect';
    client.untagged(`LSUB (${attributes}) "${separator}" ${mailboxText(name, client.utf8)}`);
  });
  return ok('Lsub completed');
}

async function entriesOf({ accountId }: ImapAccount, client: ImapClient, asked: boolean): Promise<Entry[]> {
  const { mailboxes } = client.context;
  const there = await mailboxes.list(accountId);
  const subscribed = new Set(asked ? await mailboxes.subscriptions(accountId) : []);
  const entries = there.map((mailbox): Entry => {
    const { name } = mailbox;
    return { name, mailbox, subscribed: subscribed.delete(name) };
  });
  const gone = [...subscribed].sort().map((name): Entry => ({ name, mailbox: undefined, subscribed: true }));
  return [...entries, ...gone];
}

function isSelected({ mailbox, subscribed }: Entry, select: ListCommand['select']): boolean {
  if (select.subscribed && !subscribed) return false;
  if (select.specialUse && (mailbox === undefined || mailbox.specialUse === null)) return false;
  return select.subscribed || mailbox !== undefined;
}

function attributesOf({ mailbox, subscribed }: Entry, hasChildren: boolean): string[] {
  return [
    ...(mailbox === undefined ? ['\\NonExistent'] : []),
    hasChildren ? '\\HasChildren' : '\\HasNoChildren',
    ...(subscribed ? ['\\Subscribed'] : []),
    ...(mailbox?.specialUse == null ? [] : [mailbox.specialUse]),
  ];
}

/** All names above these. */
function parentsOf(names: readonly string[]): Set<string> {
  const parents = new Set<string>();
  for (const name of names) {
    for (let end = name.lastIndexOf(separator); end > 0; end = name.lastIndexOf(separator, end - 1)) {
      parents.add(name.slice(0, end));
    }
  }
  return parents;
}

/** Names that are there only because something is below them are entries as well (RFC 5258 3.5). */
function withParents(entries: readonly Entry[], parents: ReadonlySet<string>): Entry[] {
  const known = new Set(entries.map(({ name }) => name));
  const more = [...parents].filter((name) => !known.has(name)).sort();
  return [...entries, ...more.map((name): Entry => ({ name, mailbox: undefined, subscribed: false }))];
}

async function forEach<T>(items: readonly T[], client: ImapClient, work: (item: T) => void): Promise<void> {
  for (const [index, item] of items.entries()) {
    work(item);
    const behind = client.keepsUp();
    if (behind !== undefined) await behind;
    else if (index % AT_ONCE === AT_ONCE - 1) await new Promise((resolve) => setImmediate(resolve));
  }
}
