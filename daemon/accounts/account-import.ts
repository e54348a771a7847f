/**
 * Takes over accounts of another server with the password hashes that they have there. Each is made for itself: one that
 * cannot be is named with the reason and keeps none of the others back.
 */
import { formatAddress } from '../../shared/address.ts';
import type { ImportedAccount } from '../../shared/api/accounts.ts';
import type { Clock } from '../clock.ts';
import { MaildError } from '../errors.ts';
import { operator, requireFree, requireOurs } from './account-admin.ts';
import type { AccountStore } from './account-store.ts';
import type { AddressResolver } from './address-resolver.ts';
import type { HashQueue } from './hash-queue.ts';
import { type ImportedPassword, readImportedPassword } from './imported-hash.ts';
import { requireLocalAddress } from './local-address.ts';
import type { LocalDomains } from './local-domains.ts';
import { hashPassword, isUsablePassword } from './password-hash.ts';

/** At a time: they share a sync, and those in the clear stay within what one asker may have waiting to be hashed. */
const atOnce = 8;

export interface AccountImportNeeds {
  readonly accounts: AccountStore;
  readonly domains: LocalDomains;
  readonly resolver: AddressResolver;
  readonly hashes: HashQueue;
  readonly clock: Clock;
}

export interface AccountToImport {
  readonly address: string;
  readonly passwordHash: string;
  readonly quotaBytes?: number | undefined;
  readonly enabled?: boolean | undefined;
}

/** Thrown inside of a transaction that would have succeeded. */
class DryRun extends Error {}

export class AccountImport {
  readonly #needs: AccountImportNeeds;

  constructor(needs: AccountImportNeeds) {
    this.#needs = needs;
  }

  /** A word on each, in their order. Rejects with what the store throws; those before are made then. */
  async run(entries: readonly AccountToImport[], dryRun: boolean): Promise<ImportedAccount[]> {
    const results: ImportedAccount[] = [];
    for (let at = 0; at < entries.length; at += atOnce) {
      const slice = entries.slice(at, at + atOnce);
      results.push(...(await Promise.all(slice.map((entry) => this.#import(entry, dryRun)))));
    }
    if (!dryRun && results.some(({ outcome }) => outcome === 'created')) this.#needs.resolver.forget();
    return results;
  }

  async #import(entry: AccountToImport, dryRun: boolean): Promise<ImportedAccount> {
    const { address } = entry;
    const password = await readImportedPassword(entry.passwordHash);
    const passwordScheme = password.kind === 'none' ? null : password.scheme;
    const result = (outcome: ImportedAccount['outcome'], reason: string | null): ImportedAccount => ({
      address,
      outcome,
      passwordScheme,
      reason,
    });
    if (password.kind === 'none') return result('locked', 'it has no password');
    if (password.kind === 'refused') return result('refused', refusalText(password));
    if (password.kind === 'plain' && !isUsablePassword(password.password)) {
      return result('refused', 'its password is empty, too long, or has a NUL in it');
    }
    try {
      await this.#add(entry, password, dryRun);
      return result('created', null);
    } catch (error) {
      if (error instanceof DryRun) return result('created', null);
      if (!(error instanceof MaildError) || error.temporary) throw error;
      return result(error.code === 'account.exists' ? 'exists' : 'refused', error.message);
    }
  }

  async #add(
    { address, quotaBytes, enabled }: AccountToImport,
    password: Extract<ImportedPassword, { kind: 'hash' | 'plain' }>,
    dryRun: boolean,
  ): Promise<void> {
    const { accounts, domains, clock } = this.#needs;
    const parsed = requireLocalAddress(address, 'address');
    const name = formatAddress(parsed);
    requireOurs(domains, parsed.domain);
    const account = {
      address: name,
      passwordHash: dryRun ? '' : await this.#hash(password),
      enabled: enabled ?? true,
      quotaBytes: quotaBytes ?? null,
      createdAt: clock.now(),
    };
    await accounts.add(account, async (tx) => {
      await requireFree(tx, name);
      if (dryRun) throw new DryRun();
    });
  }

  #hash(password: Extract<ImportedPassword, { kind: 'hash' | 'plain' }>): Promise<string> {
    if (password.kind === 'hash') return Promise.resolve(password.stored);
    return this.#needs.hashes.run(operator, false, () => hashPassword(password.password));
  }
}

const refusalText = ({ scheme, reason }: Extract<ImportedPassword, { kind: 'refused' }>): string =>
  scheme === null ? reason : `${scheme}: ${reason}`;
