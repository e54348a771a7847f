/** What to search for: the keys of IMAP SEARCH (RFC 3501 6.4.4, 4731, 5032 WITHIN, 7162 MODSEQ) as a tree. */
import type { UidRange } from '../uid-set.ts';

export type SearchKey =
  | { readonly key: 'all' }
  | { readonly key: 'and'; readonly keys: readonly SearchKey[] }
  | { readonly key: 'or'; readonly keys: readonly [SearchKey, SearchKey] }
  | { readonly key: 'not'; readonly of: SearchKey }
  /** All of these bits of {@link flagBits} are set, or none of them. */
  | { readonly key: 'flag'; readonly bit: number; readonly set: boolean }
  | { readonly key: 'keyword'; readonly keyword: string; readonly set: boolean }
  | { readonly key: 'recent'; readonly set: boolean }
  /** Sequence numbers and UIDs; `*` is {@link UidRange}'s Infinity. */
  | { readonly key: 'sequence'; readonly ranges: readonly UidRange[] }
  | { readonly key: 'uid'; readonly ranges: readonly UidRange[] }
  /** Whole messages as a client gets them, in bytes; strictly larger, strictly smaller. */
  | { readonly key: 'larger' | 'smaller'; readonly bytes: number }
  /** Of the internal date (a day, UTC, `YYYY-MM-DD`), or of the Date header without regard to its time zone. */
  | {
      readonly key: 'before' | 'on' | 'since' | 'sentbefore' | 'senton' | 'sentsince';
      readonly day: string;
    }
  /** WITHIN: the internal date is less, or more, than so many seconds ago. */
  | { readonly key: 'younger' | 'older'; readonly seconds: number }
  | { readonly key: 'modseq'; readonly least: number }
  /** A header field (name in lower case) holds the text, decoded, whatever its case; an empty text: the field is there. */
  | { readonly key: 'header'; readonly name: string; readonly text: string }
  | { readonly key: 'body' | 'text'; readonly text: string };
