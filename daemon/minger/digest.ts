/** The proof that a query knows a shared secret: base64(MD5(secret:mailbox)). draft-hathcock-minger-06. */
import { createHash, timingSafeEqual } from 'node:crypto';

const hash = (secret: string, mailbox: string): Buffer =>
  createHash('md5').update(`${secret}:${mailbox}`).digest();

export const makeDigest = (secret: string, mailbox: string): string =>
  hash(secret, mailbox).toString('base64');

/** Takes the same time whichever secret fits, or none. */
export function digestFits(secrets: readonly string[], mailbox: string, digest: string): boolean {
  const given = Buffer.from(digest, 'base64');
  let fits = false;
  for (const secret of secrets) {
    const wanted = hash(secret, mailbox);
    if (given.length === wanted.length && timingSafeEqual(given, wanted)) fits = true;
  }
  return fits;
}
