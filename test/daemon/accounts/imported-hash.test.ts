/** Hashes of other servers, with those servers' own programs as the judge where they are installed. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { readImportedPassword, schemeName, verifyImported } from '../../../daemon/accounts/imported-hash.ts';

const passwords = ['secret', 'p\u00e4ss w\u00f6rd', 'x'.repeat(15), 'y'.repeat(64), 'z'.repeat(70)];

/** Of `secret`, made by doveadm 2.3 and openssl 3. */
const known: readonly (readonly [scheme: string, field: string])[] = [
  ['SHA', '{SHA1}5en6G6MezRroT3XKqkdPOmY/BfQ='],
  ['SHA', '{SHA.hex}e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4'],
  ['SSHA', '{SSHA}Qm2ykVcULKArpOyfsAyAKz+I53tfWOYT'],
  ['SSHA', '{ssha.b64}Qm2ykVcULKArpOyfsAyAKz+I53tfWOYT'],
  ['SHA256', '{SHA256}K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols='],
  ['SSHA256', '{SSHA256}yLEHZjhAfM/3iPtZ/G17Y6Nrevi2nMHb3W0sDgBM4MTB2wWE'],
  [
    'SSHA512',
    '{SSHA512}NqM5Idusadit/4AE5ZXdGF6ZLXVUM5B8mt4Cn6tzqyFYyPJiYtDzQde8uBrGXhhyExE+e8J1rDx17UEnG6U7kxhd9R0=',
  ],
  ['PLAIN-MD5', '{PLAIN-MD5}5ebe2294ecd0e0f08eab7690d2a6ee69'],
  ['LDAP-MD5', '{LDAP-MD5}Xr4ilOzQ4PCOq3aQ0qbuaQ=='],
  ['SMD5', '{SMD5}hVMGx+AIpXUw7Zjk19huz7Z+vwY='],
  ['MD5-CRYPT', '{MD5}$1$n2KxiVkX$OnKCMJfxPxRO8yhNWRJr70'],
  ['SHA256-CRYPT', '$5$tqzUHUajLuS4j/cB$hr14JjmaC1jrsS.hDAmZ9Vi.mwmDkvqGha/aHwb.Kx2'],
  [
    'SHA512-CRYPT',
    '$6$abc$IdWKNKTJEb8LxY7CGg8YBXlvtfZzFw7Mp/r6niK9YB2mdvgY..TKjv1T..8RadRt2qvUHYRLr/TsVArtr91iR1',
  ],
  ['BLF-CRYPT', '{CRYPT}$2y$05$8eeVy5UA3VZt.F4pYVdIJuOVxfUMhyWv.4uR.454aNXnXEyyqmkwi'],
  ['PBKDF2', '{PBKDF2}$1$MP67qwWYto8FFiXr$5000$ade0fa461865164740caf3915b62d2830b171874'],
  [
    'SCRAM-SHA-1',
    '{SCRAM-SHA-1}4096,lRtwJ03eX5n6rYGuPLTWwA==,7yjL1HIBTovZs6bpdFlFj6cY4oU=,AXGOX6/C9onZaVJr9ZmWRxNxGWU=',
  ],
  [
    'SCRAM-SHA-256',
    '{SCRAM-SHA-256}4096,REJxLDlfRUsCgkS+fdauMw==,dh5MF25sHEX6F32s+iKx/NIxO2goIVCu11ZTjcLHc3g=,7clmGuqa96p8JAH/Kly3h2O0KoRiS93OjUBsMtv4jOs=',
  ],
  [
    'ARGON2I',
    '{ARGON2I}$argon2i$v=19$m=32768,t=4,p=1$hY5V0WIBzUj6WqIiyPOvcA$NVpuOY4nIY4wwdh4LVe2qghD8MwVtFPp3hMxH/io8Oo',
  ],
  [
    'ARGON2ID',
    '{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$Tbu8OcKX0JEvubXN7LYI7w$1+G0kBLLemNAL9G92focK27spzX4hpdJiYf3Is2qTp0',
  ],
];

/** Of a kind that this machine has no code for. */
const missing = async (field: string): Promise<boolean> => {
  const read = await readImportedPassword(field);
  return read.kind === 'refused' && read.reason === 'it cannot be checked on this machine';
};
const here = await Promise.all(known.map(async (one) => ((await missing(one[1])) ? [] : [one])));
const checkedHere = here.flat();
const absent = new Set(known.filter((one) => !checkedHere.includes(one)).map(([scheme]) => scheme));

/** What is stored of a hash that can be checked. */
async function stored(field: string): Promise<string> {
  const read = await readImportedPassword(field);
  if (read.kind !== 'hash') throw new Error(`${field}: ${JSON.stringify(read)}`);
  return read.stored;
}

describe('hashes of other servers', () => {
  it.each(checkedHere)('%s: the password fits, no other does: %s', async (scheme, field) => {
    const hash = await stored(field);
    expect(schemeName(hash)).toBe(scheme);
    expect(await verifyImported('secret', hash)).toBe(true);
    for (const wrong of ['Secret', 'secret ', 'secre', ''])
      expect(await verifyImported(wrong, hash)).toBe(false);
  });

  const dovecot = spawnSync('doveadm', ['pw', '-l'], { encoding: 'utf8' });
  const checked = [
    'MD5-CRYPT',
    'SHA256-CRYPT',
    'SHA512-CRYPT',
    'BLF-CRYPT',
    'SSHA',
    'SHA',
    'SSHA256',
    'SHA256',
    'SSHA512',
    'SHA512',
    'PLAIN-MD5',
    'LDAP-MD5',
    'SMD5',
    'PBKDF2',
    'SCRAM-SHA-1',
    'SCRAM-SHA-256',
    'ARGON2I',
    'ARGON2ID',
    'CRYPT',
  ];
  it
    .skipIf(dovecot.status !== 0)
    .each(
      checked.filter(
        (scheme) =>
          dovecot.stdout?.includes(scheme) && !absent.has(scheme === 'CRYPT' ? 'BLF-CRYPT' : scheme),
      ),
    )(
    '%s as doveadm makes it',
    async (scheme) => {
      // Argon2 takes its time by design.
      for (const password of scheme.startsWith('ARGON') ? passwords.slice(0, 2) : passwords) {
        const made = spawnSync('doveadm', ['pw', '-s', scheme, '-p', password], { encoding: 'utf8' });
        const hash = await stored(made.stdout.trim());
        expect(await verifyImported(password, hash), password).toBe(true);
        expect(await verifyImported(`${password.slice(1)}!`, hash), password).toBe(false);
      }
    },
    30_000,
  );

  const openssl = spawnSync('openssl', ['version']).status === 0;
  it.skipIf(!openssl).each(['-1', '-apr1', '-5', '-6'])('as openssl passwd %s makes it', async (kind) => {
    for (const length of [1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 200]) {
      const password = 'abcdefghij'.repeat(20).slice(0, length);
      const made = spawnSync('openssl', ['passwd', kind, password], { encoding: 'utf8' });
      expect(await verifyImported(password, await stored(made.stdout.trim())), `${length}`).toBe(true);
    }
  });

  it('with rounds of their own, and a salt that is too long, as the text on SHA-crypt has them', async () => {
    for (const [password, hash] of [
      ['Hello world!', '$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5'],
      ['Hello world!', '$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA'],
      ['Hello world!', '$5$rounds=10000$saltstringsaltstring$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA'],
      [
        'Hello world!',
        '$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1',
      ],
      [
        'Hello world!',
        '$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.',
      ],
    ] as const) {
      expect(await verifyImported(password, await stored(hash)), hash).toBe(true);
    }
  });

  it('never stop the event loop for long', async () => {
    const hash = await stored(`$6$rounds=100000$abc$${'a'.repeat(86)}`);
    let turns = 0;
    const watch = setInterval(() => {
      turns += 1;
    }, 1);
    await verifyImported('secret', hash);
    clearInterval(watch);
    // It takes a few hundred milliseconds at the least, and others come in every two.
    expect(turns).toBeGreaterThan(20);
  });
});

describe('what cannot be checked', () => {
  it.each([
    ['$y$j9T$abcdefgh$IUWJt2doU4Kf6E/JP1UkAT3S5O3Q7SSA8SJirXIlEu9', 'yescrypt'],
    ['1cXhKiQmPtC4U', 'DES-CRYPT'],
    ['{DES-CRYPT}1cXhKiQmPtC4U', 'DES-CRYPT'],
    ['{CRAM-MD5}cd3ba7deaad6e5ca23448ba42e379747', 'CRAM-MD5'],
    ['{DIGEST-MD5}6b193711446bad11e347c101e4e97bf4', 'DIGEST-MD5'],
    ['{NTLM}878D8014606CDA29677A44EFA1353FC7', 'NTLM'],
    ['{WHATEVER}abc', 'WHATEVER'],
    ['{SSHA}not base64!', 'SSHA'],
    ['{SHA256}5en6G6MezRroT3XKqkdPOmY/BfQ=', 'SHA256'],
    ['nonsense with spaces', null],
  ])('%s is refused by name', async (field, scheme) => {
    expect(await readImportedPassword(field)).toMatchObject({ kind: 'refused', scheme });
  });

  it.each([
    `$6$rounds=999999999$abc$${'a'.repeat(86)}`,
    `$2b$31$${'a'.repeat(53)}`,
    '$argon2id$v=19$m=4194304,t=100,p=1$hY5V0WIBzUj6WqIiyPOvcA$NVpuOY4nIY4wwdh4LVe2qghD8MwVtFPp3hMxH/io8Oo',
    '{PBKDF2}$1$MP67qwWYto8FFiXr$2000000000$ade0fa461865164740caf3915b62d2830b171874',
    '{SCRAM-SHA-1}999999999,lRtwJ03eX5n6rYGuPLTWwA==,7yjL1HIBTovZs6bpdFlFj6cY4oU=,AXGOX6/C9onZaVJr9ZmWRxNxGWU=',
  ])('%s asks for too much work', async (field) => {
    expect(await readImportedPassword(field)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('too much work'),
    });
  });

  it.each(['*', '!', '!!', '', 'x', '!*'])('%j is no password', async (field) => {
    expect(await readImportedPassword(field)).toEqual({ kind: 'none' });
  });

  it('in the clear is told apart, to be hashed', async () => {
    const read = (field: string) => readImportedPassword(field);
    expect(await read('{PLAIN}s:e{c}ret')).toMatchObject({ kind: 'plain', password: 's:e{c}ret' });
    expect(await read('{CLEARTEXT.b64}c2VjcmV0')).toMatchObject({ kind: 'plain', password: 'secret' });
    expect(await read('{PLAIN.hex}736563726574')).toMatchObject({ kind: 'plain', password: 'secret' });
  });
});
