/** What the content thread is asked and what it answers; see content-thread.ts and content-worker.ts. */
import type { SearchKey } from '../search/search-key.ts';
import type { SearchTexts } from '../search/search-texts.ts';

/** Exactly one of the two: bytes, or an absolute path. */
export interface ContentSource {
  readonly contentId: number;
  readonly bytes: Uint8Array | null;
  readonly path: string | null;
}

export interface FoundStructure {
  readonly contentId: number;
  /** MessageStructure as JSON. */
  readonly structure: string;
  readonly texts: SearchTexts;
}

/** A content that cannot be read, a file that has gone since. */
export interface Unreadable {
  readonly contentId: number;
  readonly error: string;
}

export interface StructureJob {
  readonly kind: 'structures';
  readonly contents: readonly ContentSource[];
}
export type StructureAnswer = readonly (FoundStructure | Unreadable)[];

export interface SearchJob {
  readonly kind: 'search';
  readonly keys: readonly ContentKey[];
  /** With the delivery headers, which a client gets before the content. */
  readonly contents: readonly (ContentSource & { readonly uid: number; readonly headers: string })[];
}
export type ContentKey = Extract<SearchKey, { readonly key: 'header' | 'body' | 'text' }>;

/** Of those in which something was found: which keys, by their position. */
export type SearchAnswer = readonly { readonly uid: number; readonly matches: readonly number[] }[];
