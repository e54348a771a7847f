import { describe, expect, it } from 'vitest';
import { type TestAccounts, testAccounts, testSettings } from './test-accounts.ts';

const add = async ({ accountAdmin }: TestAccounts, ...addresses: string[]): Promise<void> => {
  for (const address of addresses) await accountAdmin.add({ address, password: 'x' });
};
/** The addresses that it comes to, or why there are none. */
const resolve = async ({ directory }: TestAccounts, address: string): Promise<unknown> => {
  const resolution = await directory.resolve(address);
  if (resolution.kind !== 'known') return resolution.kind === 'refused' ? resolution.reason : resolution.kind;
  return [...resolution.accounts.map((account) => account.address), ...resolution.elsewhere];
};

describe('resolving an address', () => {
  it('knows accounts, whatever the case and the spelling of their domain', async () => {
    const t = await testAccounts({ domains: ['example.org', 'bücher.example'] });
    await add(t, 'Anna@Example.ORG', 'bert@bücher.example');
    expect(await resolve(t, 'anna@example.org')).toEqual(['anna@example.org']);
    expect(await resolve(t, 'ANNA@EXAMPLE.ORG')).toEqual(['anna@example.org']);
    expect(await resolve(t, '"anna"@example.org')).toEqual(['anna@example.org']);
    expect(await resolve(t, 'bert@BÜCHER.example')).toEqual(['bert@xn--bcher-kva.example']);
    expect(await resolve(t, 'bert@xn--bcher-kva.example')).toEqual(['bert@xn--bcher-kva.example']);
    expect(t.directory.isLocalDomain('Bücher.Example')).toBe(true);
    expect(t.directory.isLocalDomain('example.org.')).toBe(false);
  });

  it('tells what is not ours from what we do not know', async () => {
    const t = await testAccounts();
    await add(t, 'anna@example.org');
    expect(await resolve(t, 'anna@example.net')).toBe('foreign');
    expect(await resolve(t, 'anna@sub.example.org')).toBe('foreign');
    expect(await resolve(t, 'bert@example.org')).toBe('unknown');
    expect(await resolve(t, 'anna%example.net@example.org')).toBe('unknown');
    expect(await resolve(t, 'no address')).toBe('unknown');
  });

  it('follows aliases, nested ones too, to accounts and elsewhere, each once', async () => {
    const t = await testAccounts();
    await add(t, 'anna@example.org', 'bert@example.org');
    await t.aliasAdmin.add('staff@example.org', ['Anna@example.org', 'bert@example.org', 'Carl@Example.NET']);
    await t.aliasAdmin.add('all@example.org', ['staff@example.org', 'anna@example.org', 'Carl@example.net']);
    expect(await resolve(t, 'ALL@example.org')).toEqual([
      'anna@example.org',
      'bert@example.org',
      'Carl@example.net',
    ]);
  });

  it('takes the plus and what follows off, unless it is an address itself or plus-addressing is off', async () => {
    const t = await testAccounts();
    await add(t, 'anna@example.org', 'anna+work@example.org');
    await t.aliasAdmin.add('info@example.org', ['anna@example.org']);
    expect(await resolve(t, 'anna+lists+x@example.org')).toEqual(['anna@example.org']);
    expect(await resolve(t, 'anna+work@example.org')).toEqual(['anna+work@example.org']);
    expect(await resolve(t, 'info+x@example.org')).toEqual(['anna@example.org']);
    expect(await resolve(t, '+x@example.org')).toBe('unknown');
    t.directory.configure({ ...testSettings, plusAddressing: false });
    expect(await resolve(t, 'anna+lists@example.org')).toBe('unknown');
  });

  it('says which folder an address names, with its case; none when the account itself is named, too', async () => {
    const t = await testAccounts();
    await add(t, 'anna@example.org');
    await t.aliasAdmin.add('lists@example.org', ['anna+Lists@example.org']);
    await t.aliasAdmin.add('both@example.org', ['anna+Lists@example.org', 'anna@example.org']);
    const folder = async (address: string) => {
      const found = await t.directory.resolve(address);
      return found.kind === 'known' ? found.accounts.map((account) => account.folder) : found.kind;
    };
    expect(await folder('Anna+Work/2026@Example.org')).toEqual(['Work/2026']);
    expect(await folder('lists@example.org')).toEqual(['lists']);
    expect(await folder('both@example.org')).toEqual([undefined]);
    expect(await folder('anna@example.org')).toEqual([undefined]);
    expect(await folder('anna+../x@example.org')).toEqual([undefined]);
  });

  it('gives the rest of a domain to its catch-all', async () => {
    const t = await testAccounts();
    await add(t, 'anna@example.org');
    await t.domainAdmin.edit('example.org', 'anna@example.org');
    expect(await resolve(t, 'whoever@example.org')).toEqual(['anna@example.org']);
    await t.domainAdmin.edit('example.org', 'nobody@example.org');
    expect(await resolve(t, 'whoever@example.org')).toBe('unknown');
    await t.domainAdmin.edit('example.org', 'drop@example.net');
    expect(await resolve(t, 'whoever@example.org')).toEqual(['drop@example.net']);
    await t.domainAdmin.edit('example.org', null);
    expect(await resolve(t, 'whoever@example.org')).toBe('unknown');
  });

  it('gives postmaster to who the configuration names, and knows it without a domain', async () => {
    const t = await testAccounts({ postmaster: 'anna@example.org' });
    await add(t, 'anna@example.org', 'bert@example.org');
    await t.domainAdmin.edit('example.org', 'bert@example.org');
    expect(await resolve(t, 'PostMaster@example.org')).toEqual(['anna@example.org']);
    expect(await resolve(t, 'postmaster')).toEqual(['anna@example.org']);
    await t.aliasAdmin.add('postmaster@example.org', ['bert@example.org']);
    expect(await resolve(t, 'postmaster@example.org')).toEqual(['bert@example.org']);
  });

  it('refuses disabled accounts for good and full ones for now, but not the rest of an alias', async () => {
    const t = await testAccounts();
    await add(t, 'anna@example.org', 'bert@example.org');
    await t.aliasAdmin.add('both@example.org', ['anna@example.org', 'bert@example.org']);
    await t.accountAdmin.edit('anna@example.org', { enabled: false });
    expect(await t.directory.resolve('anna@example.org')).toEqual({
      kind: 'refused',
      temporary: false,
      reason: 'the account is disabled',
    });
    expect(await resolve(t, 'both@example.org')).toEqual(['bert@example.org']);
    await t.accountAdmin.edit('bert@example.org', { quotaBytes: 1_000 });
    expect(await resolve(t, 'bert@example.org')).toEqual(['bert@example.org']);
    await t.store.transaction((tx) => tx.run('UPDATE mailboxes SET bytes = 1000'));
    t.clock.advance(2_001);
    expect(await t.directory.resolve('bert@example.org')).toEqual({
      kind: 'refused',
      temporary: true,
      reason: 'the mailbox is full',
    });
  });

  it('survives loops and explosions that got into the database', async () => {
    const t = await testAccounts();
    await t.store.transaction(async (tx) => {
      const alias = (from: string, to: string) =>
        tx.run('INSERT INTO aliases (address, target) VALUES (?, ?)', [`${from}@example.org`, to]);
      await alias('a', 'b@example.org');
      await alias('b', 'a@example.org');
      await alias('b', 'out@example.net');
      for (let n = 0; n < 20; n += 1) await alias(`deep${n}`, `deep${n + 1}@example.org`);
      for (let n = 0; n < 1_001; n += 1) await alias('many', `${n}@example.net`);
    });
    expect(await resolve(t, 'a@example.org')).toEqual(['out@example.net']);
    expect(await resolve(t, 'deep0@example.org')).toBe('the alias stands for too many addresses');
    expect(await resolve(t, 'many@example.org')).toBe('the alias stands for too many addresses');
    expect(await resolve(t, 'deep15@example.org')).toBe('unknown');
  });

  it('answers from memory until something changes', async () => {
    const t = await testAccounts();
    await add(t, 'anna@example.org');
    const first = t.directory.resolve('anna@example.org');
    expect(t.directory.resolve('anna@example.org')).toBe(first);
    await first;
    expect(t.directory.resolve('anna@example.org')).toBe(first);
    await t.accountAdmin.remove('anna@example.org');
    expect(await resolve(t, 'anna@example.org')).toBe('unknown');
    await t.domainAdmin.add('example.net', undefined);
    await t.aliasAdmin.add('anna@example.net', ['x@example.com']);
    expect(await resolve(t, 'anna@example.net')).toEqual(['x@example.com']);
    await t.aliasAdmin.edit('anna@example.net', ['y@example.com']);
    expect(await resolve(t, 'anna@example.net')).toEqual(['y@example.com']);
  });

  it('remembers no answer that the database could not give', async () => {
    const t = await testAccounts();
    const broken = await testAccounts();
    await add(t, 'anna@example.org');
    await broken.store.transaction((tx) => tx.run('ALTER TABLE accounts RENAME TO hidden'));
    await expect(broken.directory.resolve('anna@example.org')).rejects.toThrow();
    await broken.store.transaction((tx) => tx.run('ALTER TABLE hidden RENAME TO accounts'));
    expect(await resolve(broken, 'anna@example.org')).toBe('unknown');
  });
});
