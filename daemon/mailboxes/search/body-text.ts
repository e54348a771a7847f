/**
 * The text of a part from its bytes: transfer encoding undone (RFC 2045 6), charset decoded, folded for comparison. As a
 * stream, so that a part may be of any size.
 */

import type { Part } from '../structure/message-structure.ts';
import { foldText } from './fold-text.ts';
import { QuotedPrintable } from './quoted-printable.ts';

/** Null: there is no text in it, or nobody can tell how it is encoded. */
export function bodyTextOf(part: Part, pieces: Iterable<Uint8Array>): Iterable<string> | null {
  if (part.kind !== 'single' || part.subtype === '' || !/^(text|message)$/i.test(part.type)) return null;
  const decode = decoders[part.encoding.toLowerCase()];
  if (decode === undefined) return null;
  const charset = part.parameters.find(([name]) => name.toLowerCase() === 'charset')?.[1] ?? '';
  return folded(decode(pieces), textDecoder(charset));
}

type Decode = (pieces: Iterable<Uint8Array>) => Iterable<Uint8Array>;

const decoders: Readonly<Record<string, Decode>> = {
  '7bit': (pieces) => pieces,
  '8bit': (pieces) => pieces,
  binary: (pieces) => pieces,
  base64: decodeBase64,
  'quoted-printable': decodeQuotedPrintable,
};

/** What is no character of it is passed over, RFC 2045 6.8. */
function* decodeBase64(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  let left = '';
  for (const piece of pieces) {
    const text = left + latin1(piece).replace(/[^A-Za-z0-9+/]+/g, '');
    const whole = text.length - (text.length % 4);
    left = text.slice(whole);
    yield Buffer.from(text.slice(0, whole), 'base64');
  }
  yield Buffer.from(left, 'base64');
}

function* decodeQuotedPrintable(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  const decoder = new QuotedPrintable();
  for (const piece of pieces) yield decoder.decode(piece);
  yield decoder.end();
}

function* folded(pieces: Iterable<Uint8Array>, decoder: InstanceType<typeof TextDecoder>): Generator<string> {
  for (const piece of pieces) yield foldText(decoder.decode(piece, { stream: true }));
  yield foldText(decoder.decode());
}

/** Text that says it is ASCII, or what nobody knows, is UTF-8 if anything. */
function textDecoder(charset: string): InstanceType<typeof TextDecoder> {
  if (/^(us-)?ascii$/i.test(charset)) return new TextDecoder();
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
