/** The mailboxes of all accounts, for those who read and change them; see mailboxes-port.ts. Puts the parts together. */
import type { Clock } from '../clock.ts';
import { MaildError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { Reader, Writer } from '../store/store-port.ts';
import { type AskingWriter, EntryChanges } from './entry-changes.ts';
import { readSizes } from './entry-store.ts';
import { readChanged } from './flags-store.ts';
import { Folders } from './folders.ts';
import { completeMailboxes, type Folder, readUsage } from './mailbox-store.ts';
import type {
  FlagState,
  Mailbox,
  MailboxesPort,
  MailboxView,
  ReadOptions,
  SpecialUse,
  StoredMessage,
} from './mailboxes-port.ts';
import { MessageReader, type StructureSource } from './message-reader.ts';
import { OpenMailboxes } from './open-mailboxes.ts';
import { readRemovals } from './removal-store.ts';
import type { SearchKey } from './search/search-key.ts';

export type Searcher = (
  view: MailboxView,
  key: SearchKey,
  options: { readonly signal?: AbortSignal },
) => Promise<readonly number[]>;

export interface MailboxesNeeds {
  readonly store: Reader & Writer & AskingWriter;
  readonly structures: StructureSource;
  readonly search: Searcher;
  /** What accounts of before there were folders get, see {@link Mailboxes.start}. */
  readonly defaultFolders: () => readonly Folder[];
  /** Ids of contents are of one row with those of messages, and never used again. */
  readonly nextContentId: () => number;
  readonly filePath: (file: string) => string;
  readonly contentsFreed: () => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Changes that are read at once. */
const changedStep = 5_000;
/** Sizes that are read at once: of so many lists of numbers are made in a few milliseconds. */
const sizesStep = 25_000;

export class Mailboxes implements MailboxesPort {
  readonly #needs: MailboxesNeeds;
  readonly #folders: Folders;
  readonly #open: OpenMailboxes;
  readonly #changes: EntryChanges;
  readonly #reader: MessageReader;

  constructor(needs: MailboxesNeeds) {
    this.#needs = needs;
    this.#open = new OpenMailboxes(needs);
    this.#folders = new Folders({ ...needs, open: this.#open });
    this.#changes = new EntryChanges({ ...needs, open: this.#open });
    this.#reader = new MessageReader(needs);
  }

  /** Before anybody logs in: gives accounts of a time when there was only an INBOX their other folders. */
  async start(): Promise<void> {
    const { store, defaultFolders, clock, log } = this.#needs;
    const made = await store.transaction((tx) => completeMailboxes(tx, defaultFolders(), clock.now()));
    if (made > 0) log.info('accounts got their folders', { folders: made });
  }

  /** Writes what is left. */
  close(): Promise<void> {
    return this.#open.close();
  }

  /** Mail has come for these accounts, and is on disk. */
  delivered(accountIds: readonly number[]): void {
    for (const accountId of accountIds) void this.#open.arrived(accountId);
  }

  /** The account has been removed: views of its mailboxes are `gone`. */
  endAccount(accountId: number): void {
    this.#open.endAccount(accountId);
  }

  list(accountId: number): Promise<readonly Mailbox[]> {
    return this.#folders.list(accountId);
  }
  find(accountId: number, name: string): Promise<Mailbox | undefined> {
    return this.#folders.find(accountId, name);
  }
  create(accountId: number, name: string, specialUse: SpecialUse | null = null): Promise<Mailbox> {
    return this.#folders.create(accountId, name, specialUse);
  }
  rename(accountId: number, from: string, to: string): Promise<void> {
    return this.#folders.rename(accountId, from, to);
  }
  remove(accountId: number, name: string): Promise<void> {
    return this.#folders.remove(accountId, name);
  }
  subscriptions(accountId: number): Promise<readonly string[]> {
    return this.#folders.subscriptions(accountId);
  }
  subscribe(accountId: number, name: string, subscribed: boolean): Promise<void> {
    return this.#folders.subscribe(accountId, name, subscribed);
  }

  async quota(accountId: number): ReturnType<MailboxesPort['quota']> {
    const usage = await readUsage(this.#needs.store, accountId);
    if (usage === undefined) throw new MaildError('account.not_found', `there is no account ${accountId}`);
    return usage;
  }

  async sizes(mailboxId: number): ReturnType<MailboxesPort['sizes']> {
    const uids: number[] = [];
    const sizes: number[] = [];
    for (;;) {
      const some = await readSizes(this.#needs.store, mailboxId, uids.at(-1) ?? 0, sizesStep);
      for (const uid of some.uids) uids.push(uid);
      for (const size of some.sizes) sizes.push(size);
      if (some.uids.length < sizesStep) return { uids, sizes };
    }
  }

  async open(
    accountId: number,
    name: string,
    { readOnly }: { readonly readOnly: boolean },
  ): Promise<MailboxView> {
    const mailbox = await this.#folders.find(accountId, name);
    if (mailbox === undefined) throw new MaildError('mailbox.not_found', 'there is no such mailbox');
    return this.#open.open(mailbox, readOnly);
  }

  nextContentId(): number {
    return this.#needs.nextContentId();
  }
  append(...args: Parameters<MailboxesPort['append']>): ReturnType<MailboxesPort['append']> {
    return this.#changes.append(...args);
  }
  changeFlags(...args: Parameters<MailboxesPort['changeFlags']>): ReturnType<MailboxesPort['changeFlags']> {
    return this.#changes.changeFlags(...args);
  }
  copy(...args: Parameters<MailboxesPort['copy']>): ReturnType<MailboxesPort['copy']> {
    return this.#changes.copy(...args);
  }
  move(...args: Parameters<MailboxesPort['move']>): ReturnType<MailboxesPort['move']> {
    return this.#changes.move(...args);
  }
  expunge(mailboxId: number, uids: readonly number[] | null): Promise<readonly number[]> {
    return this.#changes.expunge(mailboxId, uids);
  }
  removeMessages(mailboxId: number, uids: readonly number[]): Promise<readonly number[]> {
    return this.#changes.removeMessages(mailboxId, uids);
  }

  read(
    mailboxId: number,
    uids: readonly number[],
    options: ReadOptions,
  ): AsyncIterable<readonly StoredMessage[]> {
    return this.#reader.read(mailboxId, uids, options);
  }

  async changedSince(
    mailboxId: number,
    modseq: number,
    uids: readonly number[] | null,
  ): Promise<readonly FlagState[]> {
    const changed: FlagState[] = [];
    for (;;) {
      const after = changed.at(-1)?.uid ?? 0;
      const some = await readChanged(this.#needs.store, mailboxId, modseq, uids, after, changedStep);
      changed.push(...some);
      if (some.length < changedStep) break;
    }
    return changed.sort((a, b) => a.modseq - b.modseq || a.uid - b.uid);
  }

  removedSince(mailboxId: number, modseq: number): Promise<readonly number[] | null> {
    return readRemovals(this.#needs.store, mailboxId, modseq);
  }

  search(...args: Parameters<MailboxesPort['search']>): ReturnType<MailboxesPort['search']> {
    return this.#needs.search(...args);
  }
}
