/**
 * Passwords at rest: salted scrypt (RFC 7914) in the string format of PHC, `$scrypt$ln=15,r=8,p=1$salt$hash` with
 * base64 without padding. A check costs about 100 ms of one core and 32 MiB, on a thread of its own.
 */
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

const cost = 15;
const blockSize = 8;
const parallelization = 1;
const saltBytes = 16;
const hashBytes = 32;
/** A stored string that asks for more is damaged or forged: 2^20 takes 1 GiB. */
const maxCost = 18;
const maxBlockSize = 16;

/** More makes no password better, and must not be hashed for everybody who sends it. */
const maxPasswordChars = 512;

const format = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d)\$([A-Za-z0-9+/]{8,128})\$([A-Za-z0-9+/]{16,128})$/;

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const hash = await derive(password, salt, hashBytes, cost, blockSize, parallelization);
  return encode(salt, hash);
}

/**
 * Whether this can be a password. scrypt takes it as an HMAC key, and to HMAC (RFC 2104) a key with NULs behind it is
 * the same key: `secret` and `secret\0` would be one password. SASL PLAIN (RFC 4616) has no NUL either.
 */
export const isUsablePassword = (password: string): boolean =>
  password.length > 0 && password.length <= maxPasswordChars && !password.includes('\0');

/** False also for a string that is no such hash. */
export async function verifyPassword(password: string, encoded: string): Promise<boolean> {
  const [, ln, r, p, salt, hash] = format.exec(encoded) ?? [];
  if (salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, 'base64');
  const [n, blocks, lanes] = [Number(ln), Number(r), Number(p)];
  if (n < 1 || n > maxCost || blocks < 1 || blocks > maxBlockSize || lanes < 1) return false;
  const actual = await derive(password, Buffer.from(salt, 'base64'), expected.length, n, blocks, lanes);
  return timingSafeEqual(actual, expected);
}

/** A hash that no password fits, and that costs as much to find out. */
export const unmatchableHash = (): string => encode(randomBytes(saltBytes), randomBytes(hashBytes));

function encode(salt: Buffer, hash: Buffer): string {
  return `$scrypt$ln=${cost},r=${blockSize},p=${parallelization}$${plainBase64(salt)}$${plainBase64(hash)}`;
}

const plainBase64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

function derive(
  password: string,
  salt: Buffer,
  length: number,
  ln: number,
  r: number,
  p: number,
): Promise<Buffer> {
  const options: ScryptOptions = { N: 2 ** ln, r, p, maxmem: 2 ** ln * r * 128 * p + 1_048_576 };
  return new Promise((resolve, reject) => {
    // NFKC: the same password from a phone and a desktop may be composed differently (RFC 8265).
    scrypt(password.normalize('NFKC'), salt, length, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}
