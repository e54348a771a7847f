import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MaildError } from '../../../daemon/errors.ts';
import { StoreError } from '../../../daemon/store/store-error.ts';
import { until } from '../../helpers/until.ts';
import { startImap } from './harness.ts';

const letter = 'Subject: kept\r\n\r\nhello\r\n';

describe('APPEND', () => {
  it('files a message with its flags and date, and tells its UID', async () => {
    const rig = await startImap();
    const client = await rig.selected();
    const tag = client.send(`APPEND INBOX (\\Seen $Kept) " 1-Feb-2026 10:00:00 +0100" {${letter.length}}`);
    expect(await client.line()).toBe('+ OK');
    client.write(`${letter}\r\n`);
    const told = await client.until(tag);
    expect(told).toContain('* 1 EXISTS');
    expect(told.at(-1)).toBe('OK [APPENDUID 1001 1] Append completed');
    expect(rig.mailboxes.contents()).toEqual([letter]);
    expect(rig.mailboxes.flags()).toEqual([1]);
    expect(rig.registry.last.messages).toBe(1);
  });

  it('takes non-synchronising literals, in pieces, with whatever line ends, and says what it is about', async () => {
    const rig = await startImap();
    const client = await rig.alice();
    const tag = client.send('APPEND INBOX {9+}');
    client.write('a\nb\r');
    await until(() => rig.registry.last.detail.startsWith('APPEND to INBOX'), 'the beginning of it');
    client.write('\nc\rd');
    client.write('\n\r\n');
    expect((await client.until(tag)).at(-1)).toMatch(/^OK /);
    expect(rig.mailboxes.contents()).toEqual(['a\r\nb\r\nc\r\nd\r\n']);
  });

  it('keeps a large message in a file, which is gone when the message is not taken', async () => {
    const rig = await startImap({ config: { smtp: { inlineBytes: 1000 } } });
    const client = await rig.alice();
    const large = 'x'.repeat(998).concat('\r\n').repeat(20);
    const files = () =>
      readdirSync(join(rig.config.stateDir, 'messages'), { recursive: true, encoding: 'utf8' }).filter(
        (name) => name.endsWith('.eml'),
      );
    await client.ok(`APPEND INBOX {${large.length}+}\r\n${large}`);
    expect(files()).toEqual(['01/1.eml']);
    rig.mailboxes.failing = new StoreError('full', 'no space left');
    expect((await client.say(`APPEND INBOX {${large.length}+}\r\n${large}`)).at(-1)).toMatch(
      /^NO \[OVERQUOTA\] /,
    );
    expect(files()).toEqual(['01/1.eml']);
    rig.mailboxes.failing = null;
    client.send(`APPEND INBOX {${large.length}+}`);
    client.write(large.slice(0, 10_000));
    await until(() => files().length === 2, 'a file');
    client.close();
    await until(() => files().length === 1, 'the end of the file');
  });

  it('refuses before the message is sent: no mailbox, too large, over quota, no room', async () => {
    const rig = await startImap({ config: { maxMessageBytes: 1000, smtp: { inlineBytes: 8 } } });
    const client = await rig.alice();
    expect((await client.say('APPEND nowhere {10}'))[0]).toMatch(/^NO \[TRYCREATE\] /);
    expect((await client.say('APPEND INBOX {1001}'))[0]).toMatch(/^NO \[TOOBIG\] /);
    rig.mailboxes.limitBytes = 5;
    expect((await client.say('APPEND INBOX {10}'))[0]).toMatch(/^NO \[OVERQUOTA\] /);
    rig.mailboxes.limitBytes = null;
    rig.freeBytes = 1000;
    expect((await client.say('APPEND INBOX {10}'))[0]).toMatch(/^NO \[OVERQUOTA\] /);
    rig.freeBytes = null;
    expect((await client.say('APPEND INBOX {0}'))[0]).toMatch(/^NO \[CANNOT\] /);
    expect((await client.say('APPEND INBOX {2001+}\r\n'.concat('x'.repeat(2001))))[0]).toMatch(
      /^NO \[TOOBIG\] /,
    );
    await client.ok('NOOP');
    expect(rig.mailboxes.contents()).toEqual([]);
  });

  it('says the same of small messages when they are there', async () => {
    const rig = await startImap();
    const client = await rig.alice();
    const append = (mailbox: string) => client.say(`APPEND ${mailbox} {${letter.length}+}\r\n${letter}`);
    expect((await append('nowhere')).at(-1)).toMatch(/^NO \[TRYCREATE\] /);
    rig.mailboxes.failing = new MaildError('mailbox.over_quota', 'no room');
    expect((await append('INBOX')).at(-1)).toMatch(/^NO \[OVERQUOTA\] /);
    expect(rig.mailboxes.contents()).toEqual([]);
  });

  it('refuses NUL, and goes on', async () => {
    const rig = await startImap();
    const client = await rig.alice();
    expect((await client.say('APPEND INBOX {3+}\r\na\0b'))[0]).toMatch(/^(NO|BAD) /);
    await client.ok('NOOP');
    expect(rig.mailboxes.contents()).toEqual([]);
  });

  it('needs a login', async () => {
    const rig = await startImap();
    const client = await rig.client();
    expect((await client.say('APPEND INBOX {10}'))[0]).toMatch(/^BAD /);
    await client.ok('NOOP');
  });
});
