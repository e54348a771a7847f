/** Accounts, domains and aliases. */
import type { AccountAdmin } from '../../accounts/account-admin.ts';
import type { AliasAdmin } from '../../accounts/alias-admin.ts';
import type { DomainAdmin } from '../../accounts/domain-admin.ts';
import type { DkimAdmin } from '../../scan/dkim-admin.ts';
import type { HandlersOf } from '../handler.ts';

export const accountHandlers = (
  accounts: AccountAdmin,
  domains: DomainAdmin,
  aliases: AliasAdmin,
  dkim: DkimAdmin,
): HandlersOf<'accounts'> & HandlersOf<'domains'> & HandlersOf<'aliases'> => ({
  'accounts.list': async ({ domain }) => ({ accounts: await accounts.list(domain) }),
  'accounts.add': async (values) => ({ account: await accounts.add(values) }),
  'accounts.edit': async ({ address, ...changes }) => ({ account: await accounts.edit(address, changes) }),
  'accounts.remove': async ({ address }) => ({ removed: true, messages: await accounts.remove(address) }),
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
