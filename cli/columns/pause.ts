/** A pause in words: ` until 16:00:00 (disk is full)`. */
import type { Pause } from '../../shared/api/server.ts';
import type { View } from './column.ts';
import { timeCell } from './time.ts';

/** Begins with a blank, or is empty. */
export function pauseText({ until, reason }: Pause, view: View): string {
  return `${until === null ? '' : ` until ${timeCell(until, view)}`}${reason === null ? '' : ` (${reason})`}`;
}
