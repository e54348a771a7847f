/** Mailboxes on a real database, with accounts and a queue that delivers into them. */
import { join } from 'node:path';
import { type Clock, systemClock } from '../../daemon/clock.ts';
import { nullLog } from '../../daemon/log/logger.ts';
import { createMailboxes, type Folder } from '../../daemon/mailboxes/mailbox-store.ts';
import { Mailboxes, type MailboxesNeeds } from '../../daemon/mailboxes/mailboxes.ts';
import type { MailboxView } from '../../daemon/mailboxes/mailboxes-port.ts';
import { flagBits, type MessageFlags, noFlags } from '../../daemon/mailboxes/message-flags.ts';
import { type TestQueue, testQueue } from './test-queue.ts';

export interface TestMailboxes extends TestQueue {
  readonly mailboxes: Mailboxes;
  /** Makes an account with an INBOX; answers its id. */
  account(address?: string, quotaBytes?: number | null, folders?: readonly Folder[]): Promise<number>;
  /** Appends a message; answers its UID. */
  append(accountId: number, name: string, message?: Appended): Promise<number>;
  /** All of a mailbox, as a client that opens it anew finds it. */
  contents(accountId: number, name: string): Promise<readonly string[]>;
}

export interface Appended {
  readonly body?: string;
  readonly flags?: MessageFlags;
  readonly internalDate?: number;
  readonly file?: string;
}

export async function testMailboxes(
  needs: Partial<MailboxesNeeds> = {},
  { clock = systemClock, folder }: { clock?: Clock; folder?: string } = {},
): Promise<TestMailboxes> {
  const queue = await testQueue(clock, folder);
  const { store, folder: home } = queue;
  const mailboxes = new Mailboxes({
    store,
    structures: {
      contentsStored: () => {},
      structuresOf: () => Promise.reject(new Error('no structures here')),
    },
    search: () => Promise.reject(new Error('no search here')),
    defaultFolders: () => [],
    nextContentId: () => queue.queue.nextId(),
    filePath: (file) => join(home, file),
    contentsFreed: () => queue.queue.files.collectSoon(),
    clock,
    log: nullLog.for('accounts'),
    ...needs,
  });
  queue.queue.delivered.on(({ accountIds }) => mailboxes.delivered(accountIds));
  let accounts = 0;
  return {
    ...queue,
    mailboxes,
    async account(address = `user${++accounts}@example.org`, quotaBytes = null, folders = []) {
      return store.transaction(async (tx) => {
        const { lastId } = await tx.run(
          `INSERT INTO accounts (address, password_hash, quota_bytes, created_at) VALUES (?, 'x', ?, 1)`,
          [address, quotaBytes],
        );
        await createMailboxes(tx, lastId, folders, clock.now());
        return lastId;
      });
    },
    async append(accountId, name, { body = 'Subject: x\r\n\r\nx\r\n', flags = noFlags, ...rest } = {}) {
      const bytes = Buffer.from(body);
      const content = {
        sizeBytes: bytes.length,
        inline: rest.file === undefined ? bytes : null,
        file: rest.file ?? null,
        subject: null,
        messageId: null,
      };
      const { uids } = await mailboxes.append(accountId, name, [
        {
          content,
          flags,
          internalDate: rest.internalDate ?? 1_000,
          contentId: mailboxes.nextContentId(),
        },
      ]);
      return uids[0] ?? 0;
    },
    async contents(accountId, name) {
      const view = await mailboxes.open(accountId, name, { readOnly: true });
      try {
        const texts: string[] = [];
        for await (const batch of mailboxes.read(view.mailbox.id, uidsOf(view), {
          content: true,
          structure: false,
        }))
          for (const { uid, headers, content } of batch)
            texts.push(`${uid}: ${headers}${content.inline ?? content.path}`);
        return texts;
      } finally {
        view.close();
      }
    },
  };
}

export const uidsOf = (view: MailboxView): number[] =>
  Array.from({ length: view.count }, (_, index) => view.uidAt(index + 1));

const letters: readonly (readonly [keyof typeof flagBits, string])[] = [
  ['seen', 'S'],
  ['answered', 'A'],
  ['flagged', 'F'],
  ['deleted', 'D'],
  ['draft', 'T'],
];
/** `S`, `SF$Label`. */
export const flagText = ({ bits, keywords }: MessageFlags): string =>
  letters.map(([name, letter]) => ((bits & flagBits[name]) === 0 ? '' : letter)).join('') +
  keywords.join(' ');

/** What a session would have told its client. */
export const told = (view: MailboxView, expunges = true): string[] =>
  view.sync({ expunges }).map((change) => {
    if (change.kind === 'exists') return `${change.count} EXISTS, ${change.recent} RECENT`;
    if (change.kind === 'expunged') return `${change.seq} EXPUNGE (${change.uid})`;
    return `${change.seq} FETCH ${change.state.uid} ${flagText(change.state)}`;
  });
