/**
 * Keys derived with PBKDF2 (RFC 8018): Dovecot's own form of it, and what servers keep for SCRAM (RFC 5802 3), from which
 * a password that is sent in the clear can be checked as well.
 */
import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { base64Bytes, type HashScheme, hexBytes, tooMuchWork } from './hash-scheme.ts';

/** A second and more of one core. */
const maxRounds = 2_000_000;

const dovecotForm = /^\$1\$([^$]{1,64})\$(\d{1,10})\$([0-9a-fA-F]{40})$/;
const scramForm = /^(\d{1,10}),([A-Za-z0-9+/=]{4,128}),([A-Za-z0-9+/=]{8,128}),([A-Za-z0-9+/=]{8,128})$/;

const roundsRefusal = (rounds: string | undefined): string | null =>
  Number(rounds) >= 1 && Number(rounds) <= maxRounds ? null : tooMuchWork;

const pbkdf2Scheme: HashScheme = {
  name: 'PBKDF2',
  read: (text) => (dovecotForm.test(text) ? text : null),
  refusal: (hash) => roundsRefusal(dovecotForm.exec(hash)?.[2]),
  async verify(password, hash) {
    const [, salt = '', rounds = '', hex = ''] = dovecotForm.exec(hash) ?? [];
    const expected = hexBytes(hex);
    if (expected === null) return false;
    const actual = await derive(password, Buffer.from(salt), Number(rounds), expected.length, 'sha1');
    return timingSafeEqual(actual, expected);
  },
};

const scramScheme = (name: string, algorithm: 'sha1' | 'sha256', bytes: number): HashScheme => ({
  name,
  read(text) {
    const [, , salt = '', storedKey = ''] = scramForm.exec(text) ?? [];
    return base64Bytes(salt) !== null && base64Bytes(storedKey)?.length === bytes ? text : null;
  },
  refusal: (hash) => roundsRefusal(scramForm.exec(hash)?.[1]),
  async verify(password, hash) {
    const [, rounds = '', salt = '', storedKey = ''] = scramForm.exec(hash) ?? [];
    const salted = await derive(password, Buffer.from(salt, 'base64'), Number(rounds), bytes, algorithm);
    const clientKey = createHmac(algorithm, salted).update('Client Key').digest();
    const expected = Buffer.from(storedKey, 'base64');
    const actual = createHash(algorithm).update(clientKey).digest();
    return actual.length === expected.length && timingSafeEqual(actual, expected);
  },
});

export const derivedKeySchemes: readonly HashScheme[] = [
  pbkdf2Scheme,
  scramScheme('SCRAM-SHA-1', 'sha1', 20),
  scramScheme('SCRAM-SHA-256', 'sha256', 32),
];

function derive(
  password: Buffer,
  salt: Buffer,
  rounds: number,
  bytes: number,
  digest: string,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    pbkdf2(password, salt, rounds, bytes, digest, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}
