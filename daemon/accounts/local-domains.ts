/** The domains that are ours: those of the configuration and those that were added. In memory, for each RCPT asks. */
import { isAddressLiteral, normaliseDomain } from '../../shared/address.ts';
import type { DomainStore, StoredDomain } from './domain-store.ts';

export class LocalDomains {
  readonly #store: DomainStore;
  #configured: ReadonlySet<string> = new Set();
  #stored: ReadonlyMap<string, StoredDomain> = new Map();

  constructor(store: DomainStore, configured: readonly string[]) {
    this.#store = store;
    this.configure(configured);
  }

  configure(domains: readonly string[]): void {
    this.#configured = new Set(domains.map((name) => normaliseDomain(name) ?? name.toLowerCase()));
  }

  /** Reads the added ones again. Throws what the store throws; then they stay as they were. */
  async load(): Promise<void> {
    this.#stored = new Map((await this.#store.list()).map((domain) => [domain.name, domain]));
  }

  /** Any spelling: case does not matter, nor whether it is in Unicode or in A-labels (RFC 5890). */
  has(domain: string): boolean {
    if (this.#isOurs(domain)) return true;
    const name = normaliseDomain(domain);
    return name !== null && this.#isOurs(name);
  }

  /** Of a domain in its one form. */
  catchAll(name: string): string | null {
    return this.#stored.get(name)?.catchAll ?? null;
  }

  isConfigured(name: string): boolean {
    return this.#configured.has(name);
  }

  isAdded(name: string): boolean {
    return this.#stored.get(name)?.added === true;
  }

  /** Those of the configuration first. */
  names(): string[] {
    const added = [...this.#stored.values()].filter((domain) => domain.added).map((domain) => domain.name);
    return [...new Set([...this.#configured, ...added])];
  }

  #isOurs(name: string): boolean {
    return this.#configured.has(name) || this.isAdded(name);
  }
}

/** The domain in its one form; null for what cannot be a domain of ours. */
export function domainName(text: string): string | null {
  const name = normaliseDomain(text);
  return name === null || isAddressLiteral(name) ? null : name;
}
