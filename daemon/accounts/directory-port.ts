/** What SMTP, intake and delivery may ask about people and addresses. `directory.ts` implements it. */

/** What an address comes to after aliases, plus-addressing and catch-all. */
export type Resolution =
  /** The domain is not ours. */
  | { readonly kind: 'foreign' }
  /** The domain is ours, the address is not known. */
  | { readonly kind: 'unknown' }
  /** Known, and refused for now or for good: disabled account, over quota. */
  | { readonly kind: 'refused'; readonly temporary: boolean; readonly reason: string }
  /** Accounts of ours and addresses elsewhere; at least one of them. */
  | {
      readonly kind: 'known';
      readonly accounts: readonly LocalAccount[];
      readonly elsewhere: readonly string[];
    };

export interface LocalAccount {
  readonly accountId: number;
  readonly address: string;
  /** The folder that `user+folder@` names, whether the account has it or not; absent for the account itself. */
  readonly folder?: string;
}

export type LoginResult =
  | { readonly ok: true; readonly accountId: number; readonly user: string }
  | { readonly ok: false; readonly reason: 'credentials' | 'disabled' | 'blocked' | 'busy' };

export interface DirectoryPort {
  isLocalDomain(domain: string): boolean;
  resolve(address: string): Promise<Resolution>;
  /**
   * Checks a login. Takes the same time whether or not the user exists; delays and bans after failures, by address and
   * by account. The password is kept nowhere.
   */
  login(user: string, password: string, remoteAddress: string): Promise<LoginResult>;
}
