/** The keys that move the cursor of a list whose rows are all here. */

import { moveKeys } from '../components/pager.tsx';
import type { Binding } from '../keys.ts';
import type { Kept } from '../store/kept.ts';
import { type Cursor, move } from './cursor.ts';

export const listKeys = (
  cursor: Kept<Cursor>,
  ids: readonly (string | number)[],
  height: number,
  moved?: (cursor: Cursor) => void,
): readonly Binding[] =>
  moveKeys.map(({ keys, step, does }) => ({
    keys,
    does: `cursor ${does}`,
    run: () => {
      cursor.update((before) => move(before, ids, height, step));
      moved?.(cursor.value);
    },
  }));
