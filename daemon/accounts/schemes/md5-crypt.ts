/**
 * crypt(3) with MD5, `$1$`, as FreeBSD brought it and old /etc/shadow files have it; and `$apr1$`, the same under another
 * name, of Apache's htpasswd. Weak, and therefore replaced at the first login.
 */
import { hash as digest, timingSafeEqual } from 'node:crypto';
import { Breather } from './breather.ts';
import { cryptText } from './crypt-alphabet.ts';
import type { HashScheme } from './hash-scheme.ts';

const rounds = 1_000;
const form = /^(\$1\$|\$apr1\$)([^$:\n]{0,8})\$([./0-9A-Za-z]{22})$/;
/** In which order the bytes are written. */
const groups = [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5], [11]];

export const md5CryptScheme: HashScheme = {
  name: 'MD5-CRYPT',
  aliases: ['MD5'],
  read: (text) => (form.test(text) ? text : null),
  async verify(password, hash) {
    const [, magic = '', salt = '', expected = ''] = form.exec(hash) ?? [];
    const actual = await md5Crypt(password, Buffer.from(magic), Buffer.from(salt));
    return timingSafeEqual(Buffer.from(actual), Buffer.from(expected));
  },
};

async function md5Crypt(password: Buffer, magic: Buffer, salt: Buffer): Promise<string> {
  const sum = (...parts: readonly Buffer[]): Buffer => digest('md5', Buffer.concat(parts), 'buffer');
  const inner = sum(password, salt, password);
  const parts = [password, magic, salt];
  for (let left = password.length; left > 0; left -= 16) parts.push(inner.subarray(0, Math.min(16, left)));
  // Its author took the first byte of a buffer that had just been cleared; so it has been ever since.
  const nul = Buffer.alloc(1);
  for (let bits = password.length; bits > 0; bits >>>= 1) {
    parts.push(bits % 2 === 1 ? nul : password.subarray(0, 1));
  }
  let last = sum(...parts);
  const breather = new Breather();
  for (let round = 0; round < rounds; round += 1) {
    const odd = round % 2 === 1;
    const mixed = [odd ? password : last];
    if (round % 3 !== 0) mixed.push(salt);
    if (round % 7 !== 0) mixed.push(password);
    mixed.push(odd ? last : password);
    last = sum(...mixed);
    const pause = breather.after(round);
    if (pause !== null) await pause;
  }
  return cryptText(last, groups);
}
