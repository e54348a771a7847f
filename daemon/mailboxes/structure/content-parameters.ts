/**
 * Parameters of Content-Type and Content-Disposition (RFC 2045 5.1, 2183), and values cut into pieces (RFC 2231 3, 4): the
 * pieces are put together, their encoding stays, since it is the mail program that undoes it.
 */
import type { HeaderWords } from './header-words.ts';
import type { Parameters } from './message-structure.ts';

type Parameter = readonly [name: string, value: string];

/** Reads `; name=value` for as long as there are any. What cannot be understood is passed over up to the next one. */
export function parseParameters(words: HeaderWords, maxParameters: number): Parameters {
  const found: Parameter[] = [];
  while (found.length < maxParameters && toNext(words)) {
    const name = words.token();
    if (name === null) {
      if (words.comes(';') || words.atEnd) break;
      continue;
    }
    if (!words.take('=')) continue;
    const value = words.comes('"') ? words.quotedString() : (parameterValue(words) ?? '');
    if (value !== null) found.push([name, value]);
  }
  return putTogether(found);
}

function toNext(words: HeaderWords): boolean {
  while (!words.atEnd && !words.comes(';')) {
    if (words.comes('"')) words.quotedString();
    else if (words.comes('(')) words.skipSpace();
    else words.position += 1;
  }
  return words.take(';');
}

/** Some begin boundaries and encoded words with `=`, without the quotes that it asks for. */
function parameterValue(words: HeaderWords): string | null {
  if (!words.comes('=')) return words.token();
  const pattern = /[!#$%&'*+\-.0-9=?A-Z^_`a-z{|}~\x80-\xff]*/y;
  pattern.lastIndex = words.position;
  const value = pattern.exec(words.text)?.[0] ?? '';
  words.position += value.length;
  words.skipSpace();
  return value;
}

interface Pieces {
  readonly name: string;
  readonly byNumber: Map<number, string>;
  readonly originals: Parameter[];
  encoded: boolean;
  /** The first piece, which says charset and language, is. */
  firstEncoded: boolean;
}

/** RFC 2231: `name*0=a; name*1*=b` is one parameter, `name*` when a piece of it is percent encoded. */
function putTogether(parameters: readonly Parameter[]): Parameter[] {
  const plain: Parameter[] = [];
  const cut = new Map<string, Pieces>();
  for (const parameter of parameters) {
    const piece = /^([^*]+)(?:\*(\d{1,3}))?(\*)?$/.exec(parameter[0]);
    const [, name = '', number, star] = piece ?? [];
    if (piece === null || (number === undefined && star === undefined)) {
      plain.push(parameter);
      continue;
    }
    const key = name.toLowerCase();
    const pieces: Pieces = cut.get(key) ?? {
      name,
      byNumber: new Map(),
      originals: [],
      encoded: false,
      firstEncoded: false,
    };
    cut.set(key, pieces);
    pieces.byNumber.set(Number(number ?? 0), parameter[1]);
    pieces.originals.push(parameter);
    if (star !== undefined) {
      pieces.encoded = true;
      pieces.firstEncoded ||= Number(number ?? 0) === 0;
    }
  }
  const names = [...cut.keys()].sort();
  return [...plain, ...names.flatMap((name) => joined(cut.get(name)))];
}

/** With a piece missing or there twice nobody can tell what was meant: then they are as they came. */
function joined(pieces: Pieces | undefined): Parameter[] {
  if (pieces === undefined) return [];
  const { name, byNumber, originals, encoded, firstEncoded } = pieces;
  const values: string[] = [];
  for (let number = 0; number < originals.length; number += 1) {
    const value = byNumber.get(number);
    if (value === undefined) return originals;
    values.push(value);
  }
  if (!encoded) return [[name, values.join('')]];
  // RFC 2231 4: charset and language may be empty, but their marks may not be missing.
  return [[`${name}*`, `${firstEncoded ? '' : "''"}${values.join('')}`]];
}
