import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ImapFlow } from 'imapflow';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ImapTestClient } from '../helpers/imap-test-client.ts';
import { ann, annsPassword, type MailSystem, startMailSystem } from '../helpers/mail-system.ts';
import { jsonLines } from '../helpers/mailctl.ts';
import { runProgram } from '../helpers/run-program.ts';
import { program } from '../helpers/tools.ts';
import { until } from '../helpers/until.ts';

const curl = program('curl');
const python = findPython();

function findPython(): string | null {
  const found = program('python3');
  try {
    if (found !== null) execFileSync(found, ['-c', 'import imaplib, ssl'], { stdio: 'ignore' });
    return found;
  } catch {
    return null;
  }
}

async function annsClient(system: MailSystem, mailbox: string | null = 'INBOX'): Promise<ImapTestClient> {
  const client = await ImapTestClient.connect(system.maild.ports.imap);
  onTestFinished(() => client.close());
  await client.ok(`LOGIN ${ann} "${annsPassword}"`);
  if (mailbox !== null) await client.ok(`SELECT ${mailbox}`);
  return client;
}

const imapSessions = async (system: MailSystem) =>
  jsonLines(await system.told('sessions', '--json', '--type', 'imap'));

describe('mail is read', () => {
  it.skipIf(curl === null)('and filed with curl, under TLS', async () => {
    const system = await startMailSystem();
    await system.send({ to: [ann], subject: 'for curl' });
    const url = `imap://127.0.0.1:${system.maild.ports.imap}`;
    const login = [
      '--silent',
      '--show-error',
      '--ssl-reqd',
      '--insecure',
      '--user',
      `${ann}:${annsPassword}`,
    ];
    const told = async (...args: string[]) => {
      const { code, output } = await runProgram(curl, [...login, ...args]);
      expect(code, output).toBe(0);
      return output;
    };
    expect(await told(`${url}/`)).toMatch(/^\* LIST \(\\HasNoChildren\) "\/" "INBOX"\r$/m);
    expect(await told(`${url}/INBOX;MAILINDEX=1`)).toMatch(/^Subject: for curl\r$/m);
    const draft = join(system.maild.stateDir, 'draft.eml');
    writeFileSync(draft, 'Subject: a draft\r\n\r\nnot yet\r\n');
    await told('--upload-file', draft, `${url}/Drafts`);
    expect(await told(`${url}/Drafts;UID=1`)).toBe('Subject: a draft\r\n\r\nnot yet\r\n');
    expect(jsonLines(await system.told('accounts', '--json'))).toMatchObject([
      { lastLoginAt: expect.any(String), lastLoginFrom: '127.0.0.1' },
    ]);
  });

  it.skipIf(python === null)("with Python's imaplib", async () => {
    const system = await startMailSystem();
    for (const subject of ['one', 'two', 'three']) await system.send({ to: [ann], subject });
    const script = `import imaplib, ssl
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
m = imaplib.IMAP4("127.0.0.1", ${system.maild.ports.imap})
m.starttls(context)
m.login("${ann}", "${annsPassword}")
print(m.select("INBOX"))
print(m.search(None, "SUBJECT", "two"))
print(m.fetch("2", "(UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1][0][1])
print(m.store("2", "+FLAGS", r"(\\Deleted)"), m.copy("1", "Archive"), m.expunge())
print(m.append("Sent", r"(\\Seen)", None, b"Subject: sent\\r\\n\\r\\nx\\r\\n"))
print(m.status("Archive", "(MESSAGES UIDNEXT)"), m.close(), m.logout()[0])`;
    const { code, output } = await runProgram(python, ['-c', script]);
    expect(code, output).toBe(0);
    expect(output.split('\n').slice(0, 3)).toEqual([
      "('OK', [b'3'])",
      "('OK', [b'2'])",
      "b'Subject: two\\r\\n\\r\\n'",
    ]);
    expect(output).toContain("('OK', [b'2 (FLAGS (\\\\Deleted");
    expect(output).toContain("('OK', [b'2'])");
    expect(output).toMatch(/\[APPENDUID \d+ 1\] Append completed/);
    expect(output).toContain('"Archive" (MESSAGES 1 UIDNEXT 2)');
  });

  it('with imapflow, which hears of new mail while it idles', async () => {
    const system = await startMailSystem();
    await system.send({ to: [ann], subject: 'the first' });
    const flow = new ImapFlow({
      host: '127.0.0.1',
      port: system.maild.ports.imap,
      tls: { rejectUnauthorized: false },
      auth: { user: ann, pass: annsPassword },
      logger: false,
    });
    await flow.connect();
    onTestFinished(() => flow.close());
    const folders = await flow.list();
    expect(folders.map(({ path, specialUse }) => [path, specialUse])).toContainEqual(['Sent', '\\Sent']);
    const mailbox = await flow.mailboxOpen('INBOX');
    expect(mailbox).toMatchObject({ exists: 1 });
    const message = await flow.fetchOne('1', { envelope: true, bodyStructure: true, source: true });
    expect(message).toMatchObject({
      envelope: { subject: 'the first' },
      bodyStructure: { type: 'text/plain' },
    });
    const told: number[] = [];
    flow.on('exists', ({ count }) => told.push(count));
    const idle = flow.idle();
    await until(async () => (await imapSessions(system))[0]?.detail === 'IDLE', 'IDLE');
    await system.send({ to: [ann], subject: 'the second' });
    await until(() => told.includes(2), 'news of the second message');
    expect(await flow.messageFlagsAdd('2', ['\\Seen', '$Kept'])).toBe(true);
    await idle.catch(() => {});
    expect(await flow.search({ seen: true })).toEqual([2]);
    expect(await flow.messageMove('1:2', 'Archive')).toMatchObject({ destination: 'Archive' });
    expect(await flow.status('Archive', { messages: true, unseen: true })).toMatchObject({
      messages: 2,
      unseen: 1,
    });
    await flow.logout();
  });
});

describe('several programs', () => {
  it('see what the others do to a folder, and what is delivered', async () => {
    const system = await startMailSystem();
    for (const subject of ['one', 'two']) await system.send({ to: [ann], subject });
    const [reader, phone] = [await annsClient(system), await annsClient(system)];
    await phone.ok('STORE 1 +FLAGS (\\Deleted)');
    await phone.ok('EXPUNGE');
    await system.send({ to: [ann], subject: 'three' });
    // Its own numbers stay as they are while it counts by them.
    expect((await reader.ok('FETCH 2 (UID)'))[0]).toBe('* 2 FETCH (UID 2)');
    const news = await reader.ok('NOOP');
    expect(news).toContain('* 1 EXPUNGE');
    await until(async () => (await reader.ok('FETCH 1:* (UID)')).includes('* 2 FETCH (UID 3)'), 'the third');
  });

  it('find what they were told was done after a kill -9, and no UID twice', async () => {
    const system = await startMailSystem();
    const client = await annsClient(system, null);
    const letter = 'Subject: kept\r\n\r\nkept\r\n';
    const told: string[] = [];
    const filing = (async () => {
      for (;;) {
        const tag = client.send(`APPEND Archive {${letter.length}+}\r\n${letter}`);
        const uid = /APPENDUID \d+ (\d+)/.exec((await client.until(tag)).at(-1) ?? '')?.[1];
        if (uid !== undefined) told.push(uid);
      }
    })().catch(() => {});
    await until(() => told.length >= 20, 'some messages');
    await system.maild.kill9();
    await filing;
    await system.maild.restart();
    const again = await annsClient(system, 'Archive');
    const uids = (await again.ok('UID FETCH 1:* (FLAGS)')).map((line) => /UID (\d+)/.exec(line)?.[1]);
    expect(uids).toEqual(expect.arrayContaining(told));
    const next = (await again.ok(`APPEND Archive {${letter.length}+}\r\n${letter}`)).at(-1);
    const newest = Number(/APPENDUID \d+ (\d+)/.exec(next ?? '')?.[1]);
    expect(newest).toBeGreaterThan(Math.max(...told.map(Number)));
  });
});

describe('an operator', () => {
  it('sees what sessions do, follows one, ends it, and keeps its user out', async () => {
    const system = await startMailSystem();
    const client = await annsClient(system);
    client.send('IDLE');
    expect(await client.line()).toBe('+ idling');
    const [session] = await imapSessions(system);
    expect(session).toMatchObject({
      type: 'imap',
      number: 1,
      user: ann,
      state: 'selected',
      detail: 'IDLE',
      mailbox: 'INBOX',
      lastCommand: expect.stringMatching(/IDLE$/),
    });
    const watched = system.following('sessions', 'watch', String(session?.id));
    await watched.shows(/LOGIN "ann@example\.org" \*+/);
    expect(watched.stdout).not.toContain(annsPassword);
    const killed = await system.told('sessions', 'kill', '--user', ann, '--block', '1h', '--yes');
    expect(killed).toContain('1');
    expect((await client.rest()).at(-1)).toMatch(/^\* BYE Session ended: /);
    const again = await ImapTestClient.connect(system.maild.ports.imap);
    again.send(`LOGIN ${ann} "${annsPassword}"`);
    expect(await again.rest()).toEqual([
      expect.stringMatching(/^t1 NO \[AUTHENTICATIONFAILED\] /),
      expect.stringMatching(/^\* BYE /),
    ]);
  });

  it('shuts an account, and its sessions end', async () => {
    const system = await startMailSystem();
    const client = await annsClient(system);
    await system.told('accounts', 'disable', ann);
    expect((await client.rest()).at(-1)).toMatch(/^\* BYE /);
  });

  it('stops the server: clients are told, listeners come back with it', async () => {
    const system = await startMailSystem();
    const client = await annsClient(system);
    await system.told('server', 'stop');
    expect(await client.rest()).toEqual(['* BYE Server is shutting down']);
    await system.told('server', 'start');
    await system.maild.refreshPorts();
    await annsClient(system);
  });
});

describe('passwords', () => {
  it('that are wrong in one protocol count in all', async () => {
    const system = await startMailSystem({
      config: '[auth]\nmax_failures = 3\ndelay = "0s"\n[limits]\nconnections = 100',
    });
    const client = await ImapTestClient.connect(system.maild.ports.imap);
    const smtp = await system.client();
    const wrong = Buffer.from(`\0${ann}\0wrong`).toString('base64');
    expect((await client.say(`AUTHENTICATE PLAIN ${wrong}`))[0]).toMatch(/^NO \[AUTHENTICATIONFAILED\]/);
    expect((await smtp.say(`AUTH PLAIN ${wrong}`)).code).toBe(535);
    expect((await client.say(`LOGIN ${ann} wrong`))[0]).toMatch(/^NO \[AUTHENTICATIONFAILED\]/);
    client.send(`LOGIN ${ann} "${annsPassword}"`);
    expect((await client.rest()).at(-1)).toMatch(/^\* BYE /);
    expect(await system.told('blocks')).toContain('127.0.0.1');
  });

  it('are in no log, whatever is logged and however they come', async () => {
    const system = await startMailSystem({ config: '[log]\nlevel = "trace"' });
    const { imap } = system.maild.ports;
    const plain = Buffer.from(`\0${ann}\0${annsPassword}`).toString('base64');
    const half = Buffer.from(annsPassword).toString('base64');
    const lines = [
      `LOGIN ${ann} "${annsPassword}"`,
      `LOGIN {${ann.length}+}\r\n${ann} {${annsPassword.length}+}\r\n${annsPassword}`,
      `AUTHENTICATE PLAIN ${plain}`,
      `AUTHENTICATE PLAIN\r\n${plain}`,
      `AUTHENTICATE LOGIN\r\n${Buffer.from(ann).toString('base64')}\r\n${half}`,
      `LOGIN ${ann} "${annsPassword}" more`,
      `LOGIN "${ann}`.concat(` ${annsPassword}`),
    ];
    for (const line of lines) {
      const client = await ImapTestClient.connect(imap);
      client.send(line);
      client.send('LOGOUT');
      await client.rest();
    }
    await until(async () => (await imapSessions(system)).length === 0, 'the end of all');
    const told = system.maild.logs() + (await system.told('log', '--json', '-n', '1000'));
    expect(told.match(/LOGIN \\*"ann@example.org\\*" \*+/g)?.length).toBeGreaterThan(1);
    // Not by toContain, which would print all of it.
    for (const secret of [annsPassword, plain, half]) expect(told.includes(secret)).toBe(false);
  });
});
