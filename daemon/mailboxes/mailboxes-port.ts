/**
 * What POP3, IMAP4 and the control API may ask of the mailboxes. `mailboxes.ts` implements it.
 *
 * Every change is one durable transaction: when a promise resolves, the change is synced, and every open view knows of it.
 * A change that cannot be made rejects with a MaildError: `mailbox.not_found`, `mailbox.exists`, `mailbox.invalid_name`,
 * `mailbox.over_quota`, `mailbox.not_empty` ..., or with what the store throws (temporary).
 */
import type { EventSource } from '../events.ts';
import type { Content } from '../queue/message.ts';
import type { MessageFlags } from './message-flags.ts';
import type { SearchKey } from './search/search-key.ts';
import type { MessageStructure } from './structure/message-structure.ts';

/** RFC 6154. A mailbox has one at the most, and of one kind an account has one mailbox at the most. */
export type SpecialUse = '\\Drafts' | '\\Sent' | '\\Junk' | '\\Trash' | '\\Archive';

export interface Mailbox {
  readonly id: number;
  readonly accountId: number;
  /** UTF-8, NFC, levels separated by `/`; INBOX always in capitals. */
  readonly name: string;
  readonly uidValidity: number;
  readonly uidNext: number;
  readonly messages: number;
  readonly unseen: number;
  /** Messages that no session has been the first to be told of. */
  readonly recent: number;
  /** Sum of the sizes that clients see. */
  readonly bytes: number;
  readonly highestModseq: number;
  readonly specialUse: SpecialUse | null;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

export interface AppendedMessage {
  readonly content: Content;
  readonly flags: MessageFlags;
  /** Milliseconds since 1970. */
  readonly internalDate: number;
}

/** How flags are changed: replaced, added to, taken from. */
export type FlagChange = 'set' | 'add' | 'remove';

export interface FlagState extends MessageFlags {
  readonly uid: number;
  readonly modseq: number;
}

/** A message as it is stored. What a client gets is `headers`, then the content. */
export interface StoredMessage extends FlagState {
  /** Bytes of all that a client gets. */
  readonly sizeBytes: number;
  /** Milliseconds since 1970. */
  readonly internalDate: number;
  /** Return-Path and Delivered-To of a message that was delivered here, whole lines; empty for others. */
  readonly headers: Buffer;
  readonly contentId: number;
  /** Exactly one of the two: small ones as bytes, large ones in a file (an absolute path). Absent when not asked for. */
  readonly content: {
    readonly sizeBytes: number;
    readonly inline: Buffer | null;
    readonly path: string | null;
  };
  /** Null when not asked for. */
  readonly structure: MessageStructure | null;
}

/** What a session has not been told of yet, in the order in which it has to be. */
export type ViewChange =
  /** `seq` counts after the removals before it, as EXPUNGE does (RFC 3501 7.4.1). */
  | { readonly kind: 'expunged'; readonly seq: number; readonly uid: number }
  | { readonly kind: 'exists'; readonly count: number; readonly recent: number }
  | { readonly kind: 'flags'; readonly seq: number; readonly state: FlagState };

/**
 * One session's picture of a mailbox: its sequence numbers stay as they are until `sync` (RFC 2180, RFC 3501 5.5). Several
 * views of a mailbox share what they can. In memory, synchronous.
 */
export interface MailboxView {
  readonly mailbox: Pick<Mailbox, 'id' | 'accountId' | 'name' | 'uidValidity'>;
  readonly readOnly: boolean;
  /** Messages in this view. */
  readonly count: number;
  readonly recent: number;
  /** Of the mailbox, as of now. */
  readonly uidNext: number;
  /** All changes up to it are in memory. */
  readonly highestModseq: number;
  /**
   * RFC 7162 3.2: the mod-sequence up to which it has all changes, while it does not have some: removals that are pending,
   * what is on its way. Null: it has all.
   */
  readonly wholeUpTo: number | null;
  /** Keywords in use in the mailbox: for FLAGS and PERMANENTFLAGS. */
  readonly keywords: readonly string[];
  /** Sequence numbers begin at 1. */
  uidAt(seq: number): number;
  /** 0 when the view has no such message. */
  seqOf(uid: number): number;
  /** Of the first message without \Seen; 0 when there is none. */
  readonly firstUnseen: number;
  flagsAt(seq: number): MessageFlags;
  /** RFC 7162; 1 for a message that has gone. */
  modseqAt(seq: number): number;
  isRecent(seq: number): boolean;
  /** Told when something is pending: at once, possibly often. */
  readonly news: EventSource<void>;
  readonly pending: boolean;
  /**
   * Takes what is pending. With `expunges` false removals stay pending: sequence numbers must not change during FETCH,
   * STORE and SEARCH (RFC 3501 7.4.1). A mailbox that has been removed or whose account has gone: `gone` becomes true.
   */
  sync(options: { readonly expunges: boolean }): ViewChange[];
  readonly gone: boolean;
  close(): void;
}

export interface ReadOptions {
  readonly content: boolean;
  readonly structure: boolean;
}

export interface MailboxesPort {
  /** In the order of their names, INBOX first. */
  list(accountId: number): Promise<readonly Mailbox[]>;
  find(accountId: number, name: string): Promise<Mailbox | undefined>;
  /** With the levels above it that are missing. */
  create(accountId: number, name: string, specialUse?: SpecialUse | null): Promise<Mailbox>;
  /** With the levels below it. Of INBOX the messages move and INBOX stays (RFC 3501 6.3.5). */
  rename(accountId: number, from: string, to: string): Promise<void>;
  /** With its messages. INBOX stays: `mailbox.invalid_name`. One with levels below it: `mailbox.has_children`. */
  remove(accountId: number, name: string): Promise<void>;
  subscriptions(accountId: number): Promise<readonly string[]>;
  subscribe(accountId: number, name: string, subscribed: boolean): Promise<void>;
  quota(
    accountId: number,
  ): Promise<{ readonly usedBytes: number; readonly limitBytes: number | null; readonly messages: number }>;

  /** UIDs, rising, and sizes of all messages as they are now. */
  sizes(mailboxId: number): Promise<{ readonly uids: readonly number[]; readonly sizes: readonly number[] }>;

  /** A read-write view is the first to be told of what is recent. */
  open(accountId: number, name: string, options: { readonly readOnly: boolean }): Promise<MailboxView>;

  /** The id for the next content, for {@link append}: names its file too. */
  nextContentId(): number;
  /**
   * All or none. Rejects with `mailbox.over_quota` before anything is written. UIDs in the order of the messages. After an
   * error of `mailbox.*` or one that is `nothingKept` (intake) a content's file is still its caller's.
   */
  append(
    accountId: number,
    name: string,
    messages: readonly (AppendedMessage & { readonly contentId: number })[],
  ): Promise<{ readonly uidValidity: number; readonly uids: readonly number[] }>;

  /**
   * Changes flags. `by`: the view of the session that asked; it is not told by `sync` of what it is told here. With
   * `unchangedSince` (RFC 7162) messages changed later are left alone and named in `modified`. UIDs that are not there
   * any more are passed over.
   */
  changeFlags(
    mailboxId: number,
    uids: readonly number[],
    change: FlagChange,
    flags: MessageFlags,
    options: { readonly by?: MailboxView; readonly unchangedSince?: number },
  ): Promise<{ readonly changed: readonly FlagState[]; readonly modified: readonly number[] }>;

  /** Copies with flags and internal date; all or none (RFC 3501 6.4.7). `from` and `to` pair by position. */
  copy(
    mailboxId: number,
    uids: readonly number[],
    accountId: number,
    target: string,
  ): Promise<{
    readonly uidValidity: number;
    readonly from: readonly number[];
    readonly to: readonly number[];
  }>;
  /** As `copy`, and gone from the source in the same transaction (RFC 6851). All views are told by `sync`. */
  move(
    mailboxId: number,
    uids: readonly number[],
    accountId: number,
    target: string,
  ): Promise<{
    readonly uidValidity: number;
    readonly from: readonly number[];
    readonly to: readonly number[];
  }>;
  /** Removes those of `uids` (null: all) that are \Deleted; all views are told by `sync`. Answers what went. */
  expunge(mailboxId: number, uids: readonly number[] | null): Promise<readonly number[]>;
  /** Removes these, whatever their flags, in one transaction: what POP3's QUIT asks for. */
  removeMessages(mailboxId: number, uids: readonly number[]): Promise<readonly number[]>;

  /** In the order of UIDs, in batches bounded in number and bytes, read as the caller takes them; missing ones are passed over. */
  read(
    mailboxId: number,
    uids: readonly number[],
    options: ReadOptions,
  ): AsyncIterable<readonly StoredMessage[]>;
  /** Rising modseqs: flags of messages changed since (exclusive), for CONDSTORE and QRESYNC. */
  changedSince(
    mailboxId: number,
    modseq: number,
    uids: readonly number[] | null,
  ): Promise<readonly FlagState[]>;
  /**
   * UIDs removed since, rising. Null: too long ago to be known exactly, then every UID below uidNext that is not there has
   * to be named.
   */
  removedSince(mailboxId: number, modseq: number): Promise<readonly number[] | null>;
  /** UIDs of those in the view that fit, rising. Stops by `signal`. */
  search(
    view: MailboxView,
    key: SearchKey,
    options: { readonly signal?: AbortSignal },
  ): Promise<readonly number[]>;
}
