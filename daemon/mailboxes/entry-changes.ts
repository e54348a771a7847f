/** What changes the messages of mailboxes: on disk first, all or nothing, then in every view. */
import { errorText, MaildError } from '../errors.ts';
import type { Part } from '../store/group-writer.ts';
import type { Reader, Transaction, Writer } from '../store/store-port.ts';
import { type AppendedEntry, appendFault, appendPart, overQuota } from './append-program.ts';
import { copyEntries, readBytes } from './entry-store.ts';
import { changedFlags, keywordText, normalisedFlags } from './flag-change.ts';
import { beginChange, readFlags, writeFlags } from './flags-store.ts';
import { requireMailbox, requireName } from './folders.ts';
import { readUsage, type Usage } from './mailbox-store.ts';
import { MailboxViewState } from './mailbox-view.ts';
import type { AppendedMessage, FlagChange, FlagState, MailboxesPort, MailboxView } from './mailboxes-port.ts';
import { flagBits, type MessageFlags } from './message-flags.ts';
import type { StructureSource } from './message-reader.ts';
import type { OpenMailboxes } from './open-mailboxes.ts';
import { readDeleted, readPresent, removeEntries } from './removal-store.ts';
import { rising } from './uid-set.ts';

/** Messages whose flags are read and written at once. */
const flagStep = 2_000;
/** Different keywords in one mailbox: all of them stand in each FLAGS that a client gets. */
const maxKeywords = 500;

export interface AskingWriter {
  /** As `Store`. */
  submitAsking<T>(parts: readonly Part[]): Promise<readonly T[]>;
}

export interface EntryChangesNeeds {
  readonly store: Reader & Writer & AskingWriter;
  readonly open: OpenMailboxes;
  readonly structures: Pick<StructureSource, 'contentsStored'>;
  /** Told when files may have lost their last row. */
  readonly contentsFreed: () => void;
}

type Appended = Awaited<ReturnType<MailboxesPort['append']>>;
type Transferred = Awaited<ReturnType<MailboxesPort['copy']>>;
type FlagsChanged = Awaited<ReturnType<MailboxesPort['changeFlags']>>;

export class EntryChanges {
  readonly #needs: EntryChangesNeeds;

  constructor(needs: EntryChangesNeeds) {
    this.#needs = needs;
  }

  async append(
    accountId: number,
    wish: string,
    messages: readonly (AppendedMessage & { readonly contentId: number })[],
  ): Promise<Appended> {
    const { store, open } = this.#needs;
    const name = requireName(wish);
    const parts = messages.map((message) =>
      appendPart(accountId, name, { ...message, flags: normalisedFlags(message.flags) }, messages.length > 1),
    );
    if (messages.length === 0) {
      const { uidValidity } = await requireMailbox(store, accountId, name);
      return { uidValidity, uids: [] };
    }
    const all = await store.submitAsking<AppendedEntry>(parts).catch((error: unknown) => {
      throw appendFault(errorText(error), name) ?? error;
    });
    const byContent = new Map(all.map((entry) => [entry.contentId, entry]));
    const contentIds = messages.map(({ contentId }) => contentId);
    const entries = contentIds.flatMap((contentId) => byContent.get(contentId) ?? []);
    const [first] = entries;
    if (first === undefined) throw new Error('an appended message was not told of');
    const fault = first.refused === null ? undefined : appendFault(first.refused, name);
    if (fault !== undefined) throw fault;
    this.#needs.structures.contentsStored(contentIds);
    await open.arrivedIn(first.mailboxId);
    return { uidValidity: first.uidValidity, uids: entries.map(({ uid }) => uid) };
  }

  changeFlags(
    mailboxId: number,
    uids: readonly number[],
    change: FlagChange,
    flags: MessageFlags,
    options: { readonly by?: MailboxView; readonly unchangedSince?: number },
  ): Promise<FlagsChanged> {
    const work = () => this.#changeFlags(mailboxId, uids, change, flags, options);
    return this.#needs.open.changing(mailboxId, work);
  }

  async #changeFlags(
    mailboxId: number,
    uids: readonly number[],
    change: FlagChange,
    flags: MessageFlags,
    { by, unchangedSince }: { readonly by?: MailboxView; readonly unchangedSince?: number },
  ): Promise<FlagsChanged> {
    const wanted = normalisedFlags(flags);
    const each = rising(uids);
    if (change !== 'remove') this.#requireFewKeywords(mailboxId, wanted.keywords);
    const result = await this.#needs.store.transaction(async (tx) => {
      const changed: FlagState[] = [];
      const modified: number[] = [];
      let modseq: number | undefined;
      for (let at = 0; at < each.length; at += flagStep) {
        const before = await readFlags(tx, mailboxId, each.slice(at, at + flagStep));
        const left = before.filter((state) => state.modseq <= (unchangedSince ?? Number.POSITIVE_INFINITY));
        if (left.length < before.length)
          for (const state of before) if (state.modseq > (unchangedSince ?? 0)) modified.push(state.uid);
        const after = left.map((state) => ({ ...state, ...changedFlags(state, change, wanted) }));
        const differing = after.filter((state, index) => differs(state, left[index]));
        if (differing.length > 0) {
          modseq ??= await beginChange(tx, mailboxId);
          await writeFlags(tx, mailboxId, modseq ?? 0, differing, unseenIn(after) - unseenIn(left));
        }
        const touched = new Set(differing);
        for (const state of after)
          changed.push(touched.has(state) ? { ...state, modseq: modseq ?? state.modseq } : state);
      }
      return { changed, modified };
    });
    const view = by instanceof MailboxViewState ? by : undefined;
    this.#needs.open.apply(mailboxId, (state) => state.changeFlags(result.changed, view));
    return result;
  }

  async copy(
    mailboxId: number,
    uids: readonly number[],
    accountId: number,
    wish: string,
  ): Promise<Transferred> {
    const { store, open } = this.#needs;
    const name = requireName(wish);
    const { target, ...copied } = await store.transaction(async (tx) => {
      const target = await requireMailbox(tx, accountId, name);
      const from = await readPresent(tx, mailboxId, uids);
      if (from.length === 0) return { target, uidValidity: target.uidValidity, from, to: [] };
      requireRoom(await readUsage(tx, accountId), await readBytes(tx, mailboxId, from));
      const first = await copyEntries(tx, mailboxId, from, target.id, { shareContents: true });
      return { target, uidValidity: target.uidValidity, from, to: from.map((_, index) => first + index) };
    });
    await open.arrivedIn(target.id);
    return copied;
  }

  async move(
    mailboxId: number,
    uids: readonly number[],
    accountId: number,
    wish: string,
  ): Promise<Transferred> {
    const { open } = this.#needs;
    const name = requireName(wish);
    const { target, ...moved } = await open.changing(mailboxId, async () => {
      const { modseq, ...done } = await this.#move(mailboxId, uids, accountId, name);
      open.apply(mailboxId, (state) => state.remove(done.from, modseq));
      return done;
    });
    await open.arrivedIn(target.id);
    return moved;
  }

  #move(mailboxId: number, uids: readonly number[], accountId: number, name: string) {
    return this.#needs.store.transaction(async (tx) => {
      const target = await requireMailbox(tx, accountId, name);
      const from = await readPresent(tx, mailboxId, uids);
      if (from.length === 0) return { target, modseq: 0, uidValidity: target.uidValidity, from, to: [] };
      const first = await copyEntries(tx, mailboxId, from, target.id, { shareContents: false });
      const modseq = await removeEntries(tx, mailboxId, from, { keepContents: true });
      const to = from.map((_, index) => first + index);
      return { target, modseq, uidValidity: target.uidValidity, from, to };
    });
  }

  expunge(mailboxId: number, uids: readonly number[] | null): Promise<readonly number[]> {
    return this.#remove(mailboxId, (tx) => readDeleted(tx, mailboxId, uids));
  }

  removeMessages(mailboxId: number, uids: readonly number[]): Promise<readonly number[]> {
    return this.#remove(mailboxId, (tx) => readPresent(tx, mailboxId, uids));
  }

  #remove(
    mailboxId: number,
    which: (tx: Transaction) => Promise<readonly number[]>,
  ): Promise<readonly number[]> {
    return this.#needs.open.changing(mailboxId, () => this.#removeNow(mailboxId, which));
  }

  async #removeNow(
    mailboxId: number,
    which: (tx: Transaction) => Promise<readonly number[]>,
  ): Promise<readonly number[]> {
    const { removed, modseq } = await this.#needs.store.transaction(async (tx) => {
      const removed = await which(tx);
      return { removed, modseq: removed.length === 0 ? 0 : await removeEntries(tx, mailboxId, removed) };
    });
    if (removed.length > 0) {
      this.#needs.open.apply(mailboxId, (state) => state.remove(removed, modseq));
      this.#needs.contentsFreed();
    }
    return removed;
  }

  #requireFewKeywords(mailboxId: number, keywords: readonly string[]): void {
    if (keywords.length === 0) return;
    const all = new Set(this.#needs.open.stateOf(mailboxId)?.keywords.map((word) => word.toLowerCase()));
    for (const keyword of keywords) all.add(keyword.toLowerCase());
    if (all.size > maxKeywords)
      throw new MaildError(
        'mailbox.too_many_keywords',
        `a mailbox has ${maxKeywords} different keywords at the most`,
      );
  }
}

/** Throws MaildError `mailbox.over_quota`. */
function requireRoom(usage: Usage | undefined, bytes: number): void {
  if (usage?.limitBytes == null || usage.usedBytes + bytes <= usage.limitBytes) return;
  throw overQuota();
}

const unseenIn = (states: readonly MessageFlags[]): number =>
  states.filter(({ bits }) => (bits & flagBits.seen) === 0).length;

const differs = (after: MessageFlags, before: MessageFlags | undefined): boolean =>
  before === undefined ||
  after.bits !== before.bits ||
  keywordText(after.keywords) !== keywordText(before.keywords);
