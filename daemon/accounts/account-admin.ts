/** What operators do with accounts: list, add, change, remove. What was found out about addresses ends with a change. */
import { formatAddress } from '../../shared/address.ts';
import type { Account } from '../../shared/api/accounts.ts';
import { type Clock, isoTime, isoTimeOrNull } from '../clock.ts';
import { MaildError } from '../errors.ts';
import { EventSource } from '../events.ts';
import type { Transaction } from '../store/store-port.ts';
import { type AccountStore, accountExists, type StoredAccount } from './account-store.ts';
import type { AddressResolver } from './address-resolver.ts';
import { aliasTargets } from './alias-store.ts';
import type { HashQueue } from './hash-queue.ts';
import { schemeName } from './imported-hash.ts';
import type { LastLogins } from './last-logins.ts';
import { requireLocalAddress } from './local-address.ts';
import { domainName, type LocalDomains } from './local-domains.ts';
import { hashPassword, isUsablePassword } from './password-hash.ts';

/** Operators do not wait behind guessers. */
export const operator = 'operator';

export interface AccountAdminNeeds {
  readonly accounts: AccountStore;
  readonly domains: LocalDomains;
  readonly resolver: AddressResolver;
  readonly hashes: HashQueue;
  readonly lastLogins: LastLogins;
  readonly clock: Clock;
}

export class AccountAdmin {
  /** Told of the id of an account that is gone, with its mailboxes. */
  readonly removed = new EventSource<number>();
  readonly #needs: AccountAdminNeeds;

  constructor(needs: AccountAdminNeeds) {
    this.#needs = needs;
  }

  /** In the order of their addresses. Of a domain that is not ours there are none. */
  async list(domain: string | undefined): Promise<Account[]> {
    const name = domain === undefined ? null : (domainName(domain) ?? domain);
    return (await this.#needs.accounts.list(name)).map((account) => this.#view(account));
  }

  /** @throws MaildError `params.invalid`, `domain.not_found`, `account.exists`, `alias.exists`. */
  async add(values: {
    address: string;
    password: string;
    quotaBytes?: number | undefined;
  }): Promise<Account> {
    const { accounts, clock } = this.#needs;
    const parsed = requireLocalAddress(values.address, 'address');
    const address = formatAddress(parsed);
    requireOurs(this.#needs.domains, parsed.domain);
    const passwordHash = await this.#hash(values.password);
    const account = { address, passwordHash, quotaBytes: values.quotaBytes ?? null, createdAt: clock.now() };
    await accounts.add(account, (tx) => requireFree(tx, address));
    return this.#changed(address);
  }

  /** @throws MaildError `account.not_found`. */
  async edit(
    address: string,
    changes: {
      password?: string | undefined;
      enabled?: boolean | undefined;
      quotaBytes?: number | null | undefined;
    },
  ): Promise<Account> {
    const name = known(address);
    const { password, enabled, quotaBytes } = changes;
    const passwordHash = password === undefined ? undefined : await this.#hash(password);
    const found = await this.#needs.accounts.change(name, { passwordHash, enabled, quotaBytes });
    if (!found) throw notFound(address);
    return this.#changed(name);
  }

  /**
   * With its mailboxes and their mail. Answers its address in its one form, and how many messages went.
   * @throws MaildError `account.not_found`.
   */
  async remove(address: string): Promise<{ address: string; messages: number }> {
    const name = known(address);
    const removed = await this.#needs.accounts.remove(name);
    if (removed === null) throw notFound(address);
    this.#needs.resolver.forget();
    this.removed.emit(removed.id);
    return { address: name, messages: removed.messages };
  }

  /** @throws MaildError `account.not_found`. */
  async find(address: string): Promise<{ id: number; address: string }> {
    const account = await this.#needs.accounts.find(known(address));
    if (account === undefined) throw notFound(address);
    return { id: account.id, address: account.address };
  }

  /** Those of which so much of their quota or more is used (0 to 1), the fullest first. */
  fullest(share: number, limit: number): ReturnType<AccountStore['fullest']> {
    return this.#needs.accounts.fullest(share, limit);
  }

  /** Those behind `after` in the order of their addresses; null: from the first on. */
  page(after: string | null, limit: number): Promise<readonly { id: number; address: string }[]> {
    return this.#needs.accounts.page(after, limit);
  }

  async #changed(address: string): Promise<Account> {
    this.#needs.resolver.forget();
    const account = await this.#needs.accounts.find(address);
    if (account === undefined) throw notFound(address);
    return this.#view(account);
  }

  async #hash(password: string): Promise<string> {
    if (!isUsablePassword(password)) {
      throw new MaildError('params.invalid', 'password: empty, too long, or with a NUL in it', {
        details: { path: 'password' },
      });
    }
    return this.#needs.hashes.run(operator, false, () => hashPassword(password));
  }

  #view(account: StoredAccount): Account {
    const unwritten = this.#needs.lastLogins.unwritten(account.id);
    return {
      address: account.address,
      enabled: account.enabled,
      createdAt: isoTime(account.createdAt),
      lastLoginAt: isoTimeOrNull(unwritten?.at ?? account.lastLoginAt),
      lastLoginFrom: unwritten?.from ?? account.lastLoginFrom,
      messages: account.messages,
      bytes: account.bytes,
      quotaBytes: account.quotaBytes,
      passwordScheme: schemeName(account.passwordHash),
    };
  }
}

/** @throws MaildError `domain.not_found`. */
export function requireOurs(domains: LocalDomains, domain: string): void {
  if (!domains.has(domain)) throw new MaildError('domain.not_found', `${domain} is not a domain of ours`);
}

/** @throws MaildError `account.exists`, `alias.exists`. */
export async function requireFree(tx: Transaction, address: string): Promise<void> {
  if (await accountExists(tx, address)) throw accountExistsError(address);
  if ((await aliasTargets(tx, address)).length > 0) throw aliasExistsError(address);
}

export const accountExistsError = (address: string): MaildError =>
  new MaildError('account.exists', `${address} is an account already`);
export const aliasExistsError = (address: string): MaildError =>
  new MaildError('alias.exists', `${address} is an alias already`);

const notFound = (address: string): MaildError =>
  new MaildError('account.not_found', `there is no account ${address}`);

/** @throws MaildError `account.not_found` for what cannot be an account. */
function known(address: string): string {
  try {
    return formatAddress(requireLocalAddress(address, 'address'));
  } catch {
    throw notFound(address);
  }
}
