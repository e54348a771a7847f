/** Mail into files and back: the same bytes, flags and dates; and nothing twice, however often it is done. */
import { lstat, mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MailFormat } from '../../../cli/mail-files/mail-source.ts';
import { testFolder } from '../../helpers/test-store.ts';
import { MemoryMailboxes } from './memory-mailboxes.ts';

const message = (n: number, body = `body ${n}\r\n`) =>
  `From: a@example.org\r\nMessage-ID: <${n}@example.org>\r\nSubject: ${n}\r\n\r\n${body}`;
const folderNames = [
  'INBOX',
  'Sent',
  'Lists/debian.user',
  'Größe & Maß',
  'a/b/c',
  'x%2Fy',
  'dots.in.it/..x',
  '*?:',
];

function busy(): MemoryMailboxes {
  const boxes = new MemoryMailboxes();
  for (const [index, name] of folderNames.entries()) {
    boxes.put(name, message(index * 10), ['\\Seen'], '2001-09-09T01:46:40.000Z');
    boxes.put(name, message(index * 10 + 1, 'From here\r\n>From there\r\n>>From\r\n\r\nFrom x\r\n'), [
      '\\Answered',
      '\\Flagged',
      '$Label1',
      'later',
    ]);
    boxes.put(
      name,
      message(index * 10 + 2, '\r\n\r\n'),
      ['\\Draft', '\\Deleted'],
      '2026-11-22T00:00:00.000Z',
    );
    boxes.put(name, 'Subject: no id, 8-bit \xe4\xff\r\n\r\n.\r\n..\r\n', []);
    boxes.put(name, 'Subject: header only\r\n', ['\\Seen', 'later']);
    boxes.put(name, message(index * 10), ['\\Seen']);
  }
  boxes.put('Sent', message(999, `${'x'.repeat(70)}\r\n`.repeat(60_000)), ['\\Seen']);
  // With the levels above the others, which are there too.
  for (const name of ['Empty', 'Lists', 'a', 'a/b', 'dots.in.it']) boxes.folders.set(name, []);
  return boxes;
}

describe.each(['maildir', 'mbox', 'eml'] as const)('%s', (format: MailFormat) => {
  const withoutFlags = (contents: MemoryMailboxes['contents']): Record<string, (readonly string[])[]> =>
    format !== 'eml'
      ? contents
      : Object.fromEntries(
          Object.entries(contents).map(([name, all]) => [
            name,
            all.map(([text, , date]) => [text, '', date]),
          ]),
        );

  it('keeps bytes, flags, dates and names of folders', async () => {
    const [there, back] = [busy(), new MemoryMailboxes()];
    const directory = join(await testFolder(), 'mail');
    expect(await there.export(directory, { format })).toMatchObject({ exported: 49, failed: 0, folders: 13 });
    expect(await back.import(directory)).toMatchObject({ imported: 49, skipped: 0, failed: 0 });
    const sorted = (contents: Record<string, (readonly string[])[]>) =>
      Object.fromEntries(Object.entries(contents).map(([name, all]) => [name, all.map(String).sort()]));
    expect(sorted(back.contents)).toEqual(sorted(withoutFlags(there.contents)));
    expect([...there.problems, ...back.problems]).toEqual([]);
    for (const file of await readdir(directory, { recursive: true })) {
      const found = await lstat(join(directory, file));
      expect(found.mode & 0o077, file).toBe(0);
    }
  });

  it('transfers nothing the second time, and what has come since', async () => {
    const [there, back] = [busy(), new MemoryMailboxes()];
    const directory = await testFolder();
    await there.export(directory, { format });
    await back.import(directory);
    expect(await there.export(directory, { format })).toMatchObject({ exported: 0, skipped: 49 });
    back.calls.length = 0;
    expect(await back.import(directory)).toMatchObject({ imported: 0, skipped: 49, failed: 0 });
    expect(back.calls).not.toContain('mailboxes.append');
    there.put('Sent', message(1_000));
    expect(await there.export(directory, { format })).toMatchObject({ exported: 1, skipped: 49 });
    expect(await back.import(directory)).toMatchObject({ imported: 1, skipped: 49 });
    expect(back.folders.get('Sent')).toHaveLength(8);
  });

  it('goes on after it was cut short, both ways', async () => {
    const [there, back] = [busy(), new MemoryMailboxes()];
    const directory = await testFolder();
    let calls = 0;
    there.before = (method) => {
      if (method === 'mailboxes.fetch' && ++calls === 8) throw new Error('daemon has gone');
    };
    await expect(there.export(directory, { format })).rejects.toThrow('daemon has gone');
    expect((await there.export(directory, { format })).skipped).toBeGreaterThan(5);
    calls = 0;
    back.before = (method) => {
      if (method === 'mailboxes.append' && ++calls === 3) throw new Error('daemon has gone');
    };
    await expect(back.import(directory)).rejects.toThrow('daemon has gone');
    expect((await back.import(directory)).skipped).toBeGreaterThan(5);
    expect(Object.values(back.contents).flat()).toHaveLength(49);
  });

  it('says what it would do, and does nothing', async () => {
    const [there, back] = [busy(), new MemoryMailboxes()];
    const directory = join(await testFolder(), 'mail');
    expect(await there.export(directory, { format, dryRun: true })).toMatchObject({ exported: 49 });
    await expect(lstat(directory)).rejects.toThrow('ENOENT');
    await there.export(directory, { format });
    expect(await back.import(directory, { dryRun: true })).toMatchObject({ imported: 49 });
    expect(back.contents).toEqual({ INBOX: [] });
  });

  it('never leaves the directory, whatever a folder is called', async () => {
    const there = new MemoryMailboxes();
    for (const name of [
      '..',
      '../../x',
      '/etc/x',
      '.',
      'a/../../../b',
      '..\\..\\c',
      'nul\0',
      'CON',
      '~',
      '-rf',
    ])
      there.put(name, message(1));
    const outside = await testFolder();
    const directory = join(outside, 'in');
    await there.export(directory, { format });
    expect(await readdir(outside)).toEqual(['in']);
    const depth = format === 'mbox' ? 1 : 3;
    for (const file of await readdir(directory, { recursive: true }))
      expect(file.split('/').length, file).toBeLessThanOrEqual(depth);
  });
});

describe('files that somebody else has put there', () => {
  it('are neither followed nor written over', async () => {
    const [outside, directory] = [await testFolder(), await testFolder()];
    await symlink(outside, join(directory, '.Sent'));
    await symlink(outside, join(directory, 'Sent'));
    await writeFile(join(outside, 'secret'), 'keep');
    await symlink(join(outside, 'secret'), join(directory, 'INBOX.mbox.part'));
    for (const format of ['maildir', 'mbox', 'eml'] as const) {
      const there = new MemoryMailboxes();
      there.put('INBOX', message(1));
      there.put('Sent', message(2));
      const report = await there.export(directory, { format });
      expect(report, format).toMatchObject({ exported: 1, failed: 1 });
      expect(there.problems, format).toHaveLength(1);
    }
    expect(await readdir(outside)).toEqual(['secret']);
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('keep');
  });

  it('that are no mbox are named and left as they are', async () => {
    const directory = await testFolder();
    await writeFile(join(directory, 'INBOX.mbox'), 'my notes\n'.repeat(200));
    const there = new MemoryMailboxes();
    there.put('INBOX', message(1));
    expect(await there.export(directory, { format: 'mbox' })).toMatchObject({ exported: 0, failed: 1 });
    expect(await readFile(join(directory, 'INBOX.mbox'), 'utf8')).toContain('my notes');
  });
});

describe('an mbox', () => {
  it('that was cut short anywhere is whole again after the next run', async () => {
    const there = new MemoryMailboxes();
    for (let n = 0; n < 5; n++) there.put('INBOX', message(n, 'From a\r\n\r\nFrom b\r\n'));
    const whole = await testFolder();
    await there.export(whole, { format: 'mbox' });
    const expected = await readFile(join(whole, 'INBOX.mbox'));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: expected.length }), async (length) => {
        const directory = await testFolder();
        const part = join(directory, 'INBOX.mbox.part');
        await writeFile(part, expected);
        await truncate(part, length);
        await there.export(directory, { format: 'mbox' });
        expect(await readdir(directory)).toEqual(['INBOX.mbox']);
        expect((await readFile(join(directory, 'INBOX.mbox'))).equals(expected)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('keeps whatever a message is', async () => {
    const line = fc.constantFrom(
      'From x',
      '>From y',
      '',
      'text',
      '>>From z Thu Jan  1 00:00:00 1970',
      '\t folded',
      'Status: RO no header here',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(line, { maxLength: 6 }), { minLength: 1, maxLength: 4 }),
        async (bodies) => {
          const [there, back] = [new MemoryMailboxes(), new MemoryMailboxes()];
          for (const [n, lines] of bodies.entries())
            there.put('INBOX', message(n, lines.map((one) => `${one}\r\n`).join('')));
          const directory = await testFolder();
          await there.export(directory, { format: 'mbox' });
          await back.import(directory);
          expect(back.contents).toEqual(there.contents);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('what is not taken', () => {
  it('is named, and keeps nothing else back', async () => {
    const directory = await testFolder();
    await mkdir(join(directory, 'cur'));
    await mkdir(join(directory, '.a..b'));
    await mkdir(join(directory, '.ok/cur'), { recursive: true });
    await mkdir(join(directory, '.&AAA-/cur'), { recursive: true });
    await writeFile(join(directory, 'cur', '1.empty:2,S'), '');
    await writeFile(join(directory, 'cur', '2.binary:2,'), Buffer.from([1, 2, 3, 255, 10]));
    await writeFile(join(directory, 'cur', '3.good:2,'), 'Subject: x\n\nx');
    await writeFile(join(directory, '.ok/cur', '3.good:2,RSabz'), 'Subject: y\n\ny\n');
    await writeFile(join(directory, '.ok', 'dovecot-keywords'), '0 $Forwarded\n1 work\n');
    await writeFile(join(directory, '.&AAA-/cur', '1.x:2,'), 'Subject: z\n\n');
    await mkdir(join(directory, 'cur', '4.directory'));
    await symlink(directory, join(directory, '.loop'));
    await symlink('/nowhere', join(directory, 'cur', '5.gone'));
    const boxes = new MemoryMailboxes();
    expect(await boxes.import(directory)).toMatchObject({ imported: 2, failed: 5 });
    expect(boxes.problems.join('\n')).toMatch(/1\.empty.*it is empty\n.*2\.binary.*header\n.*4\.directory/s);
    expect(boxes.problems.join('\n')).toContain('cannot be a mailbox: it has a control character in it');
    expect(boxes.contents.ok?.[0]?.slice(0, 2)).toEqual([
      'Subject: y\r\n\r\ny\r\n',
      '$Forwarded \\Answered \\Seen work',
    ]);
  });

  it('one of a batch that the daemon refuses is found, and the others are stored', async () => {
    const directory = await testFolder();
    const there = new MemoryMailboxes();
    for (let n = 0; n < 5; n++) there.put('INBOX', message(n));
    await there.export(directory, { format: 'eml' });
    const back = new MemoryMailboxes();
    const refusal = (code: string) => Object.assign(new Error('no'), { kind: 'rpc', code });
    back.before = (method, params) => {
      const text = JSON.stringify(params);
      if (method === 'mailboxes.append' && text.includes(Buffer.from(message(3)).toString('base64')))
        throw refusal('mailbox.invalid_keyword');
    };
    expect(await back.import(directory)).toMatchObject({ imported: 4, failed: 1 });
    expect(back.problems).toEqual([expect.stringMatching(/-4\.eml: no$/)]);
    back.before = (method) => {
      if (method === 'mailboxes.append') throw refusal('mailbox.over_quota');
    };
    await expect(back.import(directory)).rejects.toMatchObject({ code: 'mailbox.over_quota' });
  });
});

describe('an import', () => {
  it('takes the date of an mbox from its From line, with or without a zone, and flags from its fields', async () => {
    const file = join(await testFolder(), 'old.mbox');
    const lines = [
      'From ann@example.org Thu Sep  9 01:46:40 1999',
      'Subject: one\nStatus: RO\nX-Status: AF\nX-Keywords: red, blue\n\n>From me\n',
      'From bob@example.org Thu Sep  9 01:46:40 1999 +0200',
      'Subject: two\nStatus: O\n\n\nFrom now on it is text\n',
      'From - Thu Sep 09 01:46 CEST 1999\r',
      'Subject: three\r\n\r\ncrlf\r\n',
    ];
    await writeFile(file, `${lines.join('\n')}`);
    const boxes = new MemoryMailboxes();
    expect(await boxes.import(file, { folder: 'Old' })).toMatchObject({
      imported: 3,
      failed: 0,
      made: ['Old'],
    });
    expect(boxes.contents.Old).toEqual([
      ['Subject: one\r\n\r\nFrom me\r\n', '\\Answered \\Flagged \\Seen blue red', '1999-09-09T01:46:40.000Z'],
      ['Subject: two\r\n\r\n\r\nFrom now on it is text\r\n', '', '1999-09-08T23:46:40.000Z'],
      ['Subject: three\r\n\r\ncrlf\r\n', '', '1999-09-09T01:46:00.000Z'],
    ]);
  });

  it('makes an email file CRLF, and puts one where it is told', async () => {
    const folder = await testFolder();
    await writeFile(join(folder, 'x.eml'), 'Subject: x\n\nbare\rcr\0nul\nend');
    const boxes = new MemoryMailboxes();
    await boxes.import(join(folder, 'x.eml'), { folder: 'In/Here' });
    expect(boxes.contents['In/Here']?.[0]?.[0]).toBe('Subject: x\r\n\r\nbare\r\ncrnul\r\nend\r\n');
    await expect(boxes.import(join(folder, 'absent'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await stat(join(folder, 'x.eml'))).size).toBeGreaterThan(0);
  });
});
