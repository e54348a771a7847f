/** GETQUOTA and GETQUOTAROOT (RFC 9208): one root an account, with the name ''. Quotas are set by operators alone. */
import type { ImapAccount, ImapClient } from './imap-client.ts';
import { mailboxText } from './mailbox-text.ts';
import { no, noSuchMailbox, type Outcome, ok } from './outcome.ts';

const ROOT = '';
/** STORAGE is counted in these. */
const UNIT_BYTES = 1024;

export async function getQuota(root: string, account: ImapAccount, client: ImapClient): Promise<Outcome> {
  if (root !== ROOT) return no('NONEXISTENT', 'There is no such quota root');
  await tellQuota(account, client);
  return ok('Getquota completed');
}

export async function getQuotaRoot(
  mailbox: string,
  account: ImapAccount,
  client: ImapClient,
): Promise<Outcome> {
  if ((await client.context.mailboxes.find(account.accountId, mailbox)) === undefined) return noSuchMailbox;
  client.untagged(`QUOTAROOT ${mailboxText(mailbox, client.utf8)} ""`);
  await tellQuota(account, client);
  return ok('Getquotaroot completed');
}

async function tellQuota({ accountId }: ImapAccount, client: ImapClient): Promise<void> {
  const { usedBytes, limitBytes } = await client.context.mailboxes.quota(accountId);
  const used = Math.ceil(usedBytes / UNIT_BYTES);
  const resources = limitBytes === null ? '' : `STORAGE ${used} ${Math.floor(limitBytes / UNIT_BYTES)}`;
  client.untagged(`QUOTA "" (${resources})`);
}
