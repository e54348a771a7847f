import { describe, expect, it } from 'vitest';
import { type TestAccounts, testAccounts, testSettings } from './test-accounts.ts';

const code = (value: string) => expect.objectContaining({ code: value });
const anna = { address: 'anna@example.org', password: 'secret' };

describe('accounts', () => {
  it('are made with an INBOX, listed by domain, changed and removed', async () => {
    const t = await testAccounts();
    await t.domainAdmin.add('example.net', undefined);
    expect(await t.accountAdmin.add({ ...anna, quotaBytes: 1_000 })).toEqual({
      address: 'anna@example.org',
      enabled: true,
      createdAt: '2026-01-01T00:00:00.000Z',
      lastLoginAt: null,
      lastLoginFrom: null,
      messages: 0,
      bytes: 0,
      quotaBytes: 1_000,
      passwordScheme: 'SCRYPT',
    });
    await t.accountAdmin.add({ address: 'Bert@Example.NET', password: 'x' });
    expect(await t.store.all('SELECT account_id AS a, name, uid_next AS u FROM mailboxes')).toEqual([
      { a: 1, name: 'INBOX', u: 1 },
      { a: 2, name: 'INBOX', u: 1 },
    ]);
    const addresses = async (domain?: string) =>
      (await t.accountAdmin.list(domain)).map(({ address }) => address);
    expect(await addresses()).toEqual(['anna@example.org', 'bert@example.net']);
    expect(await addresses('EXAMPLE.net')).toEqual(['bert@example.net']);
    expect(await addresses('unknown.example')).toEqual([]);
    expect(await t.accountAdmin.edit('ANNA@example.org', { enabled: false, quotaBytes: null })).toMatchObject(
      {
        enabled: false,
        quotaBytes: null,
      },
    );
    expect(await t.accountAdmin.edit(anna.address, {})).toMatchObject({ enabled: false });
    expect(await t.accountAdmin.remove(anna.address)).toMatchObject({ messages: 0 });
    expect(await addresses()).toEqual(['bert@example.net']);
    expect(await t.store.all('SELECT id FROM mailboxes')).toHaveLength(1);
  });

  it('take their mail with them, and give back contents that nobody else has', async () => {
    const t = await testAccounts();
    await t.accountAdmin.add(anna);
    await t.accountAdmin.add({ address: 'bert@example.org', password: 'x' });
    await t.store.transaction(async (tx) => {
      const content = (id: number, refs: number) =>
        tx.run('INSERT INTO contents (id, size, body, refs) VALUES (?, 5, ?, ?)', [
          id,
          Buffer.from('hello'),
          refs,
        ]);
      const entry = (mailbox: number, id: number) =>
        tx.run(
          `INSERT INTO mailbox_entries (mailbox_id, uid, content_id, size, internal_date, return_path, delivered_to)
           VALUES (?, ?, ?, 5, 0, '', '')`,
          [mailbox, id, id],
        );
      await content(1, 1);
      await content(2, 2);
      await entry(1, 1);
      await entry(1, 2);
      await entry(2, 2);
      await tx.run('UPDATE mailboxes SET messages = 2, bytes = 10 WHERE id = 1');
    });
    expect(await t.accountAdmin.list(undefined)).toMatchObject([{ messages: 2, bytes: 10 }, {}]);
    expect(await t.accountAdmin.remove(anna.address)).toMatchObject({ messages: 2 });
    expect(await t.store.all('SELECT id, refs FROM contents')).toEqual([{ id: 2, refs: 1 }]);
  });

  it('near their quota are found, the fullest first', async () => {
    const t = await testAccounts();
    for (const [name, quotaBytes, bytes] of [
      ['half', 100, 50],
      ['near', 100, 90],
      ['over', 100, 150],
      ['none', 0, 0],
    ] as const) {
      await t.accountAdmin.add({ address: `${name}@example.org`, password: 'x', quotaBytes });
      await t.store.transaction((tx) =>
        tx.run(
          'UPDATE mailboxes SET bytes = ? WHERE account_id = (SELECT max(id) FROM accounts) AND name = ?',
          [bytes, 'INBOX'],
        ),
      );
    }
    await t.accountAdmin.add({ address: 'free@example.org', password: 'x' });
    expect((await t.accountAdmin.fullest(0.9, 10)).map(({ address }) => address)).toEqual([
      'over@example.org',
      'near@example.org',
      'none@example.org',
    ]);
    expect(await t.accountAdmin.fullest(0.9, 1)).toEqual([
      { address: 'over@example.org', bytes: 150, quotaBytes: 100 },
    ]);
  });

  it('are refused where they cannot be', async () => {
    const t = await testAccounts();
    await t.accountAdmin.add(anna);
    await t.aliasAdmin.add('info@example.org', ['anna@example.org']);
    const add = (address: string) => t.accountAdmin.add({ address, password: 'x' });
    await expect(add('ANNA@EXAMPLE.ORG')).rejects.toEqual(code('account.exists'));
    await expect(add('info@example.org')).rejects.toEqual(code('alias.exists'));
    await expect(add('anna@example.com')).rejects.toEqual(code('domain.not_found'));
    for (const address of [
      'anna',
      '@example.org',
      'a b@example.org',
      'a\r\nb@example.org',
      '"a b"@example.org',
    ]) {
      await expect(add(address), address).rejects.toEqual(code('params.invalid'));
    }
    for (const password of ['', 'a\0b']) {
      await expect(t.accountAdmin.edit(anna.address, { password })).rejects.toEqual(code('params.invalid'));
    }
    await expect(t.accountAdmin.edit('bert@example.org', {})).rejects.toEqual(code('account.not_found'));
    await expect(t.accountAdmin.edit('bert@example.org', { enabled: true })).rejects.toEqual(
      code('account.not_found'),
    );
    await expect(t.accountAdmin.remove('nonsense')).rejects.toEqual(code('account.not_found'));
  });

  it('cannot be made twice at the same time', async () => {
    const t = await testAccounts();
    const results = await Promise.allSettled([t.accountAdmin.add(anna), t.accountAdmin.add(anna)]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('never show their password, in the clear or hashed', async () => {
    const t = await testAccounts();
    const shown = JSON.stringify([await t.accountAdmin.add(anna), await t.accountAdmin.list(undefined)]);
    expect(shown).not.toMatch(/secret|scrypt/);
    const stored = JSON.stringify(await t.store.all('SELECT * FROM accounts'));
    expect(stored).not.toContain('secret');
    expect(stored).toContain('$scrypt$');
  });
});

describe('domains', () => {
  const names = async (t: TestAccounts) =>
    (await t.domainAdmin.list()).map(({ name, origin }) => `${name} ${origin}`);

  it('are those of the configuration and those that were added, kept over restarts', async () => {
    const t = await testAccounts();
    await t.accountAdmin.add(anna);
    await t.aliasAdmin.add('info@example.org', ['anna@example.org', 'x@example.com']);
    expect(await t.domainAdmin.add('Bücher.example', 'anna@example.org')).toEqual({
      name: 'xn--bcher-kva.example',
      origin: 'added',
      catchAll: 'anna@example.org',
      accounts: 0,
      aliases: 0,
    });
    expect(await t.domainAdmin.list()).toEqual([
      { name: 'example.org', origin: 'config', catchAll: null, accounts: 1, aliases: 1 },
      {
        name: 'xn--bcher-kva.example',
        origin: 'added',
        catchAll: 'anna@example.org',
        accounts: 0,
        aliases: 0,
      },
    ]);
    t.directory.configure(testSettings);
    await t.directory.load();
    expect(await names(t)).toEqual(['example.org config', 'xn--bcher-kva.example added']);
    await t.domainAdmin.remove('bücher.EXAMPLE');
    expect(t.directory.isLocalDomain('bücher.example')).toBe(false);
  });

  it('of the configuration stop being ours when it drops them, catch-all or not', async () => {
    const t = await testAccounts({ domains: ['example.org', 'example.net'] });
    await t.domainAdmin.edit('example.net', 'anna@example.org');
    t.directory.configure(testSettings);
    expect(t.directory.isLocalDomain('example.net')).toBe(false);
    expect(await names(t)).toEqual(['example.org config']);
  });

  it('are refused where they cannot be made, changed or given up', async () => {
    const t = await testAccounts();
    await t.domainAdmin.add('example.net', undefined);
    await expect(t.domainAdmin.add('EXAMPLE.org', undefined)).rejects.toEqual(code('domain.exists'));
    await expect(t.domainAdmin.add('example.net', undefined)).rejects.toEqual(code('domain.exists'));
    for (const name of ['a b', '', 'x..y', '[192.0.2.1]', 'example.org.', 'a@b']) {
      await expect(t.domainAdmin.add(name, undefined), name).rejects.toEqual(code('params.invalid'));
    }
    await expect(t.domainAdmin.add('example.com', 'nonsense')).rejects.toEqual(code('params.invalid'));
    await expect(t.domainAdmin.remove('example.org')).rejects.toEqual(code('domain.in_config'));
    await expect(t.domainAdmin.remove('example.com')).rejects.toEqual(code('domain.not_found'));
    await t.aliasAdmin.add('x@example.net', ['y@example.com']);
    await expect(t.domainAdmin.remove('example.net')).rejects.toEqual(
      expect.objectContaining({ code: 'domain.not_empty', details: { accounts: 0, aliases: 1 } }),
    );
    await t.aliasAdmin.remove('X@EXAMPLE.net');
    await t.domainAdmin.remove('example.net');
    expect(await names(t)).toEqual(['example.org config']);
  });
});

describe('aliases', () => {
  it('are made, listed by domain, changed and removed', async () => {
    const t = await testAccounts();
    await t.domainAdmin.add('example.net', undefined);
    expect(
      await t.aliasAdmin.add('Info@example.org', ['Z@example.org', 'Carl@Example.COM', 'z@EXAMPLE.org']),
    ).toEqual({ address: 'info@example.org', targets: ['Carl@example.com', 'z@example.org'] });
    await t.aliasAdmin.add('info@example.net', ['a@example.com']);
    expect(await t.aliasAdmin.list('example.net')).toEqual([
      { address: 'info@example.net', targets: ['a@example.com'] },
    ]);
    expect(await t.aliasAdmin.list(undefined)).toHaveLength(2);
    await t.aliasAdmin.edit('INFO@example.net', ['b@example.com']);
    await t.aliasAdmin.remove('info@example.org');
    expect(await t.aliasAdmin.list(undefined)).toEqual([
      { address: 'info@example.net', targets: ['b@example.com'] },
    ]);
  });

  it('are refused where they cannot be, and leave what was there', async () => {
    const t = await testAccounts();
    await t.accountAdmin.add(anna);
    await t.aliasAdmin.add('info@example.org', ['anna@example.org']);
    const add = (address: string, ...targets: string[]) => t.aliasAdmin.add(address, targets);
    await expect(add('info@example.org', 'x@example.com')).rejects.toEqual(code('alias.exists'));
    await expect(add('anna@example.org', 'x@example.com')).rejects.toEqual(code('account.exists'));
    await expect(add('x@example.com', 'y@example.com')).rejects.toEqual(code('domain.not_found'));
    await expect(add('new@example.org', 'nonsense')).rejects.toEqual(code('params.invalid'));
    await expect(t.aliasAdmin.edit('new@example.org', ['a@example.com'])).rejects.toEqual(
      code('alias.not_found'),
    );
    await expect(t.aliasAdmin.remove('new@example.org')).rejects.toEqual(code('alias.not_found'));
    expect(await t.aliasAdmin.list(undefined)).toEqual([
      { address: 'info@example.org', targets: ['anna@example.org'] },
    ]);
  });

  it('may not lead back to themselves, over however many others', async () => {
    const t = await testAccounts();
    const alias = (from: string, to: string) =>
      t.aliasAdmin.add(`${from}@example.org`, [`${to}@example.org`]);
    await expect(alias('a', 'A')).rejects.toEqual(code('alias.loop'));
    await alias('a', 'b');
    await alias('b', 'c');
    await expect(alias('c', 'a')).rejects.toEqual(code('alias.loop'));
    await expect(t.aliasAdmin.edit('b@example.org', ['x@example.org', 'a@example.org'])).rejects.toEqual(
      code('alias.loop'),
    );
    for (let n = 0; n < 9; n += 1) await alias(`n${n}`, `n${n + 1}`);
    await alias('n9', 'end');
    await expect(alias('start', 'n0')).rejects.toEqual(code('alias.loop'));
  });
});
