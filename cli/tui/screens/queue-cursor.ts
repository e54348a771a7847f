/**
 * The cursor of the queue, whose rows are not all here: it follows its message among those that are, and stays at its
 * place when the message has gone. Places are counted from the end that the reader began at.
 */
import { at, type Cursor, clamp, type Step, target } from '../list/cursor.ts';
import type { QueueStore } from '../store/queue-store.ts';

export function queueCursor(store: QueueStore, cursor: Cursor, height: number): Cursor {
  const found = typeof cursor.id === 'number' ? store.find(cursor.id) : null;
  const index = clamp(found ?? cursor.index, 0, store.lastIndex);
  return placed(store, index, cursor.offset, height);
}

/** From the end, down is towards row 0. */
const turned: Readonly<Record<Step, Step>> = {
  up: 'down',
  down: 'up',
  pageup: 'pagedown',
  pagedown: 'pageup',
  top: 'bottom',
  bottom: 'top',
};

/** For `top` and `bottom` the store is asked for that end of the list. */
export function moveQueueCursor(store: QueueStore, cursor: Cursor, height: number, step: Step): Cursor {
  if (step === 'top' || step === 'bottom') {
    const from = step === 'top' ? 'start' : 'end';
    if (store.order.from !== from) store.setOrder({ ...store.order, from });
    return placed(store, 0, 0, height);
  }
  const now = queueCursor(store, cursor, height);
  const towards = store.order.from === 'end' ? turned[step] : step;
  const index = clamp(target(now.index, towards, height, store.lastIndex + 1), 0, store.lastIndex);
  return placed(store, index, now.offset, height);
}

const placed = (store: QueueStore, index: number, offset: number, height: number): Cursor =>
  at(index, store.row(index)?.id ?? null, offset, store.lastIndex + 1, height);
