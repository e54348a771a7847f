/** Who changed what, as a listing. */
import type { AuditEntry } from '../../shared/api/audit.ts';
import { type Column, nothing } from './column.ts';
import { timeCell } from './time.ts';

export const auditColumns: readonly Column<AuditEntry>[] = [
  { title: 'AT', cell: ({ at }, view) => timeCell(at, view) },
  { title: 'USER', min: 6, cell: ({ user }) => user ?? nothing },
  { title: 'CLIENT', min: 8, rank: 2, cell: ({ client }) => client },
  { title: 'METHOD', tone: () => 'accent', cell: ({ method }) => method },
  { title: 'PARAMETERS', min: 16, wrap: true, cell: ({ params }) => params },
  {
    title: 'OUTCOME',
    tone: ({ outcome }) => (outcome === 'done' ? null : 'bad'),
    cell: ({ outcome }) => outcome,
  },
  { title: 'TOOK', align: 'right', rank: 1, cell: ({ durationMs }) => `${durationMs} ms` },
];
