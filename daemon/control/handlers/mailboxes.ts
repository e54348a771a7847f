/** The mailboxes of accounts. */
import type { MailboxAdmin } from '../../mailboxes/mailbox-admin.ts';
import type { MailboxContents } from '../../mailboxes/mailbox-contents.ts';
import type { MessageImport } from '../../mailboxes/message-import.ts';
import type { HandlersOf } from '../handler.ts';

export const mailboxHandlers = (
  admin: MailboxAdmin,
  contents: MailboxContents,
  messages: MessageImport,
): HandlersOf<'mailboxes'> => ({
  'mailboxes.list': ({ account, cursor }) => admin.list(account, cursor),
  'mailboxes.create': async ({ account, mailbox, specialUse }) => ({
    mailbox: await admin.create(account, mailbox, specialUse),
  }),
  'mailboxes.rename': async ({ account, mailbox, to }) => ({
    mailbox: await admin.rename(account, mailbox, to),
  }),
  'mailboxes.remove': async ({ account, mailbox, dryRun = false }) => ({
    mailbox: await admin.remove(account, mailbox, dryRun),
    dryRun,
  }),
  'mailboxes.messages': ({ account, mailbox, ...page }) => contents.messages(account, mailbox, page),
  'mailboxes.index': ({ account, mailbox, ...page }) => contents.index(account, mailbox, page),
  'mailboxes.fetch': ({ account, mailbox, uids }) => contents.fetch(account, mailbox, uids),
  'mailboxes.content': ({ account, mailbox, ...slice }) => contents.content(account, mailbox, slice),
  'mailboxes.upload': ({ upload, data }) => messages.upload(upload, data),
  'mailboxes.append': ({ account, mailbox, messages: batch }) => messages.append(account, mailbox, batch),
});
