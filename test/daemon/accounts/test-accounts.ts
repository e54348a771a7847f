/** Accounts on a real database in a folder of its own, with the blocks of a real registry. */
import { onTestFinished } from 'vitest';
import type { AccountAdmin } from '../../../daemon/accounts/account-admin.ts';
import type { AliasAdmin } from '../../../daemon/accounts/alias-admin.ts';
import type { Directory, DirectorySettings } from '../../../daemon/accounts/directory.ts';
import type { DomainAdmin } from '../../../daemon/accounts/domain-admin.ts';
import { nullLog } from '../../../daemon/log/logger.ts';
import { makePeople } from '../../../daemon/people.ts';
import { Blocks } from '../../../daemon/sessions/blocks.ts';
import { BlocksStore } from '../../../daemon/sessions/blocks-store.ts';
import type { Store } from '../../../daemon/store/store.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { testConfig } from '../../helpers/test-config.ts';
import { openTestStore, testFolder } from '../../helpers/test-store.ts';

export const testSettings: DirectorySettings = {
  domains: ['example.org'],
  postmaster: null,
  plusAddressing: true,
  auth: { delayMs: 0, maxFailures: 1_000, banMs: 900_000 },
};

export interface TestAccounts {
  readonly directory: Directory;
  readonly accountAdmin: AccountAdmin;
  readonly domainAdmin: DomainAdmin;
  readonly aliasAdmin: AliasAdmin;
  readonly store: Store;
  readonly blocks: Blocks;
  readonly clock: FakeClock;
}

export async function testAccounts(changes: Partial<DirectorySettings> = {}): Promise<TestAccounts> {
  const store = await openTestStore(await testFolder());
  const clock = new FakeClock();
  const log = nullLog.for('accounts');
  const blocks = new Blocks(new BlocksStore(store, store), clock, log);
  await blocks.load();
  onTestFinished(() => blocks.close());
  const { plusAddressing, ...others } = { ...testSettings, ...changes };
  const config = testConfig({ ...others, smtp: { plusAddressing } });
  const { directory, accounts, domains, aliases } = makePeople({ store, config, blocks, clock, log });
  await directory.load();
  return {
    directory,
    accountAdmin: accounts,
    domainAdmin: domains,
    aliasAdmin: aliases,
    store,
    blocks,
    clock,
  };
}
