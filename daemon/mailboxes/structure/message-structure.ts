/**
 * The MIME structure of a message, as IMAP asks for it: where each part stands in the bytes of its content, and the fields
 * of ENVELOPE and BODYSTRUCTURE (RFC 3501 7.4.2), raw: header values unfolded but with their encoded words, because that is
 * what clients get, and a character for each byte (Latin-1), whatever the bytes were meant to be. Offsets and sizes are bytes of the stored content, without the delivery headers put before it.
 *
 * Made once for each content, by a thread of its own; see structure-of.ts.
 */

export interface AddressItem {
  /** Null where RFC 3501 says NIL. A group begins with its name in `mailbox` and a null `host`, and ends with both null. */
  readonly name: string | null;
  /** RFC 5322 4.4 obs-route, `@a,@b`: the at-domain-list of RFC 3501. */
  readonly route: string | null;
  readonly mailbox: string | null;
  readonly host: string | null;
}

export interface Envelope {
  readonly date: string | null;
  readonly subject: string | null;
  readonly from: readonly AddressItem[];
  readonly sender: readonly AddressItem[];
  readonly replyTo: readonly AddressItem[];
  readonly to: readonly AddressItem[];
  readonly cc: readonly AddressItem[];
  readonly bcc: readonly AddressItem[];
  readonly inReplyTo: string | null;
  readonly messageId: string | null;
}

/** In order, RFC 2231 continuations put together. */
export type Parameters = readonly (readonly [name: string, value: string])[];

interface PartBase {
  /** Where the header of the part begins, where its body begins and ends. Of the root the header begins at 0. */
  readonly headerStart: number;
  readonly bodyStart: number;
  readonly bodyEnd: number;
  /** Line feeds in the body. */
  readonly lines: number;
  /** As written; upper or lower case is the client's matter. Both empty when the field cannot be understood. */
  readonly type: string;
  readonly subtype: string;
  readonly parameters: Parameters;
  readonly id: string | null;
  readonly description: string | null;
  readonly encoding: string;
  readonly md5: string | null;
  readonly disposition: { readonly type: string; readonly parameters: Parameters } | null;
  readonly language: readonly string[];
  readonly location: string | null;
}

export interface SinglePart extends PartBase {
  readonly kind: 'single';
}
export interface Multipart extends PartBase {
  readonly kind: 'multipart';
  /** At least one; an empty one when there are none. */
  readonly parts: readonly Part[];
}
/** A message/rfc822 part: its body is a message. */
export interface MessagePart extends PartBase {
  readonly kind: 'message';
  readonly envelope: Envelope;
  readonly content: Part;
}
export type Part = SinglePart | Multipart | MessagePart;

export interface MessageStructure {
  readonly envelope: Envelope;
  readonly root: Part;
}
