/** What the dialogue asks of FETCH; `fetch-messages.ts` does it. */
import type { MailboxesPort, MailboxView } from '../../mailboxes/mailboxes-port.ts';
import type { FetchItem } from '../parse/fetch-item.ts';
import type { ResponseSink } from '../response-sink.ts';

export interface FetchRequest {
  readonly view: MailboxView;
  readonly mailboxes: Pick<MailboxesPort, 'read' | 'changeFlags'>;
  /** Of messages in the view, rising. */
  readonly uids: readonly number[];
  readonly items: readonly FetchItem[];
  /** Each answer has the UID: UID FETCH (RFC 3501 6.4.8), or QRESYNC is on (RFC 7162 3.2.4). */
  readonly uid: boolean;
  /** CONDSTORE is on: an answer with FLAGS that this FETCH changed has MODSEQ too (RFC 7162 3.2.4). */
  readonly condstore: boolean;
  /** UTF8=ACCEPT is on: quoted strings may be UTF-8. */
  readonly utf8: boolean;
  /**
   * Responses that have to go before one with FLAGS, whole lines: keywords that the client has not heard of (RFC 3501
   * 7.2.6). Others may set them while this FETCH goes on. Empty when there is nothing new.
   */
  readonly newKeywords: () => string;
  readonly out: ResponseSink;
  readonly signal: AbortSignal;
}

export interface FetchOutcome {
  /** Messages that are in the view and have gone from the mailbox: NO, or OK with nothing of them (RFC 2180 4.1). */
  readonly missing: number;
}

/**
 * Writes a FETCH response for each message, in order, in chunks of some size, and sets \Seen where the items ask for it and
 * the view is not read-only. Rejects with what reading, writing or the signal rejects with; what was written by then ends
 * in the middle of a response only if writing failed, or a content's file could not be read to its end.
 */
export type FetchMessages = (request: FetchRequest) => Promise<FetchOutcome>;
