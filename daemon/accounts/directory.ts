/** People and addresses, as SMTP, intake and delivery ask for them: one door to domains, resolving and logins. */
import { errorText } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { AddressResolver, ResolverSettings } from './address-resolver.ts';
import type { DirectoryPort, LoginResult, Resolution } from './directory-port.ts';
import type { LastLogins } from './last-logins.ts';
import type { LocalDomains } from './local-domains.ts';
import type { AuthSettings } from './login-failures.ts';
import type { Logins } from './logins.ts';

export interface DirectoryNeeds {
  readonly domains: LocalDomains;
  readonly resolver: AddressResolver;
  readonly logins: Logins;
  readonly lastLogins: LastLogins;
  readonly log: Logger;
}

/** The keys of the configuration that are obeyed here. */
export interface DirectorySettings extends ResolverSettings {
  readonly domains: readonly string[];
  readonly auth: AuthSettings;
}

export class Directory implements DirectoryPort {
  readonly #needs: DirectoryNeeds;

  constructor(needs: DirectoryNeeds) {
    this.#needs = needs;
  }

  /**
   * Reads the domains that were added. With a database that cannot be read, those of the configuration are ours and
   * the others are not known; to be called again when it can be.
   */
  async load(): Promise<void> {
    const { domains, resolver, log } = this.#needs;
    try {
      await domains.load();
    } catch (error) {
      log.error('domains could not be read', { error: errorText(error) });
    }
    resolver.forget();
  }

  /** Applies a configuration that was read again. */
  configure(settings: DirectorySettings): void {
    const { domains, resolver, logins } = this.#needs;
    domains.configure(settings.domains);
    resolver.configure(settings);
    logins.configure(settings.auth);
  }

  isLocalDomain(domain: string): boolean {
    return this.#needs.domains.has(domain);
  }

  resolve(address: string): Promise<Resolution> {
    return this.#needs.resolver.resolve(address);
  }

  login(user: string, password: string, remoteAddress: string): Promise<LoginResult> {
    return this.#needs.logins.login(user, password, remoteAddress);
  }

  /** Writes what is left. */
  close(): Promise<void> {
    return this.#needs.lastLogins.flush();
  }
}
