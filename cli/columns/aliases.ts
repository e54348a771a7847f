/** Aliases as a listing. */
import type { Alias } from '../../shared/api/accounts.ts';
import type { Column } from './column.ts';

export const aliasColumns: readonly Column<Alias>[] = [
  { title: 'ALIAS', min: 14, tone: () => 'accent', cell: ({ address }) => address },
  { title: 'TARGETS', min: 16, wrap: true, cell: ({ targets }) => targets.join(', ') },
];
