/** Keys of the mailboxes: what accounts begin with, and what comes into which folder by itself. */
import { setting } from './setting.ts';
import { boolean, mailboxName, tableOf } from './value-type.ts';

const live = true;

export const mailboxSettings = {
  'mailboxes.default_folders': setting(
    tableOf(['drafts', 'sent', 'junk', 'trash', 'archive'], 'use', mailboxName),
    { drafts: 'Drafts', sent: 'Sent', junk: 'Junk', trash: 'Trash', archive: 'Archive' },
    {
      live,
      summary:
        'Folders that a new account gets beside its INBOX, by what mail programs use them for; a table replaces all of them.',
    },
  ),
  'mailboxes.spam_to_junk': setting(boolean, true, {
    live,
    summary:
      'Whether what a scanner with the action mark takes for spam goes to the Junk folder of its account, where there is one, in place of INBOX.',
  }),
};
