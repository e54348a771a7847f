/**
 * One round of a digest, with a salt behind it or without one: SSHA and its like, as LDAP servers (RFC 2307) and Dovecot
 * keep them. Stored as base64 of the digest and the salt, whatever the file had.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { base64Bytes, type HashEncoding, type HashScheme, hexBytes } from './hash-scheme.ts';

/** Longer ones are no salts. */
const maxSaltBytes = 64;

interface Digest {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly algorithm: 'md5' | 'sha1' | 'sha256' | 'sha512';
  readonly digestBytes: number;
  readonly salted: boolean;
}

const digests: readonly Digest[] = [
  { name: 'PLAIN-MD5', algorithm: 'md5', digestBytes: 16, salted: false },
  { name: 'LDAP-MD5', algorithm: 'md5', digestBytes: 16, salted: false },
  { name: 'SMD5', algorithm: 'md5', digestBytes: 16, salted: true },
  { name: 'SHA', aliases: ['SHA1'], algorithm: 'sha1', digestBytes: 20, salted: false },
  { name: 'SSHA', algorithm: 'sha1', digestBytes: 20, salted: true },
  { name: 'SHA256', algorithm: 'sha256', digestBytes: 32, salted: false },
  { name: 'SSHA256', algorithm: 'sha256', digestBytes: 32, salted: true },
  { name: 'SHA512', algorithm: 'sha512', digestBytes: 64, salted: false },
  { name: 'SSHA512', algorithm: 'sha512', digestBytes: 64, salted: true },
];

export const digestSchemes: readonly HashScheme[] = digests.map((digest) => ({
  name: digest.name,
  ...(digest.aliases && { aliases: digest.aliases }),
  read(text, encoding) {
    const bytes = digestAndSalt(text, encoding, digest);
    if (bytes === null) return null;
    const saltBytes = bytes.length - digest.digestBytes;
    const fits = digest.salted ? saltBytes > 0 && saltBytes <= maxSaltBytes : saltBytes === 0;
    return fits ? bytes.toString('base64') : null;
  },
  async verify(password, hash) {
    const bytes = Buffer.from(hash, 'base64');
    const expected = bytes.subarray(0, digest.digestBytes);
    const salt = bytes.subarray(digest.digestBytes);
    const actual = createHash(digest.algorithm).update(password).update(salt).digest();
    return actual.length === expected.length && timingSafeEqual(actual, expected);
  },
}));

/** What is twice as long as the digest in hex digits is hex, as Dovecot takes it; everything else base64. */
function digestAndSalt(text: string, encoding: HashEncoding | null, { digestBytes }: Digest): Buffer | null {
  if (encoding === 'hex') return hexBytes(text);
  if (encoding === null && text.length === digestBytes * 2) return hexBytes(text) ?? base64Bytes(text);
  return base64Bytes(text);
}
