/** Puts together the parts of this folder: what the daemon asks of people and addresses, and what operators change. */
import type { Clock } from '../clock.ts';
import type { Logger } from '../log/logger.ts';
import type { Folder } from '../mailboxes/mailbox-store.ts';
import type { Reader, Writer } from '../store/store-port.ts';
import { AccountAdmin } from './account-admin.ts';
import { AccountImport } from './account-import.ts';
import { AccountStore } from './account-store.ts';
import { AddressResolver } from './address-resolver.ts';
import { AliasAdmin } from './alias-admin.ts';
import { AliasStore } from './alias-store.ts';
import { Directory, type DirectorySettings } from './directory.ts';
import { DomainAdmin } from './domain-admin.ts';
import { DomainStore } from './domain-store.ts';
import { HashQueue } from './hash-queue.ts';
import { LastLogins } from './last-logins.ts';
import { LocalDomains } from './local-domains.ts';
import { type LoginBlocks, Logins } from './logins.ts';
import { PasswordCheck } from './password-check.ts';

export interface AccountsNeeds {
  readonly store: Reader & Writer;
  readonly settings: DirectorySettings;
  /** What a new account gets beside its INBOX. */
  readonly folders?: () => readonly Folder[];
  readonly blocks: LoginBlocks;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Accounts {
  readonly directory: Directory;
  readonly accountAdmin: AccountAdmin;
  readonly accountImport: AccountImport;
  readonly domainAdmin: DomainAdmin;
  readonly aliasAdmin: AliasAdmin;
  /** The domains that are ours at this moment. */
  domainNames(): string[];
}

/** `directory.load()` is to be called before mail comes in. */
export function makeAccounts({ store, settings, folders, blocks, clock, log }: AccountsNeeds): Accounts {
  const accounts = new AccountStore(store, store, folders);
  const aliases = new AliasStore(store, store);
  const domainStore = new DomainStore(store, store);
  const domains = new LocalDomains(domainStore, settings.domains);
  const resolver = new AddressResolver({ accounts, aliases, domains, clock }, settings);
  const hashes = new HashQueue();
  const lastLogins = new LastLogins(accounts, clock, log);
  const passwords = new PasswordCheck(accounts, clock, log);
  const logins = new Logins({ accounts, hashes, passwords, lastLogins, blocks, clock, log }, settings.auth);
  return {
    directory: new Directory({ domains, resolver, logins, lastLogins, log }),
    accountAdmin: new AccountAdmin({ accounts, domains, resolver, hashes, lastLogins, clock }),
    accountImport: new AccountImport({ accounts, domains, resolver, hashes, clock }),
    domainAdmin: new DomainAdmin({ store: domainStore, domains, resolver, clock }),
    aliasAdmin: new AliasAdmin({ aliases, domains, resolver }),
    domainNames: () => domains.names(),
  };
}

/** The keys of the configuration that accounts obey. */
export const directorySettings = (config: {
  readonly domains: readonly string[];
  readonly postmaster: string | null;
  readonly smtp: { readonly plusAddressing: boolean };
  readonly auth: DirectorySettings['auth'];
}): DirectorySettings => ({
  domains: config.domains,
  postmaster: config.postmaster,
  plusAddressing: config.smtp.plusAddressing,
  auth: config.auth,
});
