/** A directory of a few accounts: example.com is ours, alice and bob live there, others are made up from their names. */
import type { DirectoryPort, LoginResult, Resolution } from '../../daemon/accounts/directory-port.ts';

export class FakeDirectory implements DirectoryPort {
  readonly accounts = new Map<string, number>([
    ['alice@example.com', 1],
    ['bob@example.com', 2],
  ]);
  readonly passwords = new Map<string, string>([['alice@example.com', 'secret']]);
  readonly aliases = new Map<string, Resolution>();
  /** Makes every login come out like this. */
  loginResult: LoginResult | null = null;
  logins: { user: string; password: string; remoteAddress: string }[] = [];
  failing = false;

  isLocalDomain(domain: string): boolean {
    return domain === 'example.com';
  }

  async resolve(address: string): Promise<Resolution> {
    if (this.failing) throw new Error('database is gone');
    const key = address.toLowerCase();
    const alias = this.aliases.get(key);
    if (alias !== undefined) return alias;
    if (!this.isLocalDomain(key.slice(key.lastIndexOf('@') + 1))) return { kind: 'foreign' };
    const accountId = this.accounts.get(key);
    if (accountId === undefined) return { kind: 'unknown' };
    return { kind: 'known', accounts: [{ accountId, address: key }], elsewhere: [] };
  }

  async login(user: string, password: string, remoteAddress: string): Promise<LoginResult> {
    this.logins.push({ user, password, remoteAddress });
    if (this.loginResult !== null) return this.loginResult;
    const accountId = this.accounts.get(user);
    if (accountId === undefined || this.passwords.get(user) !== password)
      return { ok: false, reason: 'credentials' };
    return { ok: true, accountId, user };
  }
}
