import { describe, expect, it } from 'vitest';
import type { LoginResult } from '../../../daemon/accounts/directory-port.ts';
import { HashQueue } from '../../../daemon/accounts/hash-queue.ts';
import {
  hashPassword,
  isUsablePassword,
  unmatchableHash,
  verifyPassword,
} from '../../../daemon/accounts/password-hash.ts';
import { type TestAccounts, testAccounts, testSettings } from './test-accounts.ts';

const elsewhere = '198.51.100.7';
const withAnna = async (auth: Partial<typeof testSettings.auth> = {}): Promise<TestAccounts> => {
  const t = await testAccounts({ auth: { ...testSettings.auth, ...auth } });
  await t.accountAdmin.add({ address: 'anna@example.org', password: 'right' });
  return t;
};
const reason = (result: LoginResult): string => (result.ok ? 'ok' : result.reason);

describe('passwords at rest', () => {
  it('are salted scrypt, checked in any composition of their letters', async () => {
    const [one, two] = await Promise.all([hashPassword('pässword'), hashPassword('pässword')]);
    expect(one).toMatch(/^\$scrypt\$ln=15,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(two);
    expect(await verifyPassword('pässword', one)).toBe(true);
    expect(await verifyPassword('pa\u0308ssword', one)).toBe(true);
    expect(await verifyPassword('password', one)).toBe(false);
  });

  it('have no NUL in them, which HMAC would not tell from nothing', () => {
    expect(isUsablePassword('right')).toBe(true);
    for (const password of ['', 'right\0', 'x'.repeat(513)]) expect(isUsablePassword(password)).toBe(false);
  });

  it('that are damaged, or that ask for too much, fit nothing', async () => {
    const salt = 'A'.repeat(22);
    const hash = 'A'.repeat(43);
    for (const encoded of [
      '',
      'x',
      `$scrypt$ln=40,r=8,p=1$${salt}$${hash}`,
      `$scrypt$ln=15,r=99,p=1$${salt}$${hash}`,
    ]) {
      expect(await verifyPassword('', encoded), encoded).toBe(false);
    }
    expect(await verifyPassword('', unmatchableHash())).toBe(false);
  });
});

describe('a login', () => {
  it('takes the right password, and nothing else', async () => {
    const t = await withAnna();
    const login = (user: string, password: string) => t.directory.login(user, password, elsewhere);
    expect(await login('Anna@EXAMPLE.org', 'right')).toEqual({
      ok: true,
      accountId: 1,
      user: 'anna@example.org',
    });
    for (const [user, password] of [
      ['anna@example.org', 'wrong'],
      ['anna@example.org', ''],
      ['anna@example.org', 'right\0'],
      ['anna@example.org', 'r'.repeat(100_000)],
      ['bert@example.org', 'right'],
      ['anna', 'right'],
      ['\0', 'right'],
    ] as const) {
      expect(await login(user, password), user).toEqual({ ok: false, reason: 'credentials' });
    }
  });

  it('is quick the second time, until the password changes', async () => {
    const t = await withAnna();
    const timed = async (password: string): Promise<[string, number]> => {
      const began = performance.now();
      const result = await t.directory.login('anna@example.org', password, elsewhere);
      return [reason(result), performance.now() - began];
    };
    const [, slow] = await timed('right');
    const [again, quick] = await timed('right');
    expect(again).toBe('ok');
    expect(quick).toBeLessThan(slow / 2);
    await t.accountAdmin.edit('anna@example.org', { password: 'new' });
    expect((await timed('right'))[0]).toBe('credentials');
    expect((await timed('new'))[0]).toBe('ok');
    t.clock.advance(5 * 60_000 + 1);
    expect((await timed('new'))[1]).toBeGreaterThan(quick);
  });

  it('of many sessions at once is checked once; a wrong one is not let in by it', async () => {
    const t = await withAnna();
    const logins = (password: string) =>
      Promise.all(
        Array.from({ length: 60 }, () => t.directory.login('anna@example.org', password, elsewhere)),
      );
    expect((await logins('right')).map(reason)).toEqual(Array.from({ length: 60 }, () => 'ok'));
    expect((await logins('wrong')).map(reason)).not.toContain('ok');
  });

  it('takes as long for an unknown user as for a wrong password', async () => {
    const t = await withAnna();
    const times: Record<string, number[]> = {
      'anna@example.org': [],
      'nobody@example.org': [],
      'no address': [],
    };
    // The quickest of each: whatever else the machine does only adds to it, so that more rounds bring them together.
    const quickest = () => Object.values(times).map((list) => Math.min(...list));
    const spread = () => Math.max(...quickest()) / Math.min(...quickest());
    for (let n = 0; n < 40 && (n < 3 || spread() > 1.5); n += 1) {
      for (const [user, list] of Object.entries(times)) {
        const began = performance.now();
        await t.directory.login(user, 'wrong', elsewhere);
        list.push(performance.now() - began);
      }
    }
    // A hash takes some 60 ms and more; without one it would be next to nothing.
    expect(spread(), quickest().join(' ')).toBeLessThan(1.5);
  }, 60_000);

  it('tells that an account is disabled only to who knows its password', async () => {
    const t = await withAnna();
    await t.accountAdmin.edit('anna@example.org', { enabled: false });
    expect(reason(await t.directory.login('anna@example.org', 'wrong', elsewhere))).toBe('credentials');
    expect(reason(await t.directory.login('anna@example.org', 'right', elsewhere))).toBe('disabled');
  });

  it('is refused to blocked addresses and users, with the right password too', async () => {
    const t = await withAnna();
    const login = () => t.directory.login('anna@example.org', 'right', elsewhere);
    const block = { reason: 'x', source: 'operator', forMs: 60_000 } as const;
    const { id } = await t.blocks.add({ ...block, kind: 'user', value: 'ANNA@example.org' });
    expect(reason(await login())).toBe('blocked');
    await t.blocks.remove([id]);
    expect(reason(await login())).toBe('ok');
    await t.blocks.add({ ...block, kind: 'address', value: elsewhere });
    expect(reason(await login())).toBe('blocked');
  });

  it('is remembered with its time and address', async () => {
    const t = await withAnna();
    t.clock.advance(5_000);
    await t.directory.login('anna@example.org', 'right', elsewhere);
    const expected = [{ lastLoginAt: '2026-01-01T00:00:05.000Z', lastLoginFrom: elsewhere }];
    expect(await t.accountAdmin.list(undefined)).toMatchObject(expected);
    const stored = () => t.store.get('SELECT last_login_from AS f FROM accounts');
    expect(await stored()).toEqual({ f: null });
    await t.directory.close();
    expect(await stored()).toEqual({ f: elsewhere });
    expect(await t.accountAdmin.list(undefined)).toMatchObject(expected);
  });
});

describe('guessing', () => {
  const guesser = '203.0.113.5';

  it('ends in a ban of the address that can be seen and lifted; the owner is not kept out', async () => {
    const t = await withAnna({ maxFailures: 4 });
    const guess = (from = guesser) => t.directory.login('anna@example.org', 'wrong', from);
    const answers: string[] = [];
    for (let n = 0; n < 6; n += 1) answers.push(reason(await guess()));
    expect(answers).toEqual([
      'credentials',
      'credentials',
      'credentials',
      'credentials',
      'blocked',
      'blocked',
    ]);
    expect(t.blocks.list()).toMatchObject([
      { kind: 'address', value: guesser, source: 'guessing', until: '2026-01-01T00:15:00.000Z' },
    ]);
    expect(reason(await t.directory.login('anna@example.org', 'right', guesser))).toBe('blocked');
    expect(reason(await t.directory.login('anna@example.org', 'right', elsewhere))).toBe('ok');
    await t.blocks.remove(t.blocks.list().map(({ id }) => id));
    expect(reason(await t.directory.login('anna@example.org', 'right', guesser))).toBe('ok');
  });

  it('is over after the ban, and the count begins anew', async () => {
    const t = await withAnna({ maxFailures: 2, banMs: 60_000 });
    const guess = () => t.directory.login('anna@example.org', 'wrong', guesser);
    await guess();
    await guess();
    expect(reason(await guess())).toBe('blocked');
    t.clock.advance(60_001);
    expect(reason(await guess())).toBe('credentials');
    expect(t.blocks.list()).toEqual([]);
  });

  it('counts all addresses of an IPv6 host as one', async () => {
    const t = await withAnna({ maxFailures: 3 });
    for (let n = 1; n <= 3; n += 1) await t.directory.login('x@example.org', 'wrong', `2001:db8::${n}`);
    expect(t.blocks.list()).toMatchObject([{ value: '2001:db8::/64' }]);
    expect(reason(await t.directory.login('anna@example.org', 'right', '2001:db8::ffff'))).toBe('blocked');
    expect(reason(await t.directory.login('anna@example.org', 'right', '2001:db8:0:1::1'))).toBe('ok');
  });

  it('gets no further with many logins at the same time', async () => {
    const t = await withAnna({ maxFailures: 3 });
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => t.directory.login('anna@example.org', `guess ${n}`, guesser)),
    );
    const count = (wanted: string) => answers.filter((answer) => reason(answer) === wanted).length;
    // Two are checked at a time, so one more may slip through beside the last.
    expect(count('credentials')).toBeLessThanOrEqual(4);
    expect(count('busy')).toBeGreaterThanOrEqual(20);
    expect(t.blocks.list()).toHaveLength(1);
  });

  it('is answered later each time, by address and by account; a right password is not', async () => {
    const t = await withAnna({ delayMs: 1_000 });
    const waits: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      const answer = t.directory.login('anna@example.org', 'wrong', `203.0.113.${n}`);
      // One timer is the sweep of the blocks.
      while (t.clock.pending < 2) await new Promise(setImmediate);
      waits.push(t.clock.next ?? 0);
      t.clock.advance(t.clock.next ?? 0);
      await answer;
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 15_000]);
    expect(reason(await t.directory.login('anna@example.org', 'right', '203.0.113.1'))).toBe('ok');
  });

  it('is not what somebody does who mistypes and then gets it right', async () => {
    const t = await withAnna({ maxFailures: 3 });
    for (let round = 0; round < 4; round += 1) {
      await t.directory.login('anna@example.org', 'wrong', elsewhere);
      await t.directory.login('anna@example.org', 'wrong', elsewhere);
      expect(reason(await t.directory.login('anna@example.org', 'right', elsewhere))).toBe('ok');
    }
    expect(t.blocks.list()).toEqual([]);
  });
});

describe('the queue of password checks', () => {
  it('runs two at a time, and those without failures first', async () => {
    const queue = new HashQueue();
    const order: string[] = [];
    const release: (() => void)[] = [];
    const enter = (name: string, suspected: boolean) =>
      queue.run(name, suspected, () => {
        order.push(name);
        return new Promise<void>((resolve) => release.push(resolve));
      });
    const all = [enter('a', true), enter('b', true), enter('bad', true), enter('good', false)];
    expect(order).toEqual(['a', 'b']);
    release[0]?.();
    await all[0];
    expect(order).toEqual(['a', 'b', 'good']);
    release[1]?.();
    await all[1];
    expect(order).toEqual(['a', 'b', 'good', 'bad']);
    for (const end of release) end();
    await Promise.all(all);
  });

  it('lets nobody fill it alone, and is bounded in all', async () => {
    const queue = new HashQueue();
    let end = () => {};
    const gate = new Promise<void>((resolve) => {
      end = resolve;
    });
    const busy: string[] = [];
    const enter = (group: string) =>
      queue
        .run(group, false, () => gate)
        .catch((error: { code: string }) => {
          busy.push(`${group} ${error.code}`);
        });
    const all = Array.from({ length: 14 }, () => enter('greedy'));
    for (let n = 0; n < 95; n += 1) all.push(enter(`other ${n}`));
    end();
    await Promise.all(all);
    expect(busy.filter((name) => name === 'greedy login.busy')).toHaveLength(2);
    expect(busy).toHaveLength(7);
  });
});
