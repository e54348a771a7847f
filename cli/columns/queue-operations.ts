/** Operations on the queue that can be undone, as a listing. */
import type { Result } from '../../shared/api/index.ts';
import { formatCount } from '../../shared/units.ts';
import { type Column, nothing } from './column.ts';
import { timeCell } from './time.ts';

type Operation = Result<'queue.operations'>['operations'][number];

export const operationColumns: readonly Column<Operation>[] = [
  { title: 'ID', align: 'right', tone: () => 'accent', cell: ({ id }) => String(id) },
  { title: 'VERB', cell: ({ verb }) => verb },
  { title: 'MESSAGES', align: 'right', cell: ({ messages }) => formatCount(messages) },
  { title: 'AT', cell: ({ at }, view) => timeCell(at, view) },
  { title: 'BY', min: 8, rank: 1, cell: ({ client }) => client },
  {
    title: 'UNDO UNTIL',
    tone: ({ undoneAt }) => (undoneAt === null ? null : 'old'),
    cell: ({ undoneAt, until }, view) => (undoneAt === null ? timeCell(until, view) : nothing),
  },
  { title: 'UNDONE', cell: ({ undoneAt }, view) => timeCell(undoneAt, view) },
];
