/** Writes DER (X.690), as far as a certificate needs it: each function answers one encoded value. */

const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
};

/** X.690 8.1.3: one byte up to 127, otherwise the number of bytes that follow, then those. */
function encode(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = Buffer.from(
    length.toString(16).padStart(length > 0xffff ? 6 : length > 0xff ? 4 : 2, '0'),
    'hex',
  );
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length]), bytes, content]);
}

export const sequence = (...items: readonly Uint8Array[]): Buffer =>
  encode(tags.sequence, Buffer.concat(items));
export const set = (...items: readonly Uint8Array[]): Buffer => encode(tags.set, Buffer.concat(items));
export const octetString = (content: Uint8Array): Buffer => encode(tags.octetString, content);
export const utf8String = (text: string): Buffer => encode(tags.utf8, Buffer.from(text, 'utf8'));
export const booleanTrue = (): Buffer => encode(tags.boolean, Buffer.from([0xff]));

/** A whole number from its bytes, not negative whatever the first bit. */
export const unsignedInteger = (bytes: Uint8Array): Buffer =>
  encode(tags.integer, (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);

/** All bits used: the leading byte counts the unused ones. */
export const bitString = (content: Uint8Array): Buffer =>
  encode(tags.bitString, Buffer.concat([Buffer.from([0]), content]));

/** `[n]` around or in place of another tag: constructed when it holds encoded values. */
export const contextTag = (n: number, content: Uint8Array, constructed: boolean): Buffer =>
  encode(0x80 | (constructed ? 0x20 : 0) | n, content);

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const digits = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) digits.unshift(0x80 | (left & 0x7f));
    bytes.push(...digits);
  }
  return encode(tags.oid, Buffer.from(bytes));
}

/** RFC 5280 4.1.2.5: UTCTime through 2049, GeneralizedTime from then on; both without fractions. */
export function time(ms: number): Buffer {
  const date = new Date(ms);
  const text = date.toISOString().replace(/[-:T]|\.\d+/g, '');
  return date.getUTCFullYear() < 2050
    ? encode(tags.utcTime, Buffer.from(text.slice(2)))
    : encode(tags.generalizedTime, Buffer.from(text));
}
