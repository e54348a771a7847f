/** Accounts as a listing. */
import type { Account } from '../../shared/api/accounts.ts';
import { formatBytes, formatCount } from '../../shared/units.ts';
import { type Column, nothing } from './column.ts';
import { timeCell } from './time.ts';

export const accountColumns: readonly Column<Account>[] = [
  { title: 'ADDRESS', min: 16, tone: () => 'accent', cell: ({ address }) => address },
  {
    title: 'LOGIN',
    tone: ({ enabled }) => (enabled ? 'good' : 'bad'),
    cell: ({ enabled }) => (enabled ? 'enabled' : 'disabled'),
  },
  { title: 'MESSAGES', align: 'right', cell: ({ messages }) => formatCount(messages) },
  { title: 'SIZE', align: 'right', cell: ({ bytes }) => formatBytes(bytes) },
  {
    title: 'QUOTA',
    align: 'right',
    cell: ({ quotaBytes }) => (quotaBytes === null ? nothing : formatBytes(quotaBytes)),
  },
  {
    title: 'USED',
    align: 'right',
    rank: 3,
    tone: ({ bytes, quotaBytes }) => (quotaBytes !== null && bytes >= quotaBytes ? 'bad' : null),
    cell: ({ bytes, quotaBytes }) => (quotaBytes ? `${Math.floor((bytes / quotaBytes) * 100)}%` : nothing),
  },
  { title: 'LAST LOGIN', rank: 1, cell: ({ lastLoginAt }, view) => timeCell(lastLoginAt, view) },
  { title: 'FROM', rank: 2, min: 7, cell: ({ lastLoginFrom }) => lastLoginFrom ?? nothing },
];
