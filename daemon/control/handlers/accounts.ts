/** Accounts, domains and aliases. Who may not log in any more, or not so, is not left in a session that is open. */
import type { AccountAdmin } from '../../accounts/account-admin.ts';
import type { AccountImport } from '../../accounts/account-import.ts';
import type { AliasAdmin } from '../../accounts/alias-admin.ts';
import type { DomainAdmin } from '../../accounts/domain-admin.ts';
import type { DkimAdmin } from '../../scan/dkim-admin.ts';
import type { AccountSessions } from '../../sessions/account-sessions.ts';
import type { HandlersOf } from '../handler.ts';

export interface AccountHandlerNeeds {
  readonly accounts: AccountAdmin;
  readonly accountImport: AccountImport;
  readonly domains: DomainAdmin;
  readonly aliases: AliasAdmin;
  readonly dkim: DkimAdmin;
  readonly sessions: AccountSessions;
}

export const accountHandlers = ({
  accounts,
  accountImport,
  domains,
  aliases,
  dkim,
  sessions,
}: AccountHandlerNeeds): HandlersOf<'accounts'> & HandlersOf<'domains'> & HandlersOf<'aliases'> => ({
  'accounts.list': async ({ domain }) => ({ accounts: await accounts.list(domain) }),
  'accounts.add': async (values) => ({ account: await accounts.add(values) }),
  'accounts.edit': async ({ address, ...changes }) => {
    const account = await accounts.edit(address, changes);
    const shut = changes.enabled === false;
    const endedSessions =
      shut || changes.password !== undefined
        ? await sessions.end(account.address, shut ? 'account is disabled' : 'password was changed')
        : 0;
    return { account, endedSessions };
  },
  'accounts.remove': async ({ address }) => {
    const { address: user, messages } = await accounts.remove(address);
    const endedSessions = await sessions.end(user, 'account was removed');
    return { removed: true, messages, endedSessions };
  },
  'accounts.import': async ({ accounts: entries, dryRun = false }) => ({
    accounts: await accountImport.run(entries, dryRun),
    dryRun,
  }),
  'domains.list': async () => ({ domains: await domains.list() }),
  'domains.add': async ({ name, catchAll }) => ({ domain: await domains.add(name, catchAll) }),
  'domains.edit': async ({ name, catchAll }) => ({ domain: await domains.edit(name, catchAll) }),
  'domains.remove': async ({ name }) => {
    await domains.remove(name);
    return { removed: true };
  },
  'domains.dkim': ({ name, selector }) => dkim.use(name, selector),
  'aliases.list': async ({ domain }) => ({ aliases: await aliases.list(domain) }),
  'aliases.add': async ({ address, targets }) => ({ alias: await aliases.add(address, targets) }),
  'aliases.edit': async ({ address, targets }) => ({ alias: await aliases.edit(address, targets) }),
  'aliases.remove': async ({ address }) => {
    await aliases.remove(address);
    return { removed: true };
  },
});
