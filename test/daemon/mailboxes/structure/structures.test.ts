import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../../daemon/clock.ts';
import { nullLog } from '../../../../daemon/log/logger.ts';
import { Structures } from '../../../../daemon/mailboxes/structure/structures.ts';
import type { Store } from '../../../../daemon/store/store.ts';
import { contentScript, smallScript, testThread } from '../../../helpers/content-thread.ts';
import { FakeClock } from '../../../helpers/fake-clock.ts';
import { openTestStore, testFolder } from '../../../helpers/test-store.ts';
import { until } from '../../../helpers/until.ts';

const script = contentScript();
const message = (subject: string, body = 'text\r\n') =>
  `Subject: ${subject}\r\nFrom: Joe <j@x>\r\n\r\n${body}`;

async function setUp(options: { readonly script?: string; readonly clock?: FakeClock } = {}) {
  const folder = await testFolder();
  const store = await openTestStore(folder);
  const thread = testThread(options.script ?? script);
  const structures = new Structures({
    store,
    thread,
    filePath: (file) => join(folder, file),
    clock: options.clock ?? systemClock,
    log: nullLog.for('accounts'),
  });
  let lastId = 0;
  return {
    folder,
    store,
    thread,
    structures,
    /** Stores contents as they are after a delivery; answers what structures are asked for. */
    async contents(...texts: readonly string[]) {
      const wishes = texts.map((text) => ({ contentId: ++lastId, sizeBytes: Buffer.byteLength(text), text }));
      await store.transaction(async (tx) => {
        for (const { contentId, sizeBytes, text } of wishes)
          await tx.run('INSERT INTO contents (id, size, body, refs) VALUES (?, ?, ?, 1)', [
            contentId,
            sizeBytes,
            Buffer.from(text),
          ]);
      });
      return wishes;
    },
  };
}

const count = async (store: Store, table: string): Promise<number> =>
  (await store.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`))?.n ?? -1;

describe('structures of contents', () => {
  it('are made when they are asked for, in the order asked, and stored', async () => {
    const { structures, contents, store, thread } = await setUp();
    const wishes = await contents(message('1'), message('2'), message('3'));
    const subjects = async () =>
      (await structures.structuresOf([...wishes].reverse())).map((structure) => structure?.envelope.subject);
    expect(await subjects()).toEqual(['3', '2', '1']);
    expect(await count(store, 'content_structures')).toBe(3);
    await thread.close();
    // Nobody is there to make them: they are read.
    expect(await subjects()).toEqual(['3', '2', '1']);
  });

  it('are made after mail has come, a moment later, together', async () => {
    const clock = new FakeClock();
    const { structures, contents, store, thread } = await setUp({ clock });
    for (const { contentId } of await contents(message('1'), message('2')))
      structures.contentsStored([contentId]);
    expect(thread.started).toBe(false);
    clock.advance(250);
    await until(async () => (await count(store, 'content_structures')) === 2, 'the structures');
    expect(await store.all('SELECT subject, sender FROM content_search ORDER BY content_id')).toEqual([
      { subject: '1', sender: 'joe <j@x>' },
      { subject: '2', sender: 'joe <j@x>' },
    ]);
  });

  it('wait while mail keeps coming, but not for long', async () => {
    const clock = new FakeClock();
    const { structures, contents, store, thread } = await setUp({ clock });
    const wishes = await contents(...Array.from({ length: 60 }, (_, n) => message(`${n}`)));
    for (const { contentId } of wishes.slice(0, 39)) {
      structures.contentsStored([contentId]);
      clock.advance(249);
    }
    expect(thread.started).toBe(false);
    for (const { contentId } of wishes.slice(39)) {
      structures.contentsStored([contentId]);
      clock.advance(249);
    }
    await until(async () => (await count(store, 'content_structures')) >= 40, 'the structures');
  });

  it('are made of a file as well', async () => {
    const { structures, store, folder } = await setUp();
    mkdirSync(join(folder, 'messages'));
    const text = message('large', `${randomBytes(50_000).toString('base64')}\r\n`.repeat(40));
    writeFileSync(join(folder, 'messages', '1'), text);
    await store.transaction((tx) =>
      tx.run('INSERT INTO contents (id, size, file, refs) VALUES (1, ?, ?, 1)', [text.length, 'messages/1']),
    );
    const [structure] = await structures.structuresOf([{ contentId: 1, sizeBytes: text.length }]);
    expect(structure).toMatchObject({
      envelope: { subject: 'large' },
      root: { lines: 40, bodyEnd: text.length },
    });
  });

  it('of a content that has gone in the meantime are none, and none is stored', async () => {
    const { structures, store } = await setUp();
    expect(await structures.structuresOf([{ contentId: 99, sizeBytes: 10 }])).toEqual([null]);
    expect(await count(store, 'content_structures')).toBe(0);
  });

  it('go with their content', async () => {
    const { structures, contents, store } = await setUp();
    await structures.structuresOf(await contents(message('1'), message('2')));
    await store.transaction((tx) => tx.run('UPDATE contents SET refs = refs - 1 WHERE id = 1'));
    expect(await count(store, 'content_structures')).toBe(1);
    expect(await count(store, 'content_search')).toBe(1);
  });

  it('come in portions that can be held, and never none', async () => {
    const { structures, contents } = await setUp();
    const large = `Subject: x\r\nTo: ${'joe@example.org, '.repeat(9_000)}\r\n\r\n`;
    const wishes = await contents(...Array.from({ length: 6 }, () => large));
    const counts: number[] = [];
    for (let at = 0; at < wishes.length; at += counts.at(-1) ?? 0)
      counts.push((await structures.structuresOf(wishes.slice(at))).length);
    expect(counts.length).toBeGreaterThan(1);
    await structures.structuresOf(wishes);
    expect((await structures.structuresOf(wishes)).length).toBeLessThan(6);
    expect(counts.reduce((sum, n) => sum + n)).toBe(6);
  });
});

/** Makes structures of no content, and dies of one that says so. */
const mortal = `
  for (const { bytes } of job.contents) if (Buffer.from(bytes).includes('deadly')) process.exit(1);
  answer(job.contents.map(({ contentId }) => ({ contentId, structure: '{"made":true}', texts: {} })));`;

describe('a message that the thread dies of', () => {
  it('is shown flat, takes no other with it, and is never tried again', async () => {
    const { structures, contents, store, thread } = await setUp({ script: smallScript(mortal) });
    const wishes = await contents(message('1'), message('2', 'deadly'), message('3'));
    const all = await structures.structuresOf(wishes);
    expect(
      all.map((structure) => (structure !== null && 'made' in structure ? 'made' : structure?.root.type)),
    ).toEqual(['made', 'application', 'made']);
    const [, deadly] = wishes;
    expect(all[1]?.root).toMatchObject({
      bodyStart: message('2', '').length,
      bodyEnd: deadly?.sizeBytes,
    });
    expect(await count(store, 'content_structures')).toBe(3);
    await thread.close();
    expect(await structures.structuresOf(wishes)).toEqual(all);
  });

  it('is not what is to blame when the thread does not start: nothing is stored', async () => {
    const { structures, contents, store } = await setUp({ script: '/no/such/script.cjs' });
    await expect(structures.structuresOf(await contents(message('1')))).rejects.toMatchObject({
      code: 'contents.thread_unavailable',
      temporary: true,
    });
    expect(await count(store, 'content_structures')).toBe(0);
  });
});
