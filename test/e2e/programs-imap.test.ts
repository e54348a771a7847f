/** Mail programs of other people fetch 1,000 messages by IMAP4, byte for byte, and then find that there is nothing new. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendAll } from '../helpers/append-all.ts';
import {
  expectCorpus,
  filesIn,
  inMaildir,
  inMbox,
  throughGetmail,
  withoutStatus,
} from '../helpers/kept-mail.ts';
import { startLmtpInbox } from '../helpers/lmtp-inbox.ts';
import { mailCorpus } from '../helpers/mail-corpus.ts';
import { type MailServer, noServer, password, startMailServer } from '../helpers/mail-server.ts';
import { configured, home, missing, named } from '../helpers/program-home.ts';
import { openPty } from '../helpers/pty.ts';
import { type ProgramResult, runProgram } from '../helpers/run-program.ts';
import { program } from '../helpers/tools.ts';
import { WireTap } from '../helpers/wire-tap.ts';

const corpus = mailCorpus(1_000);
const users = ['curl', 'fetchmail', 'getmail', 'python', 'nail', 'mutt'] as const;
const address = (name: (typeof users)[number]) => `${name}@example.org`;
let server: MailServer;

describe.skipIf(noServer)('IMAP4 with 1,000 messages', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    server = await startMailServer(users.map(address));
    await Promise.all(users.map((user) => appendAll(server.imap, address(user), corpus)));
  }, 60_000);
  afterAll(() => server.stop());

  it.skipIf(missing('curl'))(
    `is read, searched and added to by ${named('curl')}, with STARTTLS and TLS`,
    async () => {
      const folder = home();
      const user = ['-u', `${address('curl')}:${password}`];
      const curl = (...args: string[]) =>
        runProgram(program('curl'), ['-sS', '--cacert', server.certificate, ...user, ...args]);
      const url = `imap://localhost:${server.imap}/INBOX`;
      const unseen = `imaps://localhost:${server.imaps}/INBOX?UNSEEN`;
      expect((await curl(unseen)).output.trim().split(' ')).toHaveLength(2 + 1_000);
      const fetched = await curl('--ssl-reqd', '-o', join(folder, '#1'), `${url};UID=[1-1000]`);
      expect(fetched).toEqual({ code: 0, output: '' });
      expectCorpus(filesIn(folder), corpus);
      expect((await curl(unseen)).output.trim()).toBe('* SEARCH');
      const [sent = ''] = mailCorpus(1, { first: 1_001 });
      writeFileSync(join(folder, 'sent'), sent, 'latin1');
      expect(await curl('-T', join(folder, 'sent'), url)).toMatchObject({ code: 0 });
      expect(await curl('-o', join(folder, 'back'), `${url};MAILINDEX=1001`)).toMatchObject({ code: 0 });
      expect(readFileSync(join(folder, 'back'), 'latin1')).toBe(sent);
    },
  );

  it.skipIf(missing('fetchmail'))(`is collected by ${named('fetchmail')}, with STARTTLS`, async () => {
    const folder = home();
    const batch = join(folder, 'batch');
    const rc = configured(
      join(folder, 'fetchmailrc'),
      `poll localhost protocol imap port ${server.imap} bad-header accept
         user "${address('fetchmail')}" password "${password}"
         sslproto "TLS1.2+" sslcertck sslcertfile "${server.certificate}" keep no rewrite bsmtp "${batch}"\n`,
    );
    const env = { HOME: folder, FETCHMAILHOME: folder };
    const fetch = () => runProgram(program('fetchmail'), ['-f', rc, '--nosyslog'], { env });
    expect(await fetch()).toMatchObject({ code: 0 });
    expectCorpus(inBatch(readFileSync(batch, 'latin1')), corpus);
    // fetchmail(1), EXIT CODES: there was no mail.
    expect(await fetch()).toMatchObject({ code: 1 });
  });

  it.skipIf(missing('getmail'))(`is collected by ${named('getmail')}, with TLS`, async () => {
    const folder = home();
    const inbox = await startLmtpInbox();
    configured(
      join(folder, 'getmailrc'),
      `[retriever]
type = SimpleIMAPSSLRetriever
server = localhost
port = ${server.imaps}
ca_certs = ${server.certificate}
username = ${address('getmail')}
password = ${password}
[destination]
type = MDA_lmtp
host = 127.0.0.1
port = ${inbox.port}
[options]
delete = false
read_all = false
delivered_to = false
received = false
`,
    );
    const get = () => runProgram(program('getmail'), [`--getmaildir=${folder}`]);
    expect(summary(await get())).toMatch(/^0: 1000 messages \(\d+ bytes\) retrieved, 0 skipped$/);
    expectCorpus(inbox.messages, corpus, throughGetmail);
    expect(summary(await get())).toBe('0: 0 messages (0 bytes) retrieved, 1000 skipped');
  });

  it.skipIf(missing('python3'))(`is read by imaplib of ${named('python3')}, with STARTTLS`, async () => {
    const folder = home();
    const env = {
      PORT: `${server.imap}`,
      USER: address('python'),
      PASSWORD: password,
      FOLDER: folder,
      CERTIFICATE: server.certificate,
    };
    const script = (code: string) => runProgram(program('python3'), ['-c', `${imaplib}\n${code}`], { env });
    expect(await script('fetch(login())')).toEqual({ code: 0, output: '1000 wanted\n' });
    expectCorpus(filesIn(folder), corpus);
    expect(await script('fetch(login())')).toEqual({ code: 0, output: '0 wanted\n' });
    expect(await script(imaplibStory)).toEqual({ code: 0, output: 'done\n' });
  });

  it.skipIf(missing('s-nail'))(
    `is copied and marked by ${named('s-nail')}, from its cache the second time`,
    async () => {
      const folder = home();
      const tap = await WireTap.before(server.imap);
      const options = ['v15-compat', 'noimap-use-starttls', 'keepsave', `imap-cache=${folder}/cache`];
      const nail = (commands: string) => {
        const url = `imap://${encodeURIComponent(address('nail'))}:${password}@127.0.0.1:${tap.port}/INBOX`;
        const args = ['-n', '-#', ...options.flatMap((option) => ['-S', option]), '-f', url];
        return runProgram(program('s-nail'), args, {
          stdin: commands,
          env: { HOME: folder, MAILRC: '/dev/null' },
        });
      };
      expect(await nail(`copy * ${folder}/copied\nflag 1\nquit\n`)).toMatchObject({
        code: 0,
      });
      expectCorpus(inMbox(join(folder, 'copied')), corpus, withoutStatus);
      tap.forget();
      const second = await nail(`search :f\ncopy * ${folder}/again\nquit\n`);
      expect(summary(second)).toMatch(/^0: /);
      expect(second.output).toMatch(/F +1 joe@/);
      expectCorpus(inMbox(join(folder, 'again')), corpus, withoutStatus);
      expect(tap.said).toMatch(/FETCH 1:1000 \(FLAGS UID\)/);
      expect(tap.said).not.toMatch(/BODY|RFC822/);
    },
  );

  it.skipIf(missing('mutt'))(`is copied by ${named('mutt')}, from its cache the second time`, async () => {
    const folder = home();
    const tap = await WireTap.before(server.imap);
    const rc = configured(
      join(folder, 'muttrc'),
      `set imap_user="${address('mutt')}" imap_pass="${password}" ssl_starttls=no ssl_force_tls=no
set folder=${folder} header_cache=${folder}/headers message_cachedir=${folder}/bodies
set confirmappend=no confirmcreate=no delete=yes quit=yes copy=no mbox_type=Maildir wait_key=no imap_qresync=yes imap_condstore=yes
`,
    );
    const mutt = async (file: string) => {
      const keys = `<tag-pattern>~A<enter><tag-prefix><copy-message><kill-line>${folder}/${file}<enter><quit>`;
      const args = ['-n', '-F', rc, '-f', `imap://127.0.0.1:${tap.port}/INBOX`, '-e', `push '${keys}'`];
      const screen = openPty(program('mutt') ?? '', args, { env: { HOME: folder } });
      expect((await screen.ended).exitCode).toBe(0);
    };
    await mutt('copied');
    expectCorpus(inMaildir(join(folder, 'copied')), corpus, withoutStatus);
    expect(tap.said).toMatch(/UID FETCH .*BODY/);
    tap.forget();
    await mutt('again');
    expectCorpus(inMaildir(join(folder, 'again')), corpus, withoutStatus);
    expect(tap.said).toMatch(/^a\d+ SELECT/m);
    expect(tap.said).not.toMatch(/BODY|RFC822/);
  });
});

const imaplib = `
import imaplib, os, re, ssl
folder = os.environ['FOLDER']

def login():
    m = imaplib.IMAP4('localhost', int(os.environ['PORT']))
    m.starttls(ssl.create_default_context(cafile=os.environ['CERTIFICATE']))
    m.login(os.environ['USER'], os.environ['PASSWORD'])
    return m

def ok(answer):
    assert answer[0] == 'OK', answer
    return answer[1]

def fetch(m):
    ok(m.select('INBOX', readonly=True))
    known = set(os.listdir(folder))
    wanted = [uid for uid in ok(m.uid('SEARCH', 'ALL'))[0].decode().split() if uid not in known]
    print(len(wanted), 'wanted')
    for begin in range(0, len(wanted), 100):
        for answer in ok(m.uid('FETCH', ','.join(wanted[begin:begin + 100]), '(UID BODY.PEEK[])')):
            if isinstance(answer, tuple):
                uid = re.search(rb'UID (\\d+)', answer[0]).group(1).decode()
                with open(os.path.join(folder, uid), 'wb') as file:
                    file.write(answer[1])
    m.logout()
`;

/** What a script of an administrator does to a mailbox. */
const imaplibStory = `
m = login()
separator = re.search(rb'\\) "(.)" ', ok(m.list('""', '""'))[0]).group(1).decode()
below = '"A folder' + separator + 'below"'
ok(m.create(below))
assert any(below.encode() in line for line in ok(m.list()))
ok(m.append(below, '(\\\\Flagged)', imaplib.Time2Internaldate(1700000000), b'Subject: no end'))
ok(m.select(below))
assert ok(m.search(None, 'FLAGGED', 'SUBJECT', '"no END"')) == [b'1']
data = ok(m.fetch('1', '(RFC822 INTERNALDATE)'))
assert data[0][1] == b'Subject: no end', data
assert imaplib.Internaldate2tuple(data[0][0] + data[1]) == __import__('time').localtime(1700000000), data
ok(m.store('1', '+FLAGS', '\\\\Deleted'))
assert ok(m.expunge()) == [b'1']
ok(m.close())
ok(m.delete(below))
ok(m.status('INBOX', '(MESSAGES UNSEEN)'))
m.logout()
print('done')
`;

/** Its exit code and the last line that it said. */
const summary = ({ code, output }: ProgramResult): string =>
  `${code}: ${output.trimEnd().split('\n').at(-1)?.trim()}`;

/** The messages in an SMTP session that was written into a file. */
const inBatch = (batch: string): string[] =>
  batch
    .split(/^DATA\r?\n/m)
    .slice(1)
    .map((text) => text.slice(0, text.search(/^\.\r?$/m)).replace(/^\./gm, ''));
