/** What operators do with aliases. One that leads back to itself, or to too many, is refused when it is made. */
import { formatAddress } from '../../shared/address.ts';
import type { Alias } from '../../shared/api/accounts.ts';
import { MaildError } from '../errors.ts';
import type { Reader, Transaction } from '../store/store-port.ts';
import { accountExistsError, aliasExistsError, requireOurs } from './account-admin.ts';
import { accountExists } from './account-store.ts';
import { type AddressResolver, maxDepth, maxTargets } from './address-resolver.ts';
import { type AliasStore, aliasTargets } from './alias-store.ts';
import { requireLocalAddress, requireTarget } from './local-address.ts';
import { domainName, type LocalDomains } from './local-domains.ts';

export interface AliasAdminNeeds {
  readonly aliases: AliasStore;
  readonly domains: LocalDomains;
  readonly resolver: AddressResolver;
}

export class AliasAdmin {
  readonly #needs: AliasAdminNeeds;

  constructor(needs: AliasAdminNeeds) {
    this.#needs = needs;
  }

  /** In the order of their addresses. Of a domain that is not ours there are none. */
  async list(domain: string | undefined): Promise<Alias[]> {
    const name = domain === undefined ? null : (domainName(domain) ?? domain);
    return (await this.#needs.aliases.list(name)).map(view);
  }

  /** @throws MaildError `params.invalid`, `domain.not_found`, `account.exists`, `alias.exists`, `alias.loop`. */
  async add(address: string, targets: readonly string[]): Promise<Alias> {
    const parsed = requireLocalAddress(address, 'address');
    requireOurs(this.#needs.domains, parsed.domain);
    const name = formatAddress(parsed);
    return this.#put(name, targets, async (tx) => {
      if (await accountExists(tx, name)) throw accountExistsError(name);
      if ((await aliasTargets(tx, name)).length > 0) throw aliasExistsError(name);
    });
  }

  /** @throws MaildError `params.invalid`, `alias.not_found`, `alias.loop`. */
  async edit(address: string, targets: readonly string[]): Promise<Alias> {
    const name = formatAddress(requireLocalAddress(address, 'address'));
    return this.#put(name, targets, async (tx) => {
      if ((await aliasTargets(tx, name)).length === 0) throw notFound(address);
    });
  }

  /** @throws MaildError `alias.not_found`. */
  async remove(address: string): Promise<void> {
    const name = formatAddress(requireLocalAddress(address, 'address'));
    if (!(await this.#needs.aliases.remove(name))) throw notFound(address);
    this.#needs.resolver.forget();
  }

  async #put(
    address: string,
    given: readonly string[],
    check: (tx: Transaction) => Promise<void>,
  ): Promise<Alias> {
    const { aliases, domains, resolver } = this.#needs;
    const isOurs = (domain: string) => domains.has(domain);
    const targets = [...new Set(given.map((text, n) => requireTarget(text, `targets.${n}`, isOurs)))].sort();
    await aliases.put({ address, targets }, async (tx) => {
      await check(tx);
      await refuseLoop(tx, address, targets);
    });
    resolver.forget();
    return { address, targets };
  }
}

/** Follows the targets through other aliases, as resolving would. */
async function refuseLoop(tx: Reader, address: string, targets: readonly string[]): Promise<void> {
  const seen = new Set<string>();
  let level = targets;
  for (let depth = 0; level.length > 0; depth += 1) {
    if (level.includes(address)) {
      throw new MaildError('alias.loop', `${address} would lead back to itself`);
    }
    if (depth >= maxDepth || seen.size > maxTargets) {
      throw new MaildError(
        'alias.loop',
        `${address} would stand for more than ${maxTargets} addresses, or lead over more than ${maxDepth} aliases`,
      );
    }
    const next: string[] = [];
    for (const target of level) {
      if (seen.has(target)) continue;
      seen.add(target);
      next.push(...(await aliasTargets(tx, target)));
    }
    level = next;
  }
}

const view = ({ address, targets }: { address: string; targets: readonly string[] }): Alias => ({
  address,
  targets: [...targets],
});

const notFound = (address: string): MaildError =>
  new MaildError('alias.not_found', `there is no alias ${address}`);
