/** What operators do with domains. Those of the configuration file are changed there, but for their catch-all. */
import type { Domain } from '../../shared/api/accounts.ts';
import type { Clock } from '../clock.ts';
import { MaildError } from '../errors.ts';
import type { AddressResolver } from './address-resolver.ts';
import type { DomainStore, DomainUse } from './domain-store.ts';
import { requireTarget } from './local-address.ts';
import { domainName, type LocalDomains } from './local-domains.ts';

export interface DomainAdminNeeds {
  readonly store: DomainStore;
  readonly domains: LocalDomains;
  readonly resolver: AddressResolver;
  readonly clock: Clock;
}

const unused: DomainUse = { accounts: 0, aliases: 0 };

export class DomainAdmin {
  readonly #needs: DomainAdminNeeds;

  constructor(needs: DomainAdminNeeds) {
    this.#needs = needs;
  }

  async list(): Promise<Domain[]> {
    const use = await this.#needs.store.use();
    return this.#needs.domains.names().map((name) => this.#view(name, use.get(name) ?? unused));
  }

  /** @throws MaildError `params.invalid`, `domain.exists`. */
  async add(text: string, catchAll: string | undefined): Promise<Domain> {
    const name = domainName(text);
    if (name === null) {
      throw new MaildError('params.invalid', `name: "${text}" is no domain`, { details: { path: 'name' } });
    }
    if (this.#needs.domains.has(name)) throw new MaildError('domain.exists', `${name} is ours already`);
    return this.#put(name, catchAll ?? null, true);
  }

  /** @throws MaildError `params.invalid`, `domain.not_found`. */
  async edit(text: string, catchAll: string | null): Promise<Domain> {
    const name = this.#known(text);
    return this.#put(name, catchAll, !this.#needs.domains.isConfigured(name));
  }

  /** @throws MaildError `domain.not_found`, `domain.in_config`, `domain.not_empty`. */
  async remove(text: string): Promise<void> {
    const name = this.#known(text);
    if (this.#needs.domains.isConfigured(name)) {
      throw new MaildError('domain.in_config', `${name} is in the configuration file: take it out there`);
    }
    const left = await this.#needs.store.remove(name);
    if (left !== null) {
      throw new MaildError(
        'domain.not_empty',
        `${name} has ${left.accounts} accounts and ${left.aliases} aliases: remove them first`,
        { details: { ...left } },
      );
    }
    await this.#reload();
  }

  /** The domain in its one form; null when it is none of ours. */
  ownName(text: string): string | null {
    const name = domainName(text);
    return name !== null && this.#needs.domains.has(name) ? name : null;
  }

  async #put(name: string, catchAll: string | null, added: boolean): Promise<Domain> {
    const { domains, store, clock } = this.#needs;
    const isOurs = (domain: string) => domain === name || domains.has(domain);
    const target = catchAll === null ? null : requireTarget(catchAll, 'catchAll', isOurs);
    await store.put({ name, catchAll: target, added }, clock.now());
    await this.#reload();
    return this.#view(name, (await store.use()).get(name) ?? unused);
  }

  async #reload(): Promise<void> {
    await this.#needs.domains.load();
    this.#needs.resolver.forget();
  }

  #known(text: string): string {
    const name = this.ownName(text);
    if (name === null) throw new MaildError('domain.not_found', `${text} is not a domain of ours`);
    return name;
  }

  #view(name: string, use: DomainUse): Domain {
    const { domains } = this.#needs;
    const origin = domains.isConfigured(name) ? 'config' : 'added';
    return { name, origin, catchAll: domains.catchAll(name), ...use };
  }
}
