/**
 * bcrypt and Argon2 (RFC 9106), checked by native code on threads of its own. The packages are loaded when a hash first
 * asks for them; on a machine for which they are not built, such hashes are refused and nothing else is.
 */
import { errorText, MaildError } from '../../errors.ts';
import { type HashScheme, tooMuchWork } from './hash-scheme.ts';

/** 2^14 rounds of bcrypt take more than a second. */
const maxBcryptCost = 14;
const maxArgonKiB = 256 * 1024;
/** Memory times passes, in KiB. */
const maxArgonWork = 1024 * 1024;
const maxArgonLanes = 16;

const bcryptForm = /^\$2[abxy]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const argonForm =
  /^\$(argon2id?)\$(?:v=19\$)?m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,3})\$[A-Za-z0-9+/]{11,128}\$[A-Za-z0-9+/]{16,128}$/;

interface Bcrypt {
  verify(password: Buffer, hash: string): Promise<boolean>;
}
interface Argon2 {
  verify(hash: string, password: Buffer): Promise<boolean>;
}
const loadBcrypt = (): Promise<Bcrypt> => loaded('@node-rs/bcrypt');
const loadArgon2 = (): Promise<Argon2> => loaded('@node-rs/argon2');

const bcrypt: HashScheme = {
  name: 'BLF-CRYPT',
  aliases: ['BCRYPT'],
  // `$2x$` is made by an old library that takes 8-bit characters wrongly.
  read: (text) => (bcryptForm.test(text) && !text.startsWith('$2x$') ? text : null),
  refusal: (hash) => (Number(bcryptForm.exec(hash)?.[1]) > maxBcryptCost ? tooMuchWork : null),
  prepare: loadBcrypt,
  async verify(password, hash) {
    const { verify } = await loadBcrypt();
    // `$2y$` is what `$2b$` is, under the name that PHP and Dovecot gave it.
    return verify(password, hash.replace(/^\$2y\$/, '$2b$'));
  },
};

const argon2 = (name: string, kind: 'argon2i' | 'argon2id', aliases: readonly string[] = []): HashScheme => ({
  name,
  aliases,
  read: (text) => (argonForm.exec(text)?.[1] === kind ? text : null),
  refusal(hash) {
    const [, , memory, passes, lanes] = argonForm.exec(hash)?.map(Number) ?? [];
    if (memory === undefined || passes === undefined || lanes === undefined) return tooMuchWork;
    const fits = memory <= maxArgonKiB && memory * passes <= maxArgonWork && lanes <= maxArgonLanes;
    return fits ? null : tooMuchWork;
  },
  prepare: loadArgon2,
  async verify(password, hash) {
    const { verify } = await loadArgon2();
    return verify(hash, password);
  },
});

export const nativeSchemes: readonly HashScheme[] = [
  bcrypt,
  argon2('ARGON2I', 'argon2i'),
  argon2('ARGON2ID', 'argon2id', ['ARGON2']),
];

async function loaded<T>(name: string): Promise<T> {
  try {
    return await import(/* @vite-ignore */ name);
  } catch (cause) {
    throw new MaildError('login.unsupported_scheme', `no ${name} on this machine: ${errorText(cause)}`, {
      temporary: true,
      cause,
    });
  }
}
