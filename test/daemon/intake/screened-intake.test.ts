import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ContentError } from '../../../daemon/intake/content-error.ts';
import { FreeSpace } from '../../../daemon/intake/free-space.ts';
import { Intake } from '../../../daemon/intake/intake.ts';
import type { IncomingMessage } from '../../../daemon/intake/intake-port.ts';
import { MessageFiles } from '../../../daemon/intake/message-files.ts';
import { nothingKept, RefusedError } from '../../../daemon/intake/refused-error.ts';
import type { NewMessage } from '../../../daemon/queue/queue-port.ts';
import { judge } from '../../../daemon/scan/judgement.ts';
import type { Screened } from '../../../daemon/scan/screening.ts';
import type { Part } from '../../../daemon/store/group-writer.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { testFolder } from '../../helpers/test-store.ts';

const text = 'Received: by us\r\nX-Spam-Flag: NO\r\nSubject: x\r\n folded\r\n\r\nX-Spam-Flag: body\r\n';
const also: Part[] = [{ program: { definition: '', sql: '' }, row: () => '', bytes: null }];

async function intake(screened: Partial<Screened>, spamToJunk = true) {
  const folder = await testFolder();
  const files = new MessageFiles(folder);
  const accepted: [NewMessage, readonly Part[]][] = [];
  const quarantined: [NewMessage, readonly Part[]][] = [];
  const submitted: (readonly Part[])[] = [];
  const outcome: Screened = {
    ...judge([], true),
    spam: false,
    headers: ['X-Spam-Flag: YES\r\n'],
    drops: ({ name }) => name === 'x-spam-flag',
    ...screened,
  };
  const door = new Intake({
    queue: { nextId: () => 7, accept: async (message, parts = []) => void accepted.push([message, parts]) },
    freeSpace: new FreeSpace(folder, new FakeClock(), async () => 1_000),
    minFreeBytes: () => 0,
    receivingPaused: () => null,
    storeProblem: () => null,
    screeningFor: () => ({
      screen: async () => outcome,
      quarantine: async (message, _finding, parts) => void quarantined.push([message, parts]),
    }),
    spamToJunk: () => spamToJunk,
    files,
    submit: async (parts) => void submitted.push(parts),
  });
  const toFile = async (): Promise<string> => {
    const file = await files.create(7);
    await file.write(Buffer.from(text));
    return file.commit();
  };
  return { door, folder, toFile, accepted, quarantined, submitted };
}

const message = (content: Partial<IncomingMessage['content']>): IncomingMessage => ({
  envelope: { from: '', bodyType: '7bit', smtpUtf8: false, envelopeId: null, returnContent: null },
  content: { sizeBytes: text.length, inline: null, file: null, subject: null, messageId: null, ...content },
  source: { sessionId: 1, remoteAddress: null, user: null },
  remote: [{ address: 'a@b', notify: null, originalRecipient: null }],
  local: [],
});
const finding = { by: 'clamd', kind: 'virus', reason: 'Evil', action: 'reject' } as const;
const rewritten = text.replace('X-Spam-Flag: NO\r\n', '').replace(/^/, 'X-Spam-Flag: YES\r\n');

describe('a message that has been looked at', () => {
  it('has our headers on top and none that pretend to be ours, and its body as it came', async () => {
    const t = await intake({});
    await t.door.accept(7, message({ inline: Buffer.from(text) }), also);
    const [[taken, parts] = []] = t.accepted;
    expect(taken?.content.inline?.toString()).toBe(rewritten);
    expect(taken?.content.sizeBytes).toBe(rewritten.length);
    expect(parts).toBe(also);
  });

  it.each([
    [true, true, true],
    [true, false, undefined],
    [false, true, undefined],
  ])('that is spam (%s) goes to Junk when that is wanted (%s): %s', async (spam, wanted, junk) => {
    const t = await intake({ spam }, wanted);
    await t.door.accept(7, message({ inline: Buffer.from(text) }));
    expect(t.accepted[0]?.[0].junk).toBe(junk);
  });

  it('is rewritten in its file', async () => {
    const t = await intake({});
    const file = await t.toFile();
    await t.door.accept(7, message({ file }));
    const [[taken] = []] = t.accepted;
    expect(taken?.content).toMatchObject({ file, inline: null, sizeBytes: rewritten.length });
    expect(readFileSync(join(t.folder, file), 'utf8')).toBe(rewritten);
  });

  it('is left as it is when there is nothing to change', async () => {
    const t = await intake({ headers: [], drops: () => false });
    const inline = Buffer.from(text);
    await t.door.accept(7, message({ inline }));
    expect(t.accepted[0]?.[0].content.inline).toBe(inline);
  });

  it.each(['reject', 'defer'] as const)('is not kept when the judgement is to %s', async (action) => {
    const t = await intake({ ...judge([{ ...finding, action }], true) });
    const file = await t.toFile();
    const refused = await t.door.accept(7, message({ file })).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RefusedError);
    expect(nothingKept(refused)).toBe(true);
    expect(refused).toMatchObject({ message: 'clamd: Evil' });
    expect(t.accepted).toHaveLength(0);
    expect(existsSync(join(t.folder, file))).toBe(true);
  });

  it('goes to the quarantine in its final form, with what belongs to the same transaction', async () => {
    const t = await intake({ action: 'quarantine', finding });
    await t.door.accept(7, message({ inline: Buffer.from(text) }), also);
    const [[kept, parts] = []] = t.quarantined;
    expect(kept?.content.inline?.toString()).toBe(rewritten);
    expect(parts).toBe(also);
    expect(t.accepted).toHaveLength(0);
  });

  it('is thrown away with its file, and what belongs to it is written all the same', async () => {
    const t = await intake({ action: 'drop', finding });
    const file = await t.toFile();
    await t.door.accept(7, message({ file }), also);
    expect(existsSync(join(t.folder, file))).toBe(false);
    expect(t.submitted).toEqual([also]);
    expect(t.accepted).toHaveLength(0);
  });

  it('is refused when its header is too long to be looked through', async () => {
    const t = await intake({});
    const inline = Buffer.from(`X: ${'y'.repeat(1_100_000)}\r\n\r\n`);
    const refused = await t.door
      .accept(7, message({ inline, sizeBytes: inline.length }))
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ContentError);
    expect(refused).toMatchObject({ problem: 'too_large' });
  });
});
