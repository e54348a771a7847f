/**
 * Checks logins, for all protocols: what is right, what is wrong, and who has been wrong too often.
 *
 * Nobody learns from the answer or its time whether an account exists. The password is kept nowhere: a login that was
 * verified is remembered for some minutes under a keyed hash, because mail clients log in again and again.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { formatAddress } from '../../shared/address.ts';
import type { Clock } from '../clock.ts';
import { errorText, MaildError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import { addressGroup } from '../net/address-group.ts';
import type { AccountStore, StoredAccount } from './account-store.ts';
import type { LoginResult } from './directory-port.ts';
import type { HashQueue } from './hash-queue.ts';
import type { LastLogins } from './last-logins.ts';
import { localAddress } from './local-address.ts';
import { type AuthSettings, LoginFailures } from './login-failures.ts';
import type { PasswordCheck } from './password-check.ts';
import { isUsablePassword } from './password-hash.ts';

const verifiedMs = 5 * 60_000;
const maxVerified = 10_000;
/** Of a user name that is no address, in the log and where failures are counted. */
const maxUserChars = 320;

/** Who is refused for now: the registry's blocks. */
export interface LoginBlocks {
  reason(remoteAddress: string, user: string | null): string | null;
  add(block: {
    kind: 'address';
    value: string;
    reason: string;
    source: 'guessing';
    forMs: number;
  }): Promise<unknown>;
}

export interface LoginNeeds {
  readonly accounts: AccountStore;
  readonly hashes: HashQueue;
  readonly passwords: PasswordCheck;
  readonly lastLogins: LastLogins;
  readonly blocks: LoginBlocks;
  readonly clock: Clock;
  readonly log: Logger;
}

interface Attempt {
  readonly user: string;
  readonly remoteAddress: string;
  /** Addresses that count as one. */
  readonly group: string;
}

type Verdict = 'right' | 'blocked' | 'busy' | { readonly delayMs: number };

export class Logins {
  readonly #needs: LoginNeeds;
  readonly #failures: LoginFailures;
  readonly #key = randomBytes(32);
  readonly #verified: LRUCache<string, true>;
  /** Those that go on now, by what was said. */
  readonly #checking = new Map<string, Promise<Verdict>>();
  #settings: AuthSettings;

  constructor(needs: LoginNeeds, settings: AuthSettings) {
    this.#needs = needs;
    this.#settings = settings;
    this.#failures = new LoginFailures(needs.clock);
    this.#verified = new LRUCache({
      max: maxVerified,
      ttl: verifiedMs,
      ttlResolution: 0,
      perf: { now: () => needs.clock.monotonic() + 1 },
    });
  }

  configure(settings: AuthSettings): void {
    this.#settings = settings;
  }

  /** Rejects with what the store throws: then nobody knows whether it was right. */
  async login(name: string, password: string, remoteAddress: string): Promise<LoginResult> {
    const address = localAddress(name);
    const user = address === null ? name.slice(0, maxUserChars) : formatAddress(address);
    const attempt = { user, remoteAddress, group: addressGroup(remoteAddress) };
    if (this.#isBlocked(attempt)) return this.#refused(attempt);
    const account = address === null ? undefined : await this.#needs.accounts.find(user);
    const verdict = await this.#check(account, password, attempt);
    if (verdict === 'blocked') return this.#refused(attempt);
    if (verdict === 'busy') return { ok: false, reason: 'busy' };
    if (verdict !== 'right') await this.#wait(verdict.delayMs);
    if (verdict !== 'right' || account === undefined) return { ok: false, reason: 'credentials' };
    if (!account.enabled) {
      this.#log('login refused: account is disabled', attempt);
      return { ok: false, reason: 'disabled' };
    }
    this.#failures.succeeded(attempt.group, user);
    this.#needs.lastLogins.note(account.id, remoteAddress);
    return { ok: true, accountId: account.id, user };
  }

  /**
   * A program opens several sessions at once, and all programs come back at once after a restart: those that say the same
   * wait for the first of them, and are checked only if it was wrong. In this, too, an unknown user is like any other.
   */
  async #check(account: StoredAccount | undefined, password: string, attempt: Attempt): Promise<Verdict> {
    const key = this.#fingerprint(account?.id ?? 0, account?.passwordHash ?? attempt.user, password);
    const before = this.#checking.get(key);
    if (before !== undefined && (await before.catch(() => null)) === 'right') {
      return this.#isBlocked(attempt) ? 'blocked' : 'right';
    }
    const check = this.#checkAlone(account, password, attempt);
    this.#checking.set(key, check);
    try {
      return await check;
    } finally {
      if (this.#checking.get(key) === check) this.#checking.delete(key);
    }
  }

  async #checkAlone(
    account: StoredAccount | undefined,
    password: string,
    attempt: Attempt,
  ): Promise<Verdict> {
    const usable = isUsablePassword(password);
    const candidate = account === undefined || !usable ? null : account;
    if (
      candidate !== null &&
      this.#verified.has(this.#fingerprint(candidate.id, candidate.passwordHash, password))
    ) {
      return 'right';
    }
    const { hashes, passwords } = this.#needs;
    try {
      return await hashes.run(attempt.group, this.#failures.suspected(attempt.group), async () => {
        // Many that were sent at once may have waited here while the first of them used up the chances; and the next
        // one must find counted what this one did.
        if (this.#isBlocked(attempt)) return 'blocked';
        const verdict = await passwords.check(candidate, usable ? password : '');
        if (!verdict.right) return { delayMs: this.#failed(attempt).delayMs + verdict.paddingMs };
        if (candidate !== null)
          this.#verified.set(this.#fingerprint(candidate.id, verdict.hash, password), true);
        return 'right';
      });
    } catch (error) {
      if (error instanceof MaildError && error.code === 'login.busy') return 'busy';
      throw error;
    }
  }

  /** Counts it, bans who has had enough, and says how long the answer has to wait. */
  #failed(attempt: Attempt): { delayMs: number } {
    const { group, user } = attempt;
    this.#log('login failed', attempt);
    const { delayMs, ban } = this.#failures.failed(group, user, this.#settings);
    if (ban) this.#ban(group);
    return { delayMs };
  }

  /** Holds at once; keeping it for the next start is waited for by nobody. */
  #ban(group: string): void {
    const { blocks, log } = this.#needs;
    const reason = 'too many failed logins';
    const block = {
      kind: 'address',
      value: group,
      reason,
      source: 'guessing',
      forMs: this.#settings.banMs,
    } as const;
    blocks.add(block).catch((error: unknown) => {
      log.error('address could not be blocked', { remoteAddress: group, error: errorText(error) });
    });
  }

  #wait(ms: number): Promise<void> {
    if (ms === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#needs.clock.after(ms, resolve);
    });
  }

  #refused(attempt: Attempt): LoginResult {
    this.#log('login refused: blocked', attempt);
    return { ok: false, reason: 'blocked' };
  }

  #isBlocked({ remoteAddress, user }: Attempt): boolean {
    return this.#needs.blocks.reason(remoteAddress, user) !== null;
  }

  #log(message: string, { user, remoteAddress }: Attempt): void {
    this.#needs.log.info(message, { user, remoteAddress });
  }

  /** The stored hash is part of it, so that a changed password ends what was remembered. */
  #fingerprint(accountId: number, passwordHash: string, password: string): string {
    return createHmac('sha256', this.#key)
      .update(`${accountId}\0${passwordHash}\0${password}`)
      .digest('base64');
  }
}
