/** What is read of a mailbox and what is changed in it may cross each other on their way into memory. */
import { describe, expect, it } from 'vitest';
import { LiveMailbox } from '../../../daemon/mailboxes/live-mailbox.ts';
import { MailboxState } from '../../../daemon/mailboxes/mailbox-state.ts';
import { MailboxViewState } from '../../../daemon/mailboxes/mailbox-view.ts';
import type { Reader } from '../../../daemon/store/store-port.ts';
import { flagText, told, uidsOf } from '../../helpers/test-mailboxes.ts';

/** A database that answers when the test says so. */
class SlowReader implements Reader {
  readonly #asked: ((row: unknown) => void)[] = [];
  all<T>(): Promise<T[]> {
    return Promise.reject(new Error('not asked'));
  }
  get<T>(): Promise<T | undefined> {
    return new Promise((resolve) => this.#asked.push(resolve as (row: unknown) => void));
  }
  get asked(): number {
    return this.#asked.length;
  }
  /** Messages as `[uid, flags, modseq]`. */
  answer(messages: readonly (readonly [number, number, number])[], uidNext: number): void {
    this.#asked.shift()?.({
      entries: JSON.stringify(messages.map(([uid, flags]) => uid * 32 + flags)),
      modseqs: JSON.stringify(messages.map(([, , modseq]) => modseq)),
      keywords: '[]',
      uidNext,
      highestModseq: Math.max(1, ...messages.map(([, , modseq]) => modseq)),
      firstRecent: 1,
    });
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function loaded(
  messages: readonly (readonly [number, number, number])[],
  uidNext: number,
  lastChange = () => 0,
) {
  const reader = new SlowReader();
  const state = new MailboxState({ id: 1, accountId: 1, name: 'INBOX', uidValidity: 1 }, () => {});
  const live = new LiveMailbox(state, reader, lastChange);
  const loading = live.refresh();
  reader.answer(messages, uidNext);
  await loading;
  const view = new MailboxViewState(state, false, () => {});
  return { reader, state, live, view, flags: (seq: number) => flagText(view.flagsAt(seq)) };
}

describe('a mailbox in memory', () => {
  it('has no message that was removed while it was being read', async () => {
    const t = await loaded([[1, 0, 1]], 2);
    const reading = t.live.refresh();
    // The database was asked before, and answers after.
    t.live.apply((state) => state.remove([2], 3));
    t.reader.answer(
      [
        [2, 0, 2],
        [3, 0, 2],
      ],
      4,
    );
    await reading;
    expect(told(t.view)).toEqual(['2 EXISTS, 2 RECENT']);
    expect(uidsOf(t.view)).toEqual([1, 3]);
  });

  it('does not claim to have all up to what was read while a change was under way', async () => {
    let last = 0;
    const t = await loaded(
      [
        [1, 0, 1],
        [2, 0, 2],
      ],
      3,
      () => last,
    );
    expect([t.view.highestModseq, t.view.wholeUpTo]).toEqual([2, null]);
    // Message 2 is being removed, by 3: the database knows already that it has gone, and we do not.
    last = 7;
    const reading = t.live.refresh();
    t.reader.answer([[3, 0, 4]], 4);
    await reading;
    expect(told(t.view)).toEqual(['3 EXISTS, 3 RECENT']);
    expect([t.view.highestModseq, t.view.wholeUpTo]).toEqual([2, 2]);
    t.state.settled(7);
    expect(t.view.wholeUpTo).toBe(2);
    t.live.apply((state) => state.remove([2], 3));
    t.state.settled(8);
    expect([t.view.highestModseq, t.view.wholeUpTo]).toEqual([4, 2]);
    expect(told(t.view)).toEqual(['2 EXPUNGE (2)']);
    expect(t.view.wholeUpTo).toBe(null);
  });

  it('has flags that changed while it was being read, and not older ones that come later', async () => {
    const t = await loaded([[1, 0, 1]], 2);
    const reading = t.live.refresh();
    const change = (uid: number, bits: number, modseq: number) =>
      t.live.apply((state) => state.changeFlags([{ uid, bits, keywords: [], modseq }]));
    change(2, 1, 5);
    t.reader.answer([[2, 0, 2]], 3);
    await reading;
    t.view.sync({ expunges: true });
    expect(t.flags(2)).toBe('S');
    change(2, 4, 4);
    expect(t.flags(2)).toBe('S');
    expect(t.view.highestModseq).toBe(5);
  });

  it('is read once more for those who ask while it is being read', async () => {
    const t = await loaded([], 1);
    const first = t.live.refresh();
    let over = false;
    const second = t.live.refresh().then(() => {
      over = true;
    });
    t.reader.answer([[1, 0, 2]], 2);
    await turn();
    expect([over, t.reader.asked]).toEqual([false, 1]);
    t.reader.answer([[2, 0, 3]], 3);
    await Promise.all([first, second]);
    t.view.sync({ expunges: true });
    expect(uidsOf(t.view)).toEqual([1, 2]);
  });

  it('takes no message twice', async () => {
    const t = await loaded(
      [
        [1, 0, 1],
        [2, 0, 1],
      ],
      3,
    );
    t.state.add({
      entries: [64, 96],
      modseqs: [1, 1],
      keywords: [],
      uidNext: 4,
      highestModseq: 1,
      firstRecent: 1,
    });
    t.view.sync({ expunges: true });
    expect(uidsOf(t.view)).toEqual([1, 2, 3]);
  });
});
