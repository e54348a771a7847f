/** The part of examples.ts that is about people: domains, accounts, aliases, mailboxes. */
import type { Examples } from './examples.ts';

export const accountExamples: Examples = {
  domains: [
    ['mailctl domains add example.org', 'take mail for a domain'],
    ['mailctl domains edit example.org --catch-all office@example.org', 'who gets the rest'],
  ],
  'domains list': [
    ['mailctl domains', 'what is ours'],
    ['mailctl domains list --json | jq -r .name', 'just the names'],
  ],
  'domains add': [
    ['mailctl domains add example.org', 'unknown addresses are refused'],
    ['mailctl domains add example.org --catch-all office@example.org', 'somebody gets them'],
  ],
  'domains edit': [
    ['mailctl domains edit example.org --catch-all office@example.org', 'somebody gets the rest'],
    ['mailctl domains edit example.org --no-catch-all', 'unknown addresses are refused'],
  ],
  'domains dkim': [
    ['mailctl domains dkim example.org', 'a key, and the record for the DNS'],
    ['mailctl domains dkim example.org --selector 2027', 'a new key'],
  ],
  'domains remove': [
    ['mailctl domains remove example.org', 'mail for it is not ours any more'],
    ['mailctl accounts --domain example.org', 'what has to go before'],
  ],
  accounts: [
    ['mailctl accounts add ann@example.org --quota 2G', 'asks for the password'],
    ['mailctl accounts edit ann@example.org --disable', 'may not log in any more'],
  ],
  'accounts list': [
    ['mailctl accounts --domain example.org', 'those of a domain'],
    ['mailctl accounts list --json | jq -r .address', 'just the addresses'],
  ],
  'accounts add': [
    ['mailctl accounts add ann@example.org', 'asks for the password'],
    ['pass mail/ann | mailctl accounts add ann@example.org --password-stdin', 'from a password store'],
  ],
  'accounts edit': [
    ['mailctl accounts edit ann@example.org --password', 'asks for a new one'],
    ['mailctl accounts edit ann@example.org --no-quota', 'no limit any more'],
  ],
  'accounts disable': [
    ['mailctl accounts disable ann@example.org', 'shut, at once; her mail stays'],
    ['mailctl accounts disable ann@example.org --json', 'how many sessions ended, too'],
  ],
  'accounts enable': [
    ['mailctl accounts enable ann@example.org', 'may log in again'],
    ['mailctl accounts enable ann@example.org --json', 'as it is now'],
  ],
  'accounts passwd': [
    ['mailctl accounts passwd ann@example.org', 'asks for the new password'],
    ['pwgen 16 1 | mailctl accounts passwd a@b.c --password-stdin', 'from a program'],
  ],
  'accounts import': [
    ['mailctl accounts import /etc/dovecot/users --dry-run', 'what would be made, and what not'],
    ['mailctl accounts import /etc/shadow --domain example.org', 'the users of a Unix system'],
  ],
  'accounts remove': [
    ['mailctl accounts remove ann@example.org', 'asks when there is mail'],
    ['mailctl accounts edit ann@example.org --disable', 'keeps the mail instead'],
  ],
  aliases: [
    ['mailctl aliases add sales@example.org ann@example.org bob@example.org', 'one for two'],
    ['mailctl aliases --domain example.org', 'those of a domain'],
  ],
  'aliases list': [
    ['mailctl aliases', 'all'],
    ['mailctl aliases list --domain example.org', 'those of a domain'],
  ],
  'aliases add': [
    ['mailctl aliases add info@example.org ann@example.org', 'one address'],
    ['mailctl aliases add sales@example.org ann@example.org bob@example.org', 'several'],
  ],
  'aliases edit': [
    ['mailctl aliases edit info@example.org bob@example.org', 'somebody else from now on'],
    ['mailctl aliases edit sales@example.org ann@example.org eve@example.org', 'all it stands for'],
  ],
  'aliases remove': [
    ['mailctl aliases remove info@example.org', 'mail to it is refused'],
    ['mailctl aliases remove info@example.org --json', 'says whether it was there'],
  ],
  mailboxes: [
    ['mailctl mailboxes list ann@example.org', 'her folders: messages, unseen, size'],
    ['mailctl mailboxes show ann@example.org Junk', 'what came into one lately'],
  ],
  'mailboxes list': [
    ['mailctl mailboxes list ann@example.org', 'the folders of an account'],
    ['mailctl mailboxes --json | jq .bytes', 'one fact of each folder of all'],
  ],
  'mailboxes show': [
    ['mailctl mailboxes show ann@example.org Sent --limit 5', 'the newest five'],
    ['mailctl mailboxes show ann@example.org --uid 42 --headers', 'one, with its header'],
  ],
  'mailboxes create': [
    ['mailctl mailboxes create ann@example.org Lists/debian', 'with the level above'],
    ['mailctl mailboxes create ann@example.org Spam --use Junk', 'programs know what for'],
  ],
  'mailboxes rename': [
    ['mailctl mailboxes rename ann@example.org Lists Old/Lists', 'with all below it'],
    ['mailctl mailboxes rename ann@example.org INBOX Old', 'its messages move, INBOX stays'],
  ],
  'mailboxes remove': [
    ['mailctl mailboxes remove ann@example.org Old --dry-run', 'what would be lost'],
    ['mailctl mailboxes remove ann@example.org Old --yes', 'does not ask'],
  ],
  'mailboxes import': [
    ['mailctl mailboxes import ann@example.org /home/ann/Maildir', 'all of its folders'],
    ['mailctl mailboxes import a@b.c old.mbox --folder Old', 'into one of hers'],
  ],
  'mailboxes export': [
    ['mailctl mailboxes export ann@example.org ./ann', 'all of it as a Maildir'],
    ['mailctl mailboxes export a@b.c out --format mbox --folder Sent', 'one folder, one file'],
  ],
};
