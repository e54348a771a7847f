import { describe, expect, it } from 'vitest';
import type { StoredMessage } from '../../../daemon/mailboxes/mailboxes-port.ts';
import { noFlags } from '../../../daemon/mailboxes/message-flags.ts';
import { Random } from '../../helpers/random.ts';
import { testMailboxes } from '../../helpers/test-mailboxes.ts';

type Stored = Buffer | string;

/** A mailbox with these contents, UIDs from 1 on: bytes in the database, texts as names of files. */
async function mailboxOf(contents: readonly Stored[]) {
  const t = await testMailboxes();
  const account = await t.account();
  const messages = contents.map((one) => ({
    content: {
      sizeBytes: typeof one === 'string' ? 100_000 : one.length,
      inline: typeof one === 'string' ? null : one,
      file: typeof one === 'string' ? one : null,
      subject: null,
      messageId: null,
    },
    flags: noFlags,
    internalDate: 1,
    contentId: t.mailboxes.nextContentId(),
  }));
  await t.mailboxes.append(account, 'INBOX', messages);
  const { id } = (await t.mailboxes.find(account, 'INBOX')) ?? { id: 0 };
  const read = async (uids: readonly number[]) => {
    const batches: (readonly StoredMessage[])[] = [];
    for await (const batch of t.mailboxes.read(id, uids, { content: true, structure: false }))
      batches.push(batch);
    return batches;
  };
  return { ...t, id, read };
}

const hexOf = (batches: readonly (readonly StoredMessage[])[]) =>
  batches.flat().map(({ uid, content }) => [uid, content.inline?.toString('hex') ?? null]);

describe('whole messages', () => {
  it('are those bytes, whatever they are', async () => {
    const chance = new Random();
    const random = (length: number) => Buffer.from(Array.from({ length }, () => chance.below(256)));
    const contents: Stored[] = [
      Buffer.alloc(0),
      Buffer.from('\0'),
      Buffer.from('a\0b\0'),
      Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0x80]),
      Buffer.from('\ufeffX: ü\r\n'),
      'messages/7',
      Buffer.alloc(0),
      Buffer.alloc(65_536),
      random(65_535),
      'messages/10',
      ...Array.from({ length: 200 }, (_, n) => random((n * 37) % 3_000)),
      Buffer.alloc(0),
    ];
    const t = await mailboxOf(contents);
    const batches = await t.read(contents.map((_, index) => index + 1));
    expect(hexOf(batches)).toEqual(
      contents.map((one, index) => [index + 1, typeof one === 'string' ? null : one.toString('hex')]),
    );
    const files = batches.flat().filter(({ content }) => content.path !== null);
    expect(files.map(({ uid }) => uid)).toEqual([6, 10]);
  });

  it('come in the order of UIDs however they are asked for, without those that are not there', async () => {
    const t = await mailboxOf(Array.from({ length: 50 }, (_, n) => Buffer.from(`${n + 1}`)));
    await t.mailboxes.removeMessages(t.id, [4, 50]);
    const batches = await t.read([49, 3, 3, 5, 4, 50, 1_000, 20]);
    expect(batches.flat().map(({ uid, content }) => `${uid}: ${content.inline}`)).toEqual([
      '3: 3',
      '5: 5',
      '20: 20',
      '49: 49',
    ]);
    expect(await t.read([4, 50])).toEqual([]);
    expect(await t.read([4])).toEqual([]);
    expect(await t.read([])).toEqual([]);
  });

  it('come in batches that are bounded in number and bytes', async () => {
    const small = Array.from({ length: 300 }, () => Buffer.from('x'));
    const large = Array.from({ length: 12 }, () => Buffer.alloc(60_000, 'y'));
    const t = await mailboxOf([...small, ...large]);
    const batches = await t.read([...small, ...large].map((_, index) => index + 1));
    expect(batches.map((batch) => batch.length)).toEqual([128, 128, 49, 5, 2]);
  });
});
