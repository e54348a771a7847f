/**
 * Password hashes that were made elsewhere: how they stand in files of users (`{SSHA}...`, `$6$...`), how they are stored
 * (`{SCHEME}hash`, in one spelling), and how a password is checked against them. At its owner's first login such a hash is
 * replaced by one of ours; see password-check.ts.
 */
import { derivedKeySchemes } from './schemes/derived-key-schemes.ts';
import { digestSchemes } from './schemes/digest-schemes.ts';
import type { HashEncoding, HashScheme } from './schemes/hash-scheme.ts';
import { md5CryptScheme } from './schemes/md5-crypt.ts';
import { nativeSchemes } from './schemes/native-schemes.ts';
import { shaCryptSchemes } from './schemes/sha-crypt.ts';

/** What a field of a password file comes to. */
export type ImportedPassword =
  | { readonly kind: 'hash'; readonly scheme: string; readonly stored: string }
  /** It was in the clear; it is hashed at once and never stored. */
  | { readonly kind: 'plain'; readonly scheme: string; readonly password: string }
  /** Nobody can log in with it: `*`, `!`. */
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly scheme: string | null; readonly reason: string };

/** Those that crypt(3) tells apart by how a hash begins. */
const cryptSchemes: readonly HashScheme[] = [...shaCryptSchemes, md5CryptScheme, ...nativeSchemes];
const schemes: readonly HashScheme[] = [...cryptSchemes, ...digestSchemes, ...derivedKeySchemes];
const byName = new Map(
  schemes.flatMap((scheme) =>
    [scheme.name, ...(scheme.aliases ?? [])].map((name) => [name, scheme] as const),
  ),
);
const plainNames = new Set(['PLAIN', 'CLEAR', 'CLEARTEXT', 'PLAIN-TRUNC']);

/** Known, and not to be checked here, each with what can be said of it. */
const refusedNames: Readonly<Record<string, string>> = {
  'DES-CRYPT': 'it holds eight characters of the password only',
  'CRAM-MD5': 'it is as good as the password itself to whoever has it',
  'HMAC-MD5': 'it is as good as the password itself to whoever has it',
  'DIGEST-MD5': 'it is as good as the password itself to whoever has it',
  OTP: 'its passwords are for one login each',
  SKEY: 'its passwords are for one login each',
  'PLAIN-MD4': 'MD4 is not in OpenSSL any more',
  NTLM: 'MD4 is not in OpenSSL any more',
  LANMAN: 'it holds fourteen letters of the password, without their case',
  RPA: 'it is as good as the password itself to whoever has it',
};
const refusedPrefixes: readonly (readonly [prefix: string, scheme: string])[] = [
  ['$y$', 'yescrypt'],
  ['$gy$', 'gost-yescrypt'],
  ['$7$', 'scrypt of crypt(3)'],
  ['$2x$', 'bcrypt with wrong 8-bit characters ($2x$)'],
  ['$md5', 'SunMD5'],
  ['$3$', 'NT hash of crypt(3)'],
  ['$sha1$', 'SHA1-CRYPT'],
];

/** `{SCHEME}`, `{SCHEME.b64}`, `{SCHEME.hex}`, and what follows. */
const withScheme = /^\{([A-Za-z0-9_-]{1,40})(?:\.(b64|base64|hex))?\}(.*)$/s;

/** Reads the password field of a file; without a scheme in braces it is crypt(3)'s, as in /etc/shadow. */
export async function readImportedPassword(field: string): Promise<ImportedPassword> {
  const [, name, suffix, hash] = withScheme.exec(field) ?? [];
  if (name === undefined || hash === undefined) return fromCrypt(field);
  const scheme = name.toUpperCase();
  if (plainNames.has(scheme)) return fromPlain(scheme, hash, suffix);
  if (scheme === 'CRYPT') return fromCrypt(hash);
  const known = byName.get(scheme);
  if (known === undefined) {
    return refused(scheme, refusedNames[scheme] ?? 'this scheme is not known');
  }
  return fromScheme(known, hash, suffix === undefined ? null : suffix === 'hex' ? 'hex' : 'base64');
}

/** Of a stored hash that is not ours; false also for one of a scheme that this version does not know. */
export async function verifyImported(password: string, stored: string): Promise<boolean> {
  const [, name = '', , hash = ''] = withScheme.exec(stored) ?? [];
  const scheme = byName.get(name);
  return scheme === undefined ? false : scheme.verify(Buffer.from(password), hash);
}

export const isImported = (stored: string): boolean => stored.startsWith('{');

/** `SCRYPT` for ours. */
export const schemeName = (stored: string): string =>
  isImported(stored) ? (withScheme.exec(stored)?.[1] ?? 'unknown') : 'SCRYPT';

async function fromCrypt(hash: string): Promise<ImportedPassword> {
  // `!` before a hash is how usermod -L locks an account; alone it is no hash at all, nor are `*` and `x`.
  if (/^[!*]+$/.test(hash) || hash === '' || hash === 'x') return { kind: 'none' };
  for (const scheme of cryptSchemes) {
    const read = await fromScheme(scheme, hash, null);
    if (read.kind !== 'refused' || read.reason !== notOfScheme) return read;
  }
  const [, known] = refusedPrefixes.find(([prefix]) => hash.startsWith(prefix)) ?? [];
  if (known !== undefined) return refused(known, 'it cannot be checked here');
  if (/^[./0-9A-Za-z]{13}$/.test(hash)) return refused('DES-CRYPT', refusedNames['DES-CRYPT'] ?? '');
  return refused(null, 'this is no hash that is known here');
}

const notOfScheme = 'this is no hash of that scheme';

async function fromScheme(
  scheme: HashScheme,
  text: string,
  encoding: HashEncoding | null,
): Promise<ImportedPassword> {
  const hash = scheme.read(text, encoding);
  if (hash === null) return refused(scheme.name, notOfScheme);
  const refusal = scheme.refusal?.(hash) ?? null;
  if (refusal !== null) return refused(scheme.name, refusal);
  try {
    await scheme.prepare?.();
  } catch {
    return refused(scheme.name, 'it cannot be checked on this machine');
  }
  return { kind: 'hash', scheme: scheme.name, stored: `{${scheme.name}}${hash}` };
}

function fromPlain(scheme: string, text: string, suffix: string | undefined): ImportedPassword {
  // Dovecot puts the length before what it cuts: `8-password`.
  const password = scheme === 'PLAIN-TRUNC' ? text.replace(/^\d+-/, '') : text;
  if (suffix === undefined) return { kind: 'plain', scheme, password };
  const bytes = Buffer.from(password, suffix === 'hex' ? 'hex' : 'base64');
  return { kind: 'plain', scheme, password: bytes.toString('utf8') };
}

const refused = (scheme: string | null, reason: string): ImportedPassword => ({
  kind: 'refused',
  scheme,
  reason,
});
