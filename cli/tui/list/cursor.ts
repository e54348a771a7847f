/**
 * The cursor of a list: it is on a row by its id, not by its place, so that rows which come and go do not put the
 * reader's finger on another one. When its row is gone it stays at the place.
 */

export interface Cursor {
  /** Null before the list has had a row. */
  readonly id: string | number | null;
  readonly index: number;
  /** Row at the top of the window. */
  readonly offset: number;
}

export const noCursor: Cursor = { id: null, index: 0, offset: 0 };

/** Where the cursor is in a list as it is now, with its row inside a window of `height` rows. */
export function settle(cursor: Cursor, ids: readonly (string | number)[], height: number): Cursor {
  const found = cursor.id === null ? -1 : ids.indexOf(cursor.id);
  const index = found === -1 ? clamp(cursor.index, 0, ids.length - 1) : found;
  return at(index, ids[index] ?? null, cursor.offset, ids.length, height);
}

export function at(index: number, id: Cursor['id'], offset: number, length: number, height: number): Cursor {
  // The window moves only as far as it must, and shows no empty rows while there are others.
  const inside = clamp(offset, index - height + 1, index);
  return { id, index, offset: clamp(inside, 0, Math.max(0, length - height)) };
}

export function move(cursor: Cursor, ids: readonly (string | number)[], height: number, step: Step): Cursor {
  const now = settle(cursor, ids, height);
  const index = clamp(target(now.index, step, height, ids.length), 0, ids.length - 1);
  return at(index, ids[index] ?? null, now.offset, ids.length, height);
}

export type Step = 'up' | 'down' | 'pageup' | 'pagedown' | 'top' | 'bottom';

export function target(index: number, step: Step, height: number, length: number): number {
  // One row of the page before stays in sight.
  const page = Math.max(1, height - 1);
  const targets: Readonly<Record<Step, number>> = {
    up: index - 1,
    down: index + 1,
    pageup: index - page,
    pagedown: index + page,
    top: 0,
    bottom: length - 1,
  };
  return targets[step];
}

export const clamp = (value: number, least: number, most: number): number =>
  Math.max(least, Math.min(value, Math.max(least, most)));
