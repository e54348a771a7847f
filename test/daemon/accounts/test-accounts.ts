/** Accounts on a real database in a folder of its own, with the blocks of a real registry. */
import { onTestFinished } from 'vitest';
import { type Accounts, makeAccounts } from '../../../daemon/accounts/accounts.ts';
import type { DirectorySettings } from '../../../daemon/accounts/directory.ts';
import { systemClock } from '../../../daemon/clock.ts';
import { nullLog } from '../../../daemon/log/logger.ts';
import { Blocks } from '../../../daemon/sessions/blocks.ts';
import { BlocksStore } from '../../../daemon/sessions/blocks-store.ts';
import type { Reader, Writer } from '../../../daemon/store/store-port.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { openTestStore, testFolder } from '../../helpers/test-store.ts';

export const testSettings: DirectorySettings = {
  domains: ['example.org'],
  postmaster: null,
  plusAddressing: true,
  auth: { delayMs: 0, maxFailures: 1_000, banMs: 900_000 },
};

export interface TestAccounts extends Accounts {
  readonly store: Reader & Writer;
  readonly blocks: Blocks;
  readonly clock: FakeClock;
}

/** @param time `real` where the time that things take is what is looked at; `clock` drives nothing then. */
export async function testAccounts(
  changes: Partial<DirectorySettings> = {},
  time: 'fake' | 'real' = 'fake',
): Promise<TestAccounts> {
  const store = await openTestStore(await testFolder());
  const clock = new FakeClock();
  const log = nullLog.for('accounts');
  const blocks = new Blocks(new BlocksStore(store, store), clock, log);
  await blocks.load();
  onTestFinished(() => blocks.close());
  const accounts = makeAccounts({
    store,
    settings: { ...testSettings, ...changes },
    blocks,
    clock: time === 'real' ? systemClock : clock,
    log,
  });
  await accounts.directory.load();
  return { ...accounts, store, blocks, clock };
}
