/** What FETCH can ask for (RFC 3501 6.4.5, 7162 3.1.4.2), as data. */

/** `part` and `text` of `BODY[1.2.HEADER.FIELDS (From)]<0.100>`. */
export interface FetchSection {
  readonly item: 'section';
  /** The name that the answer has: what is asked for by another name is a section all the same. */
  readonly name: 'BODY' | 'RFC822' | 'RFC822.HEADER' | 'RFC822.TEXT';
  /** Leaves \Seen alone. RFC822.HEADER does so too. */
  readonly peek: boolean;
  /** Numbers of parts, from 1; empty: the message. */
  readonly part: readonly number[];
  /** Null: all of the part. */
  readonly text: 'HEADER' | 'HEADER.FIELDS' | 'HEADER.FIELDS.NOT' | 'TEXT' | 'MIME' | null;
  /** As written, because the answer repeats them; empty but for HEADER.FIELDS and HEADER.FIELDS.NOT. */
  readonly fields: readonly string[];
  /** Bytes. */
  readonly partial: { readonly offset: number; readonly length: number } | null;
}

export type FetchItem =
  | {
      readonly item:
        | 'FLAGS'
        | 'UID'
        | 'MODSEQ'
        | 'INTERNALDATE'
        | 'RFC822.SIZE'
        | 'ENVELOPE'
        | 'BODY'
        | 'BODYSTRUCTURE';
    }
  | FetchSection;
