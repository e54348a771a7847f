/**
 * crypt(3) with SHA-256 and SHA-512, `$5$` and `$6$`, after "Unix crypt using SHA-256 and SHA-512" (U. Drepper, 2007):
 * what /etc/shadow has had for many years. The numbered comments are the steps of that text.
 */
import { hash as digest, timingSafeEqual } from 'node:crypto';
import { Breather } from './breather.ts';
import { cryptText } from './crypt-alphabet.ts';
import { type HashScheme, tooMuchWork } from './hash-scheme.ts';

const defaultRounds = 5_000;
const minRounds = 1_000;
/** About two seconds of one core; the text allows 999,999,999. */
const maxRounds = 1_000_000;
const maxSaltChars = 16;

interface Kind {
  readonly name: string;
  readonly prefix: '$5$' | '$6$';
  readonly algorithm: 'sha256' | 'sha512';
  readonly hashChars: number;
  /** Step 22: in which order the bytes are written. */
  readonly groups: readonly (readonly number[])[];
}

/** Groups of three bytes a third of the digest apart, turned by one place from each to the next. */
function turnedGroups(thirds: number, turn: (group: readonly number[]) => readonly number[]): number[][] {
  const groups: number[][] = [];
  let group: readonly number[] = [0, thirds, thirds * 2];
  for (let n = 0; n < thirds; n += 1) {
    groups.push([...group]);
    group = turn(group).map((place) => place + 1);
  }
  return groups;
}

const kinds: readonly Kind[] = [
  {
    name: 'SHA256-CRYPT',
    prefix: '$5$',
    algorithm: 'sha256',
    hashChars: 43,
    groups: [...turnedGroups(10, ([a = 0, b = 0, c = 0]) => [c, a, b]), [31, 30]],
  },
  {
    name: 'SHA512-CRYPT',
    prefix: '$6$',
    algorithm: 'sha512',
    hashChars: 86,
    groups: [...turnedGroups(21, ([a = 0, b = 0, c = 0]) => [b, c, a]), [63]],
  },
];

export const shaCryptSchemes: readonly HashScheme[] = kinds.map((kind) => {
  const form = new RegExp(
    `^\\${kind.prefix.slice(0, 2)}\\$(?:rounds=(\\d{1,9})\\$)?([^$:\\n]{0,64})\\$([./0-9A-Za-z]{${kind.hashChars}})$`,
  );
  return {
    name: kind.name,
    read: (text) => (form.test(text) ? text : null),
    refusal: (hash) => (Number(form.exec(hash)?.[1] ?? defaultRounds) > maxRounds ? tooMuchWork : null),
    async verify(password, hash) {
      const [, rounds, salt = '', expected = ''] = form.exec(hash) ?? [];
      const asked = rounds === undefined ? defaultRounds : Math.max(Number(rounds), minRounds);
      const actual = await shaCrypt(password, Buffer.from(salt).subarray(0, maxSaltChars), asked, kind);
      return timingSafeEqual(Buffer.from(actual), Buffer.from(expected));
    },
  };
});

async function shaCrypt(password: Buffer, salt: Buffer, rounds: number, kind: Kind): Promise<string> {
  const sum = (...parts: readonly Buffer[]): Buffer => digest(kind.algorithm, Buffer.concat(parts), 'buffer');
  // 4-8: digest B.
  const b = sum(password, salt, password);
  // 1-3, 9-12: digest A; the length of the password, bit by bit, says what comes in.
  const parts = [password, salt, repeated(b, password.length)];
  for (let bits = password.length; bits > 0; bits >>>= 1) parts.push(bits % 2 === 1 ? b : password);
  let a = sum(...parts);
  // 13-16 and 17-20: the sequences P and S.
  const p = repeated(sum(repeated(password, password.length ** 2)), password.length);
  const s = repeated(sum(repeated(salt, salt.length * (16 + (a[0] ?? 0)))), salt.length);
  // 21: the rounds.
  const breather = new Breather();
  for (let round = 0; round < rounds; round += 1) {
    const odd = round % 2 === 1;
    const mixed = [odd ? p : a];
    if (round % 3 !== 0) mixed.push(s);
    if (round % 7 !== 0) mixed.push(p);
    mixed.push(odd ? a : p);
    a = sum(...mixed);
    const pause = breather.after(round);
    if (pause !== null) await pause;
  }
  return cryptText(a, kind.groups);
}

/** So many bytes, the same ones over and over. */
const repeated = (bytes: Buffer, length: number): Buffer =>
  length === 0 || bytes.length === 0 ? Buffer.alloc(0) : Buffer.alloc(length, bytes);
