/** Puts together who may log in and which addresses are ours. */
import { AccountAdmin } from './accounts/account-admin.ts';
import { AccountStore } from './accounts/account-store.ts';
import { AddressResolver } from './accounts/address-resolver.ts';
import { AliasAdmin } from './accounts/alias-admin.ts';
import { AliasStore } from './accounts/alias-store.ts';
import { Directory, type DirectorySettings } from './accounts/directory.ts';
import { DomainAdmin } from './accounts/domain-admin.ts';
import { DomainStore } from './accounts/domain-store.ts';
import { HashQueue } from './accounts/hash-queue.ts';
import { LastLogins } from './accounts/last-logins.ts';
import { LocalDomains } from './accounts/local-domains.ts';
import { Logins } from './accounts/logins.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config/config.ts';
import type { Logger } from './log/logger.ts';
import type { Blocks } from './sessions/blocks.ts';
import type { Store } from './store/store.ts';

export interface PeopleNeeds {
  readonly store: Store;
  readonly config: Config;
  readonly blocks: Blocks;
  readonly clock: Clock;
  readonly log: Logger;
}

export function makePeople({ store, config, blocks, clock, log }: PeopleNeeds) {
  const accounts = new AccountStore(store, store);
  const aliases = new AliasStore(store, store);
  const domainStore = new DomainStore(store, store);
  const domains = new LocalDomains(domainStore, config.domains);
  const settings = directorySettings(config);
  const resolver = new AddressResolver({ accounts, aliases, domains, clock }, settings);
  const hashes = new HashQueue();
  const lastLogins = new LastLogins(accounts, clock, log);
  const logins = new Logins({ accounts, hashes, lastLogins, blocks, clock, log }, settings.auth);
  const directory = new Directory({ domains, resolver, logins, lastLogins, log });
  return {
    directory,
    accounts: new AccountAdmin({ accounts, domains, resolver, hashes, lastLogins, clock }),
    domains: new DomainAdmin({ store: domainStore, domains, resolver, clock }),
    aliases: new AliasAdmin({ aliases, domains, resolver }),
  };
}

export const directorySettings = (config: Config): DirectorySettings => ({
  domains: config.domains,
  plusAddressing: config.smtp.plusAddressing,
  postmaster: config.postmaster,
  auth: config.auth,
});
