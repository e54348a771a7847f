/** Domains as a listing. */
import type { Domain } from '../../shared/api/accounts.ts';
import { formatCount } from '../../shared/units.ts';
import { type Column, nothing } from './column.ts';

export const domainColumns: readonly Column<Domain>[] = [
  { title: 'DOMAIN', min: 12, tone: () => 'accent', cell: ({ name }) => name },
  { title: 'ORIGIN', cell: ({ origin }) => origin },
  { title: 'ACCOUNTS', align: 'right', cell: ({ accounts }) => formatCount(accounts) },
  { title: 'ALIASES', align: 'right', cell: ({ aliases }) => formatCount(aliases) },
  { title: 'CATCH-ALL', min: 10, cell: ({ catchAll }) => catchAll ?? nothing },
];
