/**
 * Executes SEARCH: first what the view knows, then what the database knows of the messages that are still undecided, and
 * only for those that are left are contents looked into, by a thread of its own and in batches. Never holds the event loop;
 * an abort takes effect at the next step.
 */
import type { Clock } from '../../clock.ts';
import { MaildError } from '../../errors.ts';
import { deliveryHeaders } from '../../queue/delivery-headers.ts';
import type { Reader } from '../../store/store-port.ts';
import type { SearchAnswer, SearchJob } from '../contents/content-jobs.ts';
import { type ContentThread, threadDied } from '../contents/content-thread.ts';
import { handOver } from '../hand-over.ts';
import type { MailboxView } from '../mailboxes-port.ts';
import type { Structures } from '../structure/structures.ts';
import { MessageBits } from './message-bits.ts';
import type { SearchKey } from './search-key.ts';
import {
  isStoredLeaf,
  type MatchRange,
  readMatches,
  readSearchedContents,
  type SearchedContent,
  type StoredMatches,
} from './search-store.ts';
import { type SearchLeaf, SearchTree } from './search-tree.ts';
import { isViewLeaf, lowerBound, searchView } from './search-view.ts';

/** Messages that the database is asked about at once: so many hits are taken in without a breath. */
const rangeMessages = 20_000;
/** A job of the thread; others wait for it. */
const batchMessages = 256;
const batchBytes = 2 * 1024 * 1024;

export interface MailboxSearchNeeds {
  readonly store: Reader;
  readonly structures: Pick<Structures, 'complete'>;
  /** Not that of the structures: FETCH must not wait for a search. */
  readonly thread: ContentThread;
  readonly filePath: (file: string) => string;
  readonly clock: Clock;
}

interface Options {
  readonly signal?: AbortSignal;
}

export class MailboxSearch {
  readonly #needs: MailboxSearchNeeds;

  constructor(needs: MailboxSearchNeeds) {
    this.#needs = needs;
  }

  /** UIDs of those in the view that fit, rising. Throws what the store throws, and the reason of the signal. */
  async search(view: MailboxView, key: SearchKey, options: Options = {}): Promise<readonly number[]> {
    const uids = new Uint32Array(view.count);
    for (let index = 0; index < uids.length; index++) uids[index] = view.uidAt(index + 1);
    const tree = new SearchTree(key, uids.length);
    await this.#askView(tree, view, uids, options);
    await this.#askDatabase(tree, view, uids, options);
    await this.#askContents(tree, view, uids, options);
    return tree.result.yes.indexes().map((index) => uids[index] ?? 0);
  }

  close(): Promise<void> {
    return this.#needs.thread.close();
  }

  async #askView(tree: SearchTree, view: MailboxView, uids: Uint32Array, { signal }: Options): Promise<void> {
    for (const leaf of tree.leaves) {
      if (!isViewLeaf(leaf)) continue;
      const yes = await searchView(view, uids, leaf, signal);
      tree.learn(leaf, { yes, no: yes.complement() });
    }
  }

  async #askDatabase(
    tree: SearchTree,
    view: MailboxView,
    uids: Uint32Array,
    { signal }: Options,
  ): Promise<void> {
    const mailboxId = view.mailbox.id;
    const leaves = tree.leaves.filter(isStoredLeaf);
    const undecided = tree.undecided;
    if (leaves.length === 0 || undecided.empty) return;
    const now = this.#needs.clock.now();
    const found = new Map(leaves.map((leaf) => [leaf, MessageBits.none(uids.length)]));
    for (let from = undecided.first; from <= undecided.last; from += rangeMessages) {
      const to = Math.min(from + rangeMessages - 1, undecided.last);
      const range = { mailboxId, first: uids[from] ?? 0, last: uids[to] ?? 0, now };
      signal?.throwIfAborted();
      for (const match of await this.#matches(range, leaves, signal)) {
        let index = from;
        for (const uid of match.uids) {
          // Both lists rise; what has come since is not in the view.
          if (uids[index] !== uid) index = lowerBound(uids, uid);
          if (uids[index] === uid) found.get(match.leaf)?.add(index++);
        }
      }
    }
    // Of those outside of the range it is of no importance.
    const there = thereIn(view, uids);
    for (const [leaf, yes] of found) tree.learn(leaf, { yes, no: yes.complement().and(there) });
  }

  async #matches(
    range: MatchRange,
    leaves: readonly SearchLeaf[],
    signal?: AbortSignal,
  ): Promise<readonly StoredMatches[]> {
    const { store, structures } = this.#needs;
    const { matches, unknown } = await readMatches(store, range, leaves);
    if (unknown.length === 0) return matches;
    await structures.complete(unknown, signal);
    return (await readMatches(store, range, leaves, 'pass over')).matches;
  }

  async #askContents(
    tree: SearchTree,
    view: MailboxView,
    uids: Uint32Array,
    { signal }: Options,
  ): Promise<void> {
    const mailboxId = view.mailbox.id;
    const leaves = tree.leaves.filter(isContentLeaf);
    const undecided = tree.undecided;
    if (leaves.length === 0 || undecided.empty) return;
    const found = leaves.map(() => MessageBits.none(uids.length));
    const wanted = undecided.indexes().map((index) => uids[index] ?? 0);
    let coming = this.#read(mailboxId, wanted, 0);
    for (let at = 0; at < wanted.length; ) {
      signal?.throwIfAborted();
      const contents = await coming;
      const last = contents.at(-1);
      at = last === undefined ? at + batchMessages : wanted.indexOf(last.uid, at) + 1;
      // SQLite reads the next ones while the thread looks into these.
      coming = this.#read(mailboxId, wanted, at);
      coming.catch(() => undefined);
      for (const { uid, matches } of await this.#find(contents, leaves))
        for (const match of matches) found[match]?.add(lowerBound(uids, uid));
    }
    const there = thereIn(view, uids);
    for (const [i, leaf] of leaves.entries()) {
      const yes = found[i] ?? MessageBits.none(uids.length);
      tree.learn(leaf, { yes, no: yes.complement().and(there) });
    }
  }

  #read(mailboxId: number, uids: readonly number[], at: number): Promise<readonly SearchedContent[]> {
    if (at >= uids.length) return Promise.resolve([]);
    return readSearchedContents(this.#needs.store, mailboxId, uids.slice(at, at + batchMessages), batchBytes);
  }

  /** A content that the thread dies of does not hold what is looked for, as far as anybody can tell. */
  async #find(contents: readonly SearchedContent[], leaves: readonly ContentLeaf[]): Promise<SearchAnswer> {
    if (contents.length === 0) return [];
    try {
      return await this.#ask(contents, leaves);
    } catch (error) {
      if (!(error instanceof MaildError) || error.code !== threadDied) throw error;
      if (contents.length === 1) return [];
    }
    const found: SearchAnswer[number][] = [];
    for (const content of contents) found.push(...(await this.#find([content], leaves)));
    return found;
  }

  async #ask(contents: readonly SearchedContent[], leaves: readonly ContentLeaf[]): Promise<SearchAnswer> {
    const { thread, filePath } = this.#needs;
    const { copies, memory } = handOver(contents.map(({ body }) => body));
    const job: SearchJob = {
      kind: 'search',
      keys: leaves,
      contents: contents.map(({ uid, id, returnPath, deliveredTo, file }, i) => ({
        uid,
        headers: deliveryHeaders(returnPath, deliveredTo).toString('latin1'),
        contentId: id,
        bytes: copies[i] ?? null,
        path: file === null ? null : filePath(file),
      })),
    };
    return (await thread.run(job, [memory])) as SearchAnswer;
  }
}

/** Those that have not gone: of the others a view knows what it knew, and nobody knows more. Neither does `NOT` hold for them. */
function thereIn(view: MailboxView, uids: Uint32Array): MessageBits {
  if (view.wholeUpTo === null) return MessageBits.all(uids.length);
  const there = MessageBits.none(uids.length);
  for (let index = 0; index < uids.length; index++) if (view.modseqAt(index + 1) > 1) there.add(index);
  return there;
}

type ContentLeaf = Extract<SearchLeaf, { readonly key: 'header' | 'body' | 'text' }>;

const isContentLeaf = (leaf: SearchLeaf): leaf is ContentLeaf =>
  (leaf.key === 'header' || leaf.key === 'body' || leaf.key === 'text') && !isStoredLeaf(leaf);
