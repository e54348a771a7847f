/** Encoded words in header text (RFC 2047) to the text they stand for. Bounded, and never an error: what is no encoded word stays. */

const encodedWord = /=\?([\w.:+-]{1,40})(?:\*[\w-]{0,20})?\?([bq])\?([^\s?]*)\?=/gi;
/** White space between two encoded words is not part of the text (RFC 2047 6.2). */
const betweenWords = /(\?=)[ \t]+(?==\?[\w.:+-]{1,40}(?:\*[\w-]{0,20})?\?[bq]\?)/gi;

/** `text` is a header's value as it stood on the wire, one character per byte, unfolded. */
export function decodeHeaderText(text: string): string {
  return text.includes('=?')
    ? decodeRaw(text)
        .replace(betweenWords, '$1')
        .replace(encodedWord, (word, charset: string, encoding: string, payload: string) => {
          const bytes = encoding.toLowerCase() === 'b' ? Buffer.from(payload, 'base64') : decodeQ(payload);
          return decodeBytes(bytes, charset) ?? word;
        })
    : decodeRaw(text);
}

/** Bytes above 127 that nobody declared: UTF-8 (RFC 6532) when they are that, otherwise Latin-1. */
function decodeRaw(text: string): string {
  if (!/[\x80-\xff]/.test(text)) return text;
  const bytes = Buffer.from(text, 'latin1');
  const decoded = bytes.toString('utf8');
  return decoded.includes('\ufffd') ? text : decoded;
}

function decodeQ(payload: string): Buffer {
  const raw = payload
    .replaceAll('_', ' ')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(raw, 'latin1');
}

function decodeBytes(bytes: Buffer, charset: string): string | null {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return null;
  }
}
