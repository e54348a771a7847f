/** Blocks as a listing: who is refused, until when. */
import type { Block } from '../../shared/api/sessions.ts';
import type { Column } from './column.ts';
import { timeCell, untilCell } from './time.ts';

export const blockColumns: readonly Column<Block>[] = [
  { title: 'ID', align: 'right', tone: () => 'accent', cell: ({ id }) => String(id) },
  { title: 'KIND', cell: ({ kind }) => kind },
  { title: 'VALUE', min: 15, cell: ({ value }) => value },
  { title: 'SINCE', rank: 2, cell: ({ createdAt }, view) => timeCell(createdAt, view) },
  { title: 'UNTIL', cell: ({ until }, view) => timeCell(until, view) },
  { title: 'LEFT', align: 'right', rank: 1, cell: ({ until }, view) => untilCell(until, view) },
  {
    title: 'BY',
    tone: ({ source }) => (source === 'guessing' ? 'waiting' : null),
    cell: ({ source }) => source,
  },
  { title: 'REASON', min: 10, cell: ({ reason }) => reason },
];
