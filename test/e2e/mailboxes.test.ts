/** Mailboxes as an operator sees and changes them, and mail that moves in and out of them, by files. */
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ann, type MailSystem, startMailSystem } from '../helpers/mail-system.ts';
import { jsonLines } from '../helpers/mailctl.ts';
import { testFolder } from '../helpers/test-store.ts';

const message = (n: number, body = `body ${n}\r\n`) =>
  `From: =?utf-8?q?B=C3=A4r?= <bear@example.net>\r\nDate: Thu, 9 Sep 1999 01:46:40 +0000\r\nMessage-ID: <${n}@example.net>\r\nSubject: number ${n}\r\n\r\n${body}`;

const boxes = async (system: MailSystem, account: string) =>
  Object.fromEntries(
    jsonLines(await system.told('mailboxes', 'list', account, '--json')).map((box) => [
      box.name as string,
      box,
    ]),
  );

/** `n` messages in cur, with flags and dates. */
async function makeMaildir(path: string, numbers: readonly number[]): Promise<void> {
  for (const part of ['cur', 'new', 'tmp']) await mkdir(join(path, part), { recursive: true });
  for (const n of numbers) {
    const file = join(
      path,
      'cur',
      `${1_000_000_000 + n}.M${n}P1.host:2,${['', 'S', 'FS', 'RS', 'a'][n % 5]}`,
    );
    await writeFile(
      file,
      message(n, n % 10 === 0 ? 'x'.repeat(76).concat('\n').repeat(2_000) : undefined).replaceAll(
        '\r\n',
        '\n',
      ),
    );
    await utimes(file, 1_100_000_000 + n, 1_100_000_000 + n);
  }
  await writeFile(join(path, 'dovecot-keywords'), '0 $Label1\n');
}

describe('mailboxes', () => {
  it('are listed, made, renamed and removed, and their messages shown', async () => {
    const system = await startMailSystem();
    await system.send({ to: [ann] });
    const listed = await system.told('mailboxes');
    expect(listed).toMatch(/ann@example.org +INBOX +1 +1 /);
    expect(await system.told('mailboxes', 'create', ann, 'Lists/debian')).toContain('was made');
    expect(await system.told('mailboxes', 'rename', ann, 'Lists', 'Old lists')).toContain(
      'Old lists was Lists',
    );
    expect(await boxes(system, ann)).toMatchObject({
      INBOX: { account: ann, messages: 1, unseen: 1, specialUse: null },
      'Old lists': { messages: 0 },
      'Old lists/debian': { messages: 0, subscribed: false },
      Archive: { specialUse: '\\Archive' },
    });
    const refused = await system.mailctl('mailboxes', 'remove', ann, 'Old lists');
    expect(refused).toMatchObject({ code: 64 });
    expect(await system.mailctl('mailboxes', 'remove', ann, 'Old lists', '--yes')).toMatchObject({ code: 1 });
    expect(await system.told('mailboxes', 'remove', ann, 'Old lists/debian', '--dry-run')).toContain(
      'would be',
    );
    expect(await system.told('mailboxes', 'remove', ann, 'Old lists/debian', '--yes')).toContain(
      '0 messages',
    );
    expect(Object.keys(await boxes(system, ann))).not.toContain('Old lists/debian');
    expect(await system.mailctl('mailboxes', 'remove', ann, 'INBOX', '--yes')).toMatchObject({ code: 1 });
    expect(await system.mailctl('mailboxes', 'create', ann, '../x')).toMatchObject({ code: 1 });
    expect(await system.mailctl('mailboxes', 'list', 'nobody@example.org')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('mailctl accounts'),
    });
    const [shown] = jsonLines(await system.told('mailboxes', 'show', ann, '--json'));
    expect(shown).toMatchObject({ uid: 1, flags: [] });
    expect(await system.told('mailboxes', 'show', ann, '--uid', '1', '--raw')).toMatch(/^Return-Path: /);
    expect(await system.mailctl('mailboxes', 'show', ann, '--uid', '7')).toMatchObject({ code: 1 });
    expect(await system.mailctl('mailboxes', 'show', ann, '--raw')).toMatchObject({ code: 64 });
  });

  it('take in a Maildir with its folders, flags and dates; the second time nothing; and give it back', async () => {
    const system = await startMailSystem();
    const folder = await testFolder();
    const source = join(folder, 'Maildir');
    await makeMaildir(
      source,
      Array.from({ length: 30 }, (_, n) => n),
    );
    await makeMaildir(join(source, '.Lists.d&AOk-bian'), [100, 101, 102]);
    await writeFile(join(source, 'cur', '1.bad:2,'), '');
    const dry = await system.mailctl('mailboxes', 'import', ann, source, '--dry-run');
    expect(dry).toMatchObject({ code: 1, stdout: expect.stringContaining('33 messages') });
    expect((await boxes(system, ann)).INBOX).toMatchObject({ messages: 0 });
    const first = await system.mailctl('mailboxes', 'import', ann, source);
    expect(first.stdout).toContain('brought in, 0 there already, 1 not taken');
    expect(first).toMatchObject({ code: 1, stderr: expect.stringContaining('1.bad:2,: it is empty') });
    const again = JSON.parse((await system.mailctl('mailboxes', 'import', ann, source, '--json')).stdout);
    expect(again).toMatchObject({ imported: 0, skipped: 33, failed: 1, made: [] });
    expect(await boxes(system, ann)).toMatchObject({
      INBOX: { messages: 30, unseen: 12 },
      'Lists/débian': { messages: 3, subscribed: true },
    });
    const shown = jsonLines(await system.told('mailboxes', 'show', ann, '--json', '--limit', '100'));
    expect(shown).toHaveLength(30);
    expect(shown.find(({ subject }) => subject === 'number 12')).toMatchObject({
      flags: ['\\Seen', '\\Flagged'],
      internalDate: new Date(1_000_000_012_000).toISOString(),
      from: 'Bär <bear@example.net>',
      messageId: '<12@example.net>',
    });
    expect(shown.find(({ subject }) => subject === 'number 14')).toMatchObject({ flags: ['$Label1'] });

    for (const format of ['maildir', 'mbox', 'eml']) {
      const target = join(folder, format);
      const other = `${format}@example.org`;
      await system.mailctlWith({ stdin: 'x\n' }, 'accounts', 'add', other, '--password-stdin');
      const written = await system.told('mailboxes', 'export', ann, target, '--format', format);
      expect(written).toContain('33 messages');
      expect(await system.told('mailboxes', 'export', ann, target, '--format', format)).toContain(
        '33 there already',
      );
      expect(await system.told('mailboxes', 'import', other, target)).toContain('33 messages');
      for (const box of ['INBOX', 'Lists/débian']) {
        const view = async (account: string) =>
          jsonLines(await system.told('mailboxes', 'show', account, box, '--json', '--limit', '100'))
            .map(({ messageId, internalDate, sizeBytes, flags }) => [
              messageId,
              internalDate,
              sizeBytes,
              format === 'eml' ? [] : flags,
            ])
            .sort();
        const expected = (await view(ann)).map((row) => (format === 'eml' ? [...row.slice(0, 3), []] : row));
        expect(await view(other), `${format} ${box}`).toEqual(expected);
      }
      const raw = (account: string) => system.told('mailboxes', 'show', account, '--uid', '1', '--raw');
      if (format === 'maildir') expect(await raw(other)).toBe(await raw(ann));
    }
  }, 60_000);

  it('get nothing twice, whatever a Message-ID looks like; and true doubles are two', async () => {
    const system = await startMailSystem();
    const folder = await testFolder();
    const headers = [
      'Message-ID:\n <folded@x>',
      'Message-ID: (comment) <comment@x> (after)',
      'Message-ID: no brackets',
      'Message-ID:',
      'Message-ID: <>',
      'Message-ID: <one@x>\nMessage-ID: <two@x>',
      'MESSAGE-ID : <spaced@x>',
      'Message-ID: <\xe4\xff@x>',
      `Message-ID: <${'l'.repeat(2_000)}@x>`,
      'Message-ID: "quoted <in@x>" <out@x>',
      'Message-ID: <fold\n ed@x>',
      'Message-ID: =?utf-8?q?=3Cenc@x=3E?=',
      `X-Long: ${'y'.repeat(300_000)}\nMessage-ID: <far@x>`,
      'no field\nMessage-ID: <behind@x>',
      'Resent-Message-ID: <resent@x>',
      'Message-ID: <double@x>',
      'Message-ID: <double@x>',
      'Subject: no id',
      'Subject: no id',
    ];
    for (const [n, header] of headers.entries())
      await writeFile(join(folder, `${n}.eml`), `From: a@x\n${header}\n\nbody\n`, 'latin1');
    await writeFile(join(folder, 'header-only.eml'), 'From: a@x\nMessage-ID: <only@x>');
    await writeFile(join(folder, 'body-only.eml'), '\n\nMessage-ID: <body@x>');
    const count = headers.length + 2;
    const told = async () => JSON.parse(await system.told('mailboxes', 'import', ann, folder, '--json'));
    expect(await told()).toMatchObject({ imported: count, skipped: 0 });
    expect(await told()).toMatchObject({ imported: 0, skipped: count });
  });

  it('are within a quota, which an import that meets it says', async () => {
    const system = await startMailSystem();
    const source = join(await testFolder(), 'Maildir');
    await makeMaildir(source, [1, 2, 3, 10, 20]);
    await system.told('accounts', 'edit', ann, '--quota', '100k');
    const result = await system.mailctl('mailboxes', 'import', ann, source);
    expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining('over its quota') });
    await system.told('accounts', 'edit', ann, '--no-quota');
    expect(await system.mailctl('mailboxes', 'import', ann, source)).toMatchObject({ code: 0 });
    expect((await boxes(system, ann)).INBOX).toMatchObject({ messages: 5 });
    expect(jsonLines(await system.told('accounts', '--json'))).toMatchObject([{ messages: 5 }]);
  });

  it('are exported and imported while the server is stopped, large messages too', async () => {
    const system = await startMailSystem();
    await system.told('server', 'stop');
    const folder = await testFolder();
    const text = message(1, `${'y'.repeat(76)}\r\n`.repeat(70_000));
    await writeFile(join(folder, 'large.eml'), text);
    expect(
      await system.told('mailboxes', 'import', ann, join(folder, 'large.eml'), '--folder', 'Big'),
    ).toContain('1 message ');
    const target = join(folder, 'out');
    await symlink(folder, join(folder, 'link'));
    await system.told('mailboxes', 'export', ann, target, '--format', 'eml', '--folder', 'Big');
    const [file = ''] = await readdir(join(target, 'Big'));
    expect((await readFile(join(target, 'Big', file))).equals(Buffer.from(text))).toBe(true);
    expect(await system.mailctl('mailboxes', 'export', ann, target, '--folder', 'No')).toMatchObject({
      code: 1,
    });
    expect(await system.mailctl('mailboxes', 'export', ann, '/dev/null/x')).toMatchObject({ code: 1 });
    expect(await system.mailctl('mailboxes', 'import', ann, '/nowhere')).toMatchObject({ code: 1 });
  });
});

/** It reads nobody's mail as root, and as nobody else than root can files be given to somebody. */
const dovecot = spawnSync('doveadm', ['pw', '-l']).status === 0 && process.getuid?.() === 0;
describe.skipIf(!dovecot)("a Maildir of Dovecot's", () => {
  it('is what an export writes: doveadm finds the same messages, flags and dates in it', async () => {
    const system = await startMailSystem();
    const folder = await testFolder();
    await makeMaildir(join(folder, 'in'), [1, 2, 3, 4, 5]);
    await makeMaildir(join(folder, 'in', '.Lists.debian'), [7]);
    await system.told('mailboxes', 'import', ann, join(folder, 'in'));
    await system.told('mailboxes', 'export', ann, join(folder, 'out'));
    const config = join(folder, 'dovecot.conf');
    await writeFile(
      config,
      `mail_location = maildir:${folder}/out\nbase_dir = ${folder}/run\nmail_home = ${folder}\nfirst_valid_uid = 1\nmail_uid = nobody\nmail_gid = nogroup\nssl = no\n`,
    );
    spawnSync('chown', ['-R', 'nobody:nogroup', folder]);
    const { stdout } = spawnSync(
      'doveadm',
      ['-c', config, '-f', 'tab', 'fetch', 'hdr.message-id flags date.received.unixtime mailbox', 'all'],
      { encoding: 'utf8', env: { ...process.env, USER: 'root', HOME: folder } },
    );
    const found = stdout.split('\n').filter((line) => line.includes('@example.net'));
    expect(found).toHaveLength(6);
    expect(found.find((line) => line.includes('<2@'))).toMatch(/\\Flagged \\Seen .*\t1000000002\tINBOX$/);
    expect(found.find((line) => line.includes('<4@'))).toMatch(/\$Label1\b.*\t1000000004\tINBOX$/);
    expect(found.find((line) => line.includes('<7@'))).toMatch(/\tLists\.debian$/);
  });
});
