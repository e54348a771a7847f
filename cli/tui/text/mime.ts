/**
 * Enough of MIME to read a message on a screen: header fields (RFC 5322 2.2), encoded words (RFC 2047), transfer
 * encodings and parts (RFC 2045, 2046). Everything is bounded and nothing is trusted: what cannot be decoded is shown
 * as it is.
 */

export interface HeaderField {
  readonly name: string;
  /** Unfolded. */
  readonly value: string;
}

export interface MessageParts {
  readonly fields: readonly HeaderField[];
  readonly body: Buffer;
}

/** A message with more is shown without the others. */
const maxFields = 500;

export function splitMessage(bytes: Buffer): MessageParts {
  const source = bytes.toString('latin1');
  const end = /\r?\n\r?\n/.exec(source);
  const head = bytes.subarray(0, end?.index ?? bytes.length).toString('utf8');
  const unfolded = head.replace(/\r?\n(?=[ \t])/g, '');
  const fields = unfolded
    .split(/\r?\n/, maxFields)
    .map((text) => {
      const colon = text.indexOf(':');
      return { name: text.slice(0, colon), value: text.slice(colon + 1).trim() };
    })
    .filter(({ name }) => name !== '');
  return { fields, body: end ? bytes.subarray(end.index + end[0].length) : Buffer.alloc(0) };
}

export const fieldOf = (fields: readonly HeaderField[], name: string): string =>
  fields.find((field) => field.name.toLowerCase() === name)?.value ?? '';

/** `text/plain; charset="utf-8"` */
export function mediaType(value: string): {
  readonly type: string;
  readonly parameter: (name: string) => string;
} {
  const [type = ''] = value.split(';');
  return {
    type: type.trim().toLowerCase() || 'text/plain',
    parameter: (name) => {
      const found = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^\\s;]+))`, 'i').exec(value);
      return found?.[1] ?? found?.[2] ?? '';
    },
  };
}

export function decodedText(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset || 'utf-8').decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}

export function decodedTransfer(body: Buffer, encoding: string): Buffer {
  switch (encoding.trim().toLowerCase()) {
    case 'base64':
      return Buffer.from(body.toString('latin1').replace(/[^A-Za-z0-9+/=]/g, ''), 'base64');
    case 'quoted-printable':
      return unquoted(body.toString('latin1').replace(/=[ \t]*\r?\n/g, ''));
    default:
      return body;
  }
}

const unquoted = (text: string): Buffer =>
  Buffer.from(
    text.replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );

const encodedWord = /=\?([\w-]+)(?:\*[\w-]*)?\?([bq])\?([^?\s]*)\?=/gi;

/** Blanks between two encoded words are not part of the text (RFC 2047 6.2). */
export const decodedWords = (value: string): string =>
  value
    .replace(/(\?=)\s+(?==\?[\w-]+(?:\*[\w-]*)?\?[bq]\?)/gi, '$1')
    .replace(encodedWord, (_, charset: string, how: string, text: string) =>
      decodedText(
        how.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : unquoted(text.replaceAll('_', ' ')),
        charset,
      ),
    );

/** Depth and number of parts that are looked at; more is an attack or nothing to read. */
const maxDepth = 10;
const maxParts = 100;

export interface Part {
  readonly type: string;
  readonly charset: string;
  readonly fileName: string;
  readonly content: Buffer;
}

/** The parts that are no containers, in their order. */
export function leafParts({ fields, body }: MessageParts, depth = 0): readonly Part[] {
  const { type, parameter } = mediaType(fieldOf(fields, 'content-type'));
  const boundary = parameter('boundary');
  if (type.startsWith('multipart/') && boundary !== '' && depth < maxDepth)
    return betweenBoundaries(body, boundary)
      .flatMap((part) => leafParts(splitMessage(part), depth + 1))
      .slice(0, maxParts);
  const disposition = mediaType(fieldOf(fields, 'content-disposition'));
  return [
    {
      type,
      charset: parameter('charset'),
      fileName: decodedWords(disposition.parameter('filename') || parameter('name')),
      content: decodedTransfer(body, fieldOf(fields, 'content-transfer-encoding')),
    },
  ];
}

function betweenBoundaries(body: Buffer, boundary: string): readonly Buffer[] {
  const parts: Buffer[] = [];
  const delimiter = Buffer.from(`--${boundary}`);
  let start = -1;
  for (let at = body.indexOf(delimiter); at !== -1; at = body.indexOf(delimiter, at + delimiter.length)) {
    // A delimiter stands at the beginning of a line (RFC 2046 5.1.1).
    if (at > 0 && body[at - 1] !== 0x0a) continue;
    if (start !== -1) parts.push(body.subarray(start, at));
    if (
      parts.length >= maxParts ||
      body.toString('latin1', at + delimiter.length, at + delimiter.length + 2) === '--'
    )
      return parts;
    const lineEnd = body.indexOf(0x0a, at);
    if (lineEnd === -1) return parts;
    start = lineEnd + 1;
  }
  // Cut off, or never closed.
  return start === -1 ? parts : [...parts, body.subarray(start)];
}
