/**
 * Programs that keep a copy of a mailbox on disk: 1,000 messages down byte for byte, nothing the second time, then flags,
 * deletions, new mail and new folders both ways.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ImapFlow } from 'imapflow';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { appendAll } from '../helpers/append-all.ts';
import { asPython, expectCorpus, inMaildir } from '../helpers/kept-mail.ts';
import { mailCorpus } from '../helpers/mail-corpus.ts';
import { type MailServer, noServer, password, startMailServer } from '../helpers/mail-server.ts';
import { configured, home, maildir, missing, named } from '../helpers/program-home.ts';
import { type ProgramResult, runProgram } from '../helpers/run-program.ts';
import {
  addToMaildir,
  markInMaildir,
  marksInMaildir,
  marksOnServer,
  removeFromMaildir,
} from '../helpers/synced-mail.ts';
import { program } from '../helpers/tools.ts';
import { WireTap } from '../helpers/wire-tap.ts';

const count = 1_000;
const corpus = mailCorpus(count);
const more = mailCorpus(4, { first: count + 1 });
const users = { mbsync: 'mbsync@example.org', offlineimap: 'offlineimap@example.org' };
let server: MailServer;

interface Synchroniser {
  readonly user: string;
  /** Where it keeps INBOX. */
  readonly inbox: string;
  readonly sync: () => Promise<ProgramResult>;
  /** What it adds to messages of its own accord is taken away. */
  readonly normal: (text: string) => string;
  /** The Maildir of a folder of that name. */
  readonly folder: (name: string) => string;
}

describe.skipIf(noServer)('a mailbox and its copy on disk are kept alike', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    server = await startMailServer(Object.values(users));
    await Promise.all(Object.values(users).map((user) => appendAll(server.imap, user, corpus)));
  }, 60_000);
  afterAll(() => server.stop());

  it.skipIf(missing('mbsync'))(`by ${named('mbsync')}, with STARTTLS`, async () => {
    const folder = home();
    const rc = configured(join(folder, 'mbsyncrc'), mbsyncrc(folder, server.imap, 'STARTTLS'));
    const mbsync = {
      user: users.mbsync,
      inbox: maildir(join(folder, 'INBOX')),
      sync: () => runProgram(program('mbsync'), ['-c', rc, '-a'], { env: { HOME: folder } }),
      normal: (text: string) => text.replace(/^X-TUID: .*\n/m, ''),
      folder: (name: string) => join(folder, name),
    };
    await down(mbsync);
    const tap = await WireTap.before(server.imap);
    configured(rc, mbsyncrc(folder, tap.port, 'None'));
    await nothingNew(mbsync, tap);
    await bothWays(mbsync);
  });

  it.skipIf(missing('offlineimap'))(`by ${named('offlineimap')}, with TLS`, async () => {
    const folder = home();
    const rc = configured(join(folder, 'offlineimaprc'), offlineimaprc(folder, server.imaps, 'ssl = yes'));
    const offlineimap = {
      user: users.offlineimap,
      inbox: join(folder, 'mail', 'INBOX'),
      sync: () =>
        runProgram(program('offlineimap'), ['-c', rc, '-u', 'quiet', '-o'], { env: { HOME: folder } }),
      normal: asPython,
      folder: (name: string) => join(folder, 'mail', name),
    };
    await down(offlineimap);
    const tap = await WireTap.before(server.imap);
    configured(rc, offlineimaprc(folder, tap.port, 'ssl = no\nstarttls = no'));
    await nothingNew(offlineimap, tap);
    await bothWays(offlineimap);
  });
});

async function down({ sync, inbox, normal }: Synchroniser): Promise<void> {
  expect(await sync()).toMatchObject({ code: 0 });
  expectCorpus(inMaildir(inbox), corpus, normal);
}

async function nothingNew({ sync }: Synchroniser, tap: WireTap): Promise<void> {
  expect(await sync()).toMatchObject({ code: 0 });
  expect(tap.said).toMatch(/ (?:SELECT|EXAMINE) /);
  expect(tap.said).not.toMatch(/BODY|RFC822|STORE|APPEND/);
}

async function bothWays({ user, sync, inbox, folder }: Synchroniser): Promise<void> {
  const client = await login(user);
  const [fromHere = '', andHere = '', fromThere = '', andThere = ''] = more;
  markInMaildir(inbox, 1, 'FS');
  markInMaildir(inbox, 2, 'RS');
  removeFromMaildir(inbox, 5);
  addToMaildir(inbox, fromHere);
  addToMaildir(inbox, andHere);
  addToMaildir(maildir(folder('Travel')), andHere);
  await client.mailboxOpen('INBOX');
  await client.messageFlagsAdd('3', ['\\Flagged', '\\Seen'], { uid: true });
  await client.messageDelete('6:8', { uid: true });
  await client.append('INBOX', Buffer.from(fromThere, 'latin1'), ['\\Answered']);
  await client.mailboxCreate('Work');
  await client.append('Work', Buffer.from(andThere, 'latin1'), ['\\Seen']);
  await client.mailboxClose();
  expect(await sync()).toMatchObject({ code: 0 });

  const [here, there] = [marksInMaildir(inbox), await marksOnServer(client, 'INBOX')];
  expect(here).toEqual(there);
  expect(there).toMatchObject({ 1: 'FS', 2: 'RS', 3: 'FS', 1001: '', 1002: '', 1003: 'R' });
  const left = corpus.flatMap((_, i) => ([5, 6, 7, 8].includes(i + 1) ? [] : [`${i + 1}`]));
  expect(Object.keys(there)).toEqual([...left, '1001', '1002', '1003']);
  expect(marksInMaildir(folder('Work'))).toEqual({ 1004: 'S' });
  expect(await marksOnServer(client, 'Travel')).toEqual({ 1002: '' });

  removeFromMaildir(folder('Work'), 1004);
  expect(await sync()).toMatchObject({ code: 0 });
  expect(await marksOnServer(client, 'Work')).toEqual({});
}

async function login(user: string): Promise<ImapFlow> {
  const client = new ImapFlow({
    host: 'localhost',
    port: server.imaps,
    secure: true,
    tls: { ca: readFileSync(server.certificate) },
    auth: { user, pass: password },
    logger: false,
  });
  await client.connect();
  onTestFinished(() => client.close());
  return client;
}

const mbsyncrc = (folder: string, port: number, ssl: string): string => `FSync no
IMAPAccount here
Host localhost
Port ${port}
User ${users.mbsync}
Pass ${password}
SSLType ${ssl}
CertificateFile ${server.certificate}

IMAPStore there
Account here

MaildirStore disk
Path ${folder}/
Inbox ${folder}/INBOX
SubFolders Verbatim

Channel all
Far :there:
Near :disk:
Patterns INBOX Work Travel
Create Both
Expunge Both
SyncState *
CopyArrivalDate yes
`;

const offlineimaprc = (folder: string, port: number, tls: string): string => `[general]
accounts = ann
metadata = ${folder}/metadata
fsync = False
[Account ann]
localrepository = disk
remoterepository = there
[Repository disk]
type = Maildir
localfolders = ${folder}/mail
[Repository there]
type = IMAP
remotehost = localhost
remoteport = ${port}
remoteuser = ${users.offlineimap}
remotepass = ${password}
sslcacertfile = ${server.certificate}
${tls}
`;
