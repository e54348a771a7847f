/**
 * Looks for texts in contents: what the content thread does for SEARCH. HEADER looks into the header of the message, BODY
 * into the texts in it, TEXT into these and all headers, those of parts included; as Dovecot does.
 */

import type { ContentKey, ContentSource, SearchAnswer, SearchJob } from '../contents/content-jobs.ts';
import { contentPieces, contentRange } from '../contents/content-pieces.ts';
import type { Part } from '../structure/message-structure.ts';
import { StructureParser } from '../structure/structure-of.ts';
import { bodyTextOf } from './body-text.ts';
import { foldText } from './fold-text.ts';
import { headerFieldsIn } from './header-text.ts';
import { readable } from './search-texts.ts';
import { TextFinder } from './text-finder.ts';

/** Of a header that is longer this much is looked into. */
const maxHeaderBytes = 1024 * 1024;

type Searched = SearchJob['contents'][number];

export function searchContents({ keys, contents }: SearchJob): SearchAnswer {
  const wanted = keys.map((key) => ({ ...key, text: foldText(key.text) }));
  return contents.flatMap((content) => {
    const matches = matchesIn(content, wanted);
    return matches.length === 0 ? [] : [{ uid: content.uid, matches }];
  });
}

/** A file that cannot be read has nothing in it. */
function matchesIn(content: Searched, keys: readonly ContentKey[]): readonly number[] {
  try {
    return [...headerMatches(content, keys), ...textMatches(content, keys)];
  } catch {
    return [];
  }
}

function headerMatches(content: Searched, keys: readonly ContentKey[]): readonly number[] {
  const left = new Map(keys.flatMap((key, i) => (key.key === 'header' ? [[i, key] as const] : [])));
  if (left.size === 0) return [];
  const found: number[] = [];
  for (const { name, value } of headerFieldsIn(content.headers + headerOf(content))) {
    for (const [i, key] of left) {
      if (key.name !== name || !readable(value).includes(key.text)) continue;
      found.push(i);
      left.delete(i);
    }
  }
  return found;
}

function headerOf(content: ContentSource): string {
  let header = '';
  for (const piece of contentPieces(content)) {
    header += Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1');
    if (header.length >= maxHeaderBytes || /^\r?\n|\n\r?\n/.test(header)) break;
  }
  return header.slice(0, maxHeaderBytes);
}

function textMatches(content: Searched, keys: readonly ContentKey[]): readonly number[] {
  const of = (kind: 'body' | 'text') =>
    keys.flatMap((key, i) => (key.key === kind ? [[i, key.text] as const] : []));
  const body = new TextFinder(of('body'));
  const text = new TextFinder(of('text'));
  if (!body.done || !text.done) {
    text.add(headerText(content.headers));
    const parser = new StructureParser();
    for (const piece of contentPieces(content)) parser.write(piece);
    searchPart(content, parser.end().root, body, text);
  }
  return [...body.found, ...text.found];
}

/** Recurses as deep as structures go, which is bounded. */
function searchPart(content: ContentSource, part: Part, body: TextFinder, text: TextFinder): void {
  if (body.done && text.done) return;
  if (!text.done) text.add(partHeaderText(content, part));
  switch (part.kind) {
    case 'multipart':
      for (const one of part.parts) searchPart(content, one, body, text);
      return;
    case 'message':
      searchPart(content, part.content, body, text);
      return;
    case 'single':
      searchBody(content, part, body, text);
  }
}

function searchBody(content: ContentSource, part: Part, body: TextFinder, text: TextFinder): void {
  body.cut();
  for (const piece of bodyTextOf(part, contentRange(content, part.bodyStart, part.bodyEnd)) ?? []) {
    body.add(piece);
    text.add(piece);
    if (body.done && text.done) return;
  }
}

function partHeaderText(content: ContentSource, { headerStart, bodyStart }: Part): string {
  let header = '';
  for (const piece of contentRange(content, headerStart, Math.min(bodyStart, headerStart + maxHeaderBytes)))
    header += Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1');
  return `${headerText(header)}\r\n`;
}

/** As a person reads it, a line a field. */
function headerText(header: string): string {
  let text = '';
  for (const { name, value } of headerFieldsIn(header)) text += `${name}: ${readable(value)}\r\n`;
  return text;
}
