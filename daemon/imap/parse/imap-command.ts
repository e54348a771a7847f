/**
 * The commands of IMAP4rev1 and of the extensions that are advertised, as data: what the parser makes and the dialogue
 * obeys. RFC 3501 6; 2177 (IDLE), 4315 (UIDPLUS), 6851 (MOVE), 6154 (SPECIAL-USE), 2342 (NAMESPACE), 5258 (LIST-EXTENDED),
 * 5819 (LIST-STATUS), 3691 (UNSELECT), 2971 (ID), 5161 (ENABLE), 7162 (CONDSTORE, QRESYNC), 4731 (ESEARCH), 8438
 * (STATUS=SIZE), 9208 (QUOTA), 7889 (APPENDLIMIT), 6855 (UTF8=ACCEPT).
 *
 * Texts are decoded: mailbox names are UTF-8 in NFC with INBOX in capitals, search texts are decoded from their charset.
 */
import type { FlagChange, SpecialUse } from '../../mailboxes/mailboxes-port.ts';
import type { MessageFlags } from '../../mailboxes/message-flags.ts';
import type { SearchKey } from '../../mailboxes/search/search-key.ts';
import type { UidRange } from '../../mailboxes/uid-set.ts';
import type { FetchItem } from './fetch-item.ts';

/** At least one range; `*` is Infinity. UIDs or sequence numbers: the command's `uid` says which. */
export type SequenceSet = readonly UidRange[];

export type StatusItem =
  | 'MESSAGES'
  | 'RECENT'
  | 'UIDNEXT'
  | 'UIDVALIDITY'
  | 'UNSEEN'
  | 'HIGHESTMODSEQ'
  | 'SIZE'
  | 'APPENDLIMIT';

/** RFC 7162 3.2.5: what the client knew when it was here last. */
export interface QresyncState {
  readonly uidValidity: number;
  readonly modseq: number;
  /** Null: all. */
  readonly knownUids: SequenceSet | null;
  /** Sequence numbers and the UIDs that the client believes they are, to find what has gone: of the same length. */
  readonly match: { readonly sequence: SequenceSet; readonly uids: SequenceSet } | null;
}

export interface SelectCommand {
  readonly name: 'SELECT' | 'EXAMINE';
  readonly mailbox: string;
  /** Asked for in words; `qresync` asks for it as well. */
  readonly condstore: boolean;
  readonly qresync: QresyncState | null;
}

/** LSUB is not among them: its answer differs. */
export interface ListCommand {
  readonly name: 'LIST';
  readonly reference: string;
  /** More than one, or options: LIST-EXTENDED, whose answers say more. An empty one asks for the separator. */
  readonly patterns: readonly string[];
  readonly extended: boolean;
  readonly select: {
    readonly subscribed: boolean;
    readonly remote: boolean;
    readonly recursiveMatch: boolean;
    readonly specialUse: boolean;
  };
  readonly return: {
    readonly subscribed: boolean;
    readonly children: boolean;
    readonly specialUse: boolean;
    /** Null: no STATUS responses. */
    readonly status: readonly StatusItem[] | null;
  };
}

/** RFC 4731 3.1. `RETURN ()` is `all`. */
export interface SearchReturn {
  readonly min: boolean;
  readonly max: boolean;
  readonly all: boolean;
  readonly count: boolean;
}

export interface SearchCommand {
  readonly name: 'SEARCH';
  readonly uid: boolean;
  /** Null: a SEARCH response; otherwise an ESEARCH one. */
  readonly return: SearchReturn | null;
  readonly key: SearchKey;
  /** MODSEQ is among the keys: the answer tells the highest one (RFC 7162 3.1.5), and CONDSTORE is on from now. */
  readonly modseq: boolean;
}

export interface FetchCommand {
  readonly name: 'FETCH';
  readonly uid: boolean;
  readonly set: SequenceSet;
  /** Macros are resolved; each item once. UID FETCH does not add UID here: that is left to the answer. */
  readonly items: readonly FetchItem[];
  /** RFC 7162 3.1.4.1; MODSEQ then belongs to each answer. */
  readonly changedSince: number | null;
  /** RFC 7162 3.2.6: only with `uid` and `changedSince`. */
  readonly vanished: boolean;
}

export interface StoreCommand {
  readonly name: 'STORE';
  readonly uid: boolean;
  readonly set: SequenceSet;
  readonly change: FlagChange;
  readonly silent: boolean;
  readonly flags: MessageFlags;
  readonly unchangedSince: number | null;
}

/** Its message is not here: it streams, see {@link CommandReader}. */
export interface AppendCommand {
  readonly name: 'APPEND';
  readonly mailbox: string;
  readonly flags: MessageFlags;
  /** Milliseconds since 1970; null: now. */
  readonly internalDate: number | null;
  readonly sizeBytes: number;
  /** RFC 6855 4: the message has UTF-8 headers, and only a client that enabled UTF8=ACCEPT may say so. */
  readonly utf8: boolean;
}

export interface QuotaResource {
  /** In capitals: STORAGE, MESSAGE. */
  readonly resource: string;
  readonly limit: number;
}

/** Without arguments. */
export interface BareCommand {
  readonly name:
    | 'CAPABILITY'
    | 'NOOP'
    | 'LOGOUT'
    | 'STARTTLS'
    | 'CHECK'
    | 'CLOSE'
    | 'UNSELECT'
    | 'IDLE'
    | 'NAMESPACE';
}

export type ImapCommand =
  | BareCommand
  /** `initialResponse`: base64 as sent (`=` is an empty response: ''); null: none was sent. */
  | { readonly name: 'AUTHENTICATE'; readonly mechanism: string; readonly initialResponse: string | null }
  | { readonly name: 'LOGIN'; readonly user: string; readonly password: string }
  /** In capitals. */
  | { readonly name: 'ENABLE'; readonly capabilities: readonly string[] }
  /** Null: NIL. */
  | { readonly name: 'ID'; readonly parameters: readonly (readonly [string, string | null])[] | null }
  | SelectCommand
  | { readonly name: 'CREATE'; readonly mailbox: string; readonly specialUse: readonly SpecialUseName[] }
  | { readonly name: 'DELETE' | 'SUBSCRIBE' | 'UNSUBSCRIBE' | 'GETQUOTAROOT'; readonly mailbox: string }
  | { readonly name: 'RENAME'; readonly mailbox: string; readonly to: string }
  | ListCommand
  | { readonly name: 'LSUB'; readonly reference: string; readonly pattern: string }
  | { readonly name: 'STATUS'; readonly mailbox: string; readonly items: readonly StatusItem[] }
  | AppendCommand
  /** `set`: UID EXPUNGE; null: all. */
  | { readonly name: 'EXPUNGE'; readonly set: SequenceSet | null }
  | SearchCommand
  | FetchCommand
  | StoreCommand
  | {
      readonly name: 'COPY' | 'MOVE';
      readonly uid: boolean;
      readonly set: SequenceSet;
      readonly mailbox: string;
    }
  | { readonly name: 'GETQUOTA'; readonly root: string }
  | { readonly name: 'SETQUOTA'; readonly root: string; readonly resources: readonly QuotaResource[] };

/** Those of RFC 6154 that no mailbox here can have are named too: the dialogue refuses them with NO [USEATTR]. */
export type SpecialUseName = SpecialUse | '\\All' | '\\Flagged';
