import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContentError } from '../../../daemon/intake/content-error.ts';
import { type ContentLimits, ContentReceiver } from '../../../daemon/intake/content-receiver.ts';
import { MessageFiles } from '../../../daemon/intake/message-files.ts';

const trace = Buffer.from('Received: from test\r\n');
const limits: ContentLimits = {
  maxMessageBytes: 10_000_000,
  maxLineBytes: 1_000,
  inlineBytes: 1_000,
  maxReceivedHeaders: 10,
  hostname: 'mx.example.com',
};

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'maild-content-'));
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

const receiver = (changes: Partial<ContentLimits> = {}, id = 107) =>
  new ContentReceiver(id, trace, { ...limits, ...changes }, new MessageFiles(stateDir));

async function receive(chunks: readonly (string | Buffer)[], changes: Partial<ContentLimits> = {}) {
  const content = receiver(changes);
  for (const chunk of chunks) await content.write(Buffer.from(chunk as string));
  return content.finish();
}

const problemOf = async (chunks: readonly string[], changes: Partial<ContentLimits> = {}) =>
  receive(chunks, changes).then(
    () => null,
    (error: ContentError) => error.problem,
  );

/** Every file below the state directory. */
const files = () =>
  readdirSync(stateDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);

const lines = (bytes: number) =>
  'x'
    .repeat(98)
    .concat('\r\n')
    .repeat(bytes / 100);

describe('a small message', () => {
  it('stays in memory, with our header before it', async () => {
    const { content } = await receive(['Subject: hi\r\nMessage-ID: <1@x>\r\n', '\r\nbody\r\n']);
    const whole = `${trace}Subject: hi\r\nMessage-ID: <1@x>\r\n\r\nbody\r\n`;
    expect(content.inline?.toString()).toBe(whole);
    expect(content).toMatchObject({ file: null, subject: 'hi', messageId: '<1@x>', sizeBytes: whole.length });
    expect(files()).toEqual([]);
  });

  it('that comes byte by byte is the same', async () => {
    const text = lines(900);
    const { content } = await receive([...text]);
    expect(content.inline?.toString()).toBe(trace + text);
  });

  it('may be empty', async () => {
    const { content } = await receive([]);
    expect(content.inline?.toString()).toBe(trace.toString());
  });
});

describe('a large message', () => {
  it('goes to a file that only we can read, whole and under its final name', async () => {
    const text = `Subject: large\r\n\r\n${lines(200_000)}`;
    const { content } = await receive([text.slice(0, 500), text.slice(500, 70_000), text.slice(70_000)]);
    expect(content).toMatchObject({ inline: null, file: 'messages/07/107.eml', subject: 'large' });
    const path = join(stateDir, 'messages/07/107.eml');
    expect(readFileSync(path, 'utf8')).toBe(trace + text);
    expect(content.sizeBytes).toBe(statSync(path).size);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(stateDir, 'messages/07')).mode & 0o777).toBe(0o700);
    expect(files()).toEqual(['107.eml']);
  });

  it('keeps every byte, whatever they are', async () => {
    const hash = createHash('sha256').update(trace);
    const content = receiver();
    for (let i = 0; i < 100; i++) {
      const chunk = Buffer.alloc(900, 0x80 + i);
      chunk.write('\r\n', 898);
      hash.update(chunk);
      await content.write(chunk);
    }
    await content.finish();
    const stored = readFileSync(join(stateDir, 'messages/07/107.eml'));
    expect(createHash('sha256').update(stored).digest('hex')).toBe(hash.digest('hex'));
  });

  it('leaves nothing behind when it is aborted', async () => {
    const content = receiver();
    await content.write(Buffer.from(lines(50_000)));
    expect(files()).toEqual(['107.eml']);
    await content.abort();
    await content.abort();
    expect(files()).toEqual([]);
    expect(content.write(Buffer.from('more'))).toBeUndefined();
  });

  it('leaves nothing behind when it is aborted while it is being written', async () => {
    const content = receiver();
    void content.write(Buffer.from(lines(50_000)));
    await content.abort();
    expect(files()).toEqual([]);
  });
});

describe('refused', () => {
  it.each([
    ['a bare LF', 'bare_line_end', ['a\nb\r\n']],
    ['a bare CR', 'bare_line_end', ['a\r', 'b\r\n']],
    ['NUL', 'nul', ['a\0\r\n']],
    ['a line without end', 'line_too_long', ['a'.repeat(5_000)]],
    ['a bare LF far behind', 'bare_line_end', [lines(100_000), 'a\n', lines(100_000)]],
    ['101 hops', 'loop', ['Received: from x by y with z\r\n'.repeat(11)]],
    ['our own name five times', 'loop', ['Received: from x by mx.example.com with ESMTP id 1\r\n'.repeat(5)]],
    ['too many hops of a large message', 'loop', ['Received: x\r\n'.repeat(11), lines(100_000)]],
  ])('is %s: %s', async (_, problem, chunks) => {
    expect(await problemOf(chunks)).toBe(problem);
    expect(files()).toEqual([]);
  });

  it('is one byte too many, and kept nowhere', async () => {
    const limit = { maxMessageBytes: 5_000 };
    expect(await problemOf([lines(5_000)], limit)).toBeNull();
    rmSync(join(stateDir, 'messages'), { recursive: true });
    expect(await problemOf([`${lines(5_000).slice(0, -2)}x\r\n`], limit)).toBe('too_large');
    expect(await problemOf([lines(4_900), lines(200)], limit)).toBe('too_large');
    expect(files()).toEqual([]);
  });

  it('is not what was seen ten times', async () => {
    expect(await problemOf(['Received: from x by y with z\r\n'.repeat(10)])).toBeNull();
    expect(await problemOf(['Received: by mx.example.com with ESMTP\r\n'.repeat(4)])).toBeNull();
  });

  it.skipIf(process.getuid?.() === 0)('is what cannot be written, for now', async () => {
    mkdirSync(join(stateDir, 'messages'), { mode: 0o500 });
    expect(await problemOf([lines(50_000)])).toBe('disk_failed');
    chmodSync(join(stateDir, 'messages'), 0o700);
  });

  it('is what finds its place taken, for now', async () => {
    mkdirSync(join(stateDir, 'messages/incoming/107.eml'), { recursive: true });
    expect(await problemOf([lines(50_000), lines(50_000)])).toBe('disk_failed');
  });
});

it('clears what an earlier life left unfinished', async () => {
  const content = receiver();
  await content.write(Buffer.from(lines(50_000)));
  await receiver({}, 205).write(Buffer.from('small\r\n'));
  const done = receiver({}, 203);
  await done.write(Buffer.from(lines(50_000)));
  await done.finish();
  const store = new MessageFiles(stateDir);
  expect(await store.clearIncoming()).toBe(1);
  expect(files()).toEqual(['203.eml']);
  await store.remove('messages/03/203.eml');
  expect(existsSync(join(stateDir, 'messages/03/203.eml'))).toBe(false);
});
