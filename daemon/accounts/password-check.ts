/**
 * Checks a password against what is stored: a hash of ours, or one that came with an imported account, which the first
 * good login replaces.
 *
 * However cheap or dear the scheme of an imported hash is, a wrong answer takes as long as for an account of ours or none
 * at all: what is missing to the longest check so far is to be waited for.
 */
import type { Clock } from '../clock.ts';
import { errorText } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { AccountStore, StoredAccount } from './account-store.ts';
import { isImported, schemeName, verifyImported } from './imported-hash.ts';
import { hashPassword, unmatchableHash, verifyPassword } from './password-hash.ts';

/** One slow check of a busy machine must not make all that are wrong wait for long. */
const maxPaddingMs = 2_000;

export type PasswordVerdict =
  /** `hash` is what is stored now. */
  | { readonly right: true; readonly hash: string }
  /** Milliseconds that the answer has to wait. */
  | { readonly right: false; readonly paddingMs: number };

export class PasswordCheck {
  readonly #accounts: AccountStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #dummyHash = unmatchableHash();
  /** Of the checks of imported hashes, in milliseconds; 0 while there was none. */
  #longestMs = 0;

  constructor(accounts: AccountStore, clock: Clock, log: Logger) {
    this.#accounts = accounts;
    this.#clock = clock;
    this.#log = log;
  }

  /** @param account Null: there is none, and it must not show. */
  async check(account: StoredAccount | null, password: string): Promise<PasswordVerdict> {
    const stored = account?.passwordHash ?? this.#dummyHash;
    const began = this.#clock.monotonic();
    const right = await this.#verify(password, stored);
    const tookMs = this.#clock.monotonic() - began;
    if (isImported(stored)) this.#longestMs = Math.min(Math.max(this.#longestMs, tookMs), maxPaddingMs);
    if (!right || account === null) {
      return { right: false, paddingMs: Math.max(0, Math.ceil(this.#longestMs - tookMs)) };
    }
    return { right: true, hash: isImported(stored) ? await this.#renew(account, password) : stored };
  }

  async #verify(password: string, stored: string): Promise<boolean> {
    if (!isImported(stored)) return verifyPassword(password, stored);
    // At the same time as one of ours: then it takes no less.
    const [right] = await Promise.all([
      verifyImported(password, stored),
      verifyPassword(password, this.#dummyHash),
    ]);
    return right;
  }

  /** The login is good whether or not this succeeds; then the next one tries again. */
  async #renew(account: StoredAccount, password: string): Promise<string> {
    const { id, address, passwordHash } = account;
    const fields = { user: address, scheme: schemeName(passwordHash) };
    try {
      const renewed = await hashPassword(password);
      // Not when somebody has changed the password meanwhile.
      if (!(await this.#accounts.replaceHash(id, passwordHash, renewed))) return passwordHash;
      this.#log.info('imported password hash replaced', fields);
      return renewed;
    } catch (error) {
      this.#log.warn('imported password hash not replaced', { ...fields, error: errorText(error) });
      return passwordHash;
    }
  }
}
