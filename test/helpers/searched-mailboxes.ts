/** Mailboxes that can be searched, with the threads that look into contents. */
import { join } from 'node:path';
import { type Clock, systemClock } from '../../daemon/clock.ts';
import { nullLog } from '../../daemon/log/logger.ts';
import { MailboxSearch } from '../../daemon/mailboxes/search/mailbox-search.ts';
import type { SearchKey } from '../../daemon/mailboxes/search/search-key.ts';
import { Structures } from '../../daemon/mailboxes/structure/structures.ts';
import { testThread } from './content-thread.ts';
import { type TestMailboxes, testMailboxes } from './test-mailboxes.ts';
import { testFolder } from './test-store.ts';

export interface SearchedMailboxes extends TestMailboxes {
  readonly accountId: number;
  readonly folder: string;
  /** UIDs in INBOX. */
  search(key: SearchKey, signal?: AbortSignal): Promise<readonly number[]>;
}

export async function searchedMailboxes(
  script: string,
  { clock = systemClock, searchScript = script }: { clock?: Clock; searchScript?: string } = {},
): Promise<SearchedMailboxes> {
  const folder = await testFolder();
  let search: MailboxSearch | null = null;
  const filePath = (file: string) => join(folder, file);
  const late: { structures: Structures | null } = { structures: null };
  const mail = await testMailboxes(
    {
      structures: {
        contentsStored: () => {},
        structuresOf: (contents) => late.structures?.structuresOf(contents) ?? Promise.resolve([]),
      },
      search: (view, key, options) => search?.search(view, key, options) ?? Promise.resolve([]),
    },
    { clock, folder },
  );
  const { store } = mail;
  late.structures = new Structures({
    store,
    thread: testThread(script),
    filePath,
    clock,
    log: nullLog.for('accounts'),
  });
  search = new MailboxSearch({
    store,
    structures: late.structures,
    thread: testThread(searchScript),
    filePath,
    clock,
  });
  const accountId = await mail.account();
  return {
    ...mail,
    folder,
    accountId,
    async search(key, signal) {
      const view = await mail.mailboxes.open(accountId, 'INBOX', { readOnly: false });
      try {
        return await mail.mailboxes.search(view, key, signal === undefined ? {} : { signal });
      } finally {
        view.close();
      }
    },
  };
}
