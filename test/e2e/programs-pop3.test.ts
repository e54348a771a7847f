/** Mail programs of other people fetch 1,000 messages by POP3, byte for byte, and then find that there is nothing new. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endsOnce, expectCorpus, filesIn, inMaildir, inMbox, throughGetmail } from '../helpers/kept-mail.ts';
import { startLmtpInbox } from '../helpers/lmtp-inbox.ts';
import { mailCorpus } from '../helpers/mail-corpus.ts';
import { type MailServer, noServer, password, startMailServer } from '../helpers/mail-server.ts';
import { configured, home, maildir, missing, named } from '../helpers/program-home.ts';
import { type ProgramResult, runProgram } from '../helpers/run-program.ts';
import { program } from '../helpers/tools.ts';
import { WireTap } from '../helpers/wire-tap.ts';

const user = 'ann@example.org';
const other = 'bob@example.org';
const third = 'carol@example.org';
const corpus = mailCorpus(1_000);
let server: MailServer;

describe.skipIf(noServer)('POP3 with 1,000 messages', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    server = await startMailServer([user, other, third]);
    await server.deliver(user, corpus);
  }, 60_000);
  afterAll(() => server.stop());

  it.skipIf(missing('curl'))(
    `is read by ${named('curl')}, with STLS and with TLS from the first byte`,
    async () => {
      const folder = home();
      const options = ['-sS', '--cacert', server.certificate, '-u', `${user}:${password}`];
      const output = ['-o', join(folder, '#1')];
      const encrypted = await runProgram(program('curl'), [
        ...[...options, '--ssl-reqd', ...output],
        `pop3://localhost:${server.pop3}/[1-1000]`,
      ]);
      expect(encrypted).toMatchObject({ code: 0, output: '' });
      expectCorpus(filesIn(folder), corpus);
      const listed = await runProgram(program('curl'), [...options, `pop3s://localhost:${server.pop3s}/`]);
      expect(listed.output.trim().split('\r\n')).toHaveLength(1_000);
    },
  );

  it.skipIf(missing('fetchmail'))(`is collected by ${named('fetchmail')}, with STLS`, async () => {
    const folder = home();
    const batch = join(folder, 'batch');
    const rc = configured(
      join(folder, 'fetchmailrc'),
      `poll localhost protocol pop3 port ${server.pop3} uidl bad-header accept
         user "${user}" password "${password}" sslproto "TLS1.2+" sslcertck sslcertfile "${server.certificate}"
         keep no rewrite bsmtp "${batch}"\n`,
    );
    const env = { HOME: folder, FETCHMAILHOME: folder };
    const fetch = () => runProgram(program('fetchmail'), ['-f', rc, '--nosyslog'], { env });
    expect(await fetch()).toMatchObject({ code: 0 });
    expectCorpus(inBatch(readFileSync(batch, 'latin1')), corpus);
    // fetchmail(1), EXIT CODES: there was no mail.
    expect(await fetch()).toMatchObject({ code: 1 });
  });

  it.skipIf(missing('getmail'))(`is collected by ${named('getmail')}`, async () => {
    const folder = home();
    const tap = await WireTap.before(server.pop3);
    const inbox = await startLmtpInbox();
    configured(
      join(folder, 'getmailrc'),
      `[retriever]
type = SimplePOP3Retriever
server = 127.0.0.1
port = ${tap.port}
username = ${user}
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
    tap.forget();
    expect(summary(await get())).toBe('0: 0 messages (0 bytes) retrieved, 1000 skipped');
    expect(tap.said).toMatch(/^UIDL\r$/m);
    expect(tap.said).not.toMatch(/^(RETR|TOP)/m);
  });

  it.skipIf(missing('mpop'))(`is collected by ${named('mpop')}, pipelined, with TLS`, async () => {
    const folder = home();
    const kept = maildir(join(folder, 'mail'));
    const rc = configured(
      join(folder, 'mpoprc'),
      `account default
host localhost
port ${server.pop3s}
tls on
tls_starttls off
tls_trust_file ${server.certificate}
auth plain
user ${user}
password ${password}
pipelining on
keep on
received_header off
uidls_file ${folder}/uidls
delivery maildir ${kept}
`,
    );
    const pop = () => runProgram(program('mpop'), [`--file=${rc}`], { env: { HOME: folder } });
    expect(await pop()).toMatchObject({ code: 0 });
    expectCorpus(inMaildir(kept), corpus);
    const second = await pop();
    expect(second.code).toBe(0);
    expect(second.output).toContain('new: no messages, total: 1000 messages');
    expect(inMaildir(kept)).toHaveLength(1_000);
  });

  it.skipIf(missing('s-nail'))(`is copied by ${named('s-nail')}, which then deletes and leaves`, async () => {
    const folder = home();
    await server.deliver(other, corpus.slice(0, 100));
    const url = `pop3://${encodeURIComponent(other)}:${password}@localhost:${server.pop3}`;
    const options = ['v15-compat', 'nopop3-use-starttls', 'pop3-bulk-load', 'keepsave'];
    const args = ['-n', '-#', ...options.flatMap((option) => ['-S', option]), '-f', url];
    const nail = (commands: string) =>
      runProgram(program('s-nail'), args, {
        stdin: commands,
        env: { HOME: folder, MAILRC: '/dev/null' },
      });
    expect(await nail(`copy * ${folder}/copied\nexit\n`)).toMatchObject({ code: 0 });
    expectCorpus(inMbox(join(folder, 'copied')), corpus.slice(0, 100), endsOnce);
    expect(await nail('delete 11-100\nquit\n')).toMatchObject({ code: 0 });
    expect(await nail(`copy * ${folder}/left\nexit\n`)).toMatchObject({ code: 0 });
    expectCorpus(inMbox(join(folder, 'left')), corpus.slice(0, 10), endsOnce);
  });

  it.skipIf(missing('python3'))(
    `is read by poplib of ${named('python3')}, and deleted only by QUIT`,
    async () => {
      const folder = home();
      await server.deliver(third, corpus);
      const script = (code: string) =>
        runProgram(program('python3'), ['-c', `${poplib}\n${code}`], {
          env: {
            PORT: `${server.pop3}`,
            USER: third,
            PASSWORD: password,
            FOLDER: folder,
            CERTIFICATE: server.certificate,
          },
        });
      const first = await script('p = login(); fetch(p, wanted(p)); delete(p, 500); p.close()');
      expect(first).toMatchObject({ code: 0, output: '1000 wanted\n' });
      expectCorpus(filesIn(folder), corpus);
      const second = await script('p = login(); fetch(p, wanted(p)); delete(p, 500); p.quit()');
      expect(second).toMatchObject({ code: 0, output: '0 wanted\n' });
      const third_ = await script('p = login(); print(p.stat()[0], len(p.list()[1])); p.quit()');
      expect(third_).toMatchObject({ code: 0, output: '500 500\n' });
    },
  );
});

const poplib = `
import os, poplib, ssl
folder = os.environ['FOLDER']

def login():
    p = poplib.POP3('localhost', int(os.environ['PORT']))
    p.stls(ssl.create_default_context(cafile=os.environ['CERTIFICATE']))
    p.user(os.environ['USER'])
    p.pass_(os.environ['PASSWORD'])
    return p

def wanted(p):
    known = set(os.listdir(folder))
    new = [n for n, uid in (line.decode().split() for line in p.uidl()[1]) if uid not in known]
    print(len(new), 'wanted')
    return new

def fetch(p, numbers):
    for n in numbers:
        uid = p.uidl(n).decode().split()[2]
        lines = p.retr(n)[1]
        head = p.top(n, 0)[1]
        assert head == lines[:lines.index(b'') + 1], n
        with open(os.path.join(folder, uid), 'wb') as file:
            file.write(b'\\n'.join(lines) + b'\\n')

def delete(p, count):
    for n in range(1, count + 1):
        p.dele(n)
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
