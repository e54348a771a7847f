/** Groups of queued messages as a listing. */
import type { Result } from '../../shared/api/index.ts';
import type { SummaryRow } from '../../shared/api/queue.ts';
import { formatBytes, formatCount } from '../../shared/units.ts';
import { type Column, nothing } from './column.ts';
import { ageCell } from './time.ts';

const titles: Readonly<Record<Result<'queue.summary'>['by'], string>> = {
  domain: 'DOMAIN',
  reason: 'REASON',
  age: 'AGE',
  sender: 'SENDER',
};

export const summaryColumns = (by: Result<'queue.summary'>['by']): readonly Column<SummaryRow>[] => [
  { title: 'MESSAGES', align: 'right', cell: ({ messages }) => formatCount(messages) },
  { title: 'SIZE', align: 'right', cell: ({ bytes }) => formatBytes(bytes) },
  { title: 'OLDEST', align: 'right', cell: ({ oldestAt }, view) => ageCell(oldestAt, view) },
  {
    title: titles[by],
    min: 10,
    cell: ({ key }) => (key === '' ? (by === 'sender' ? '<>' : nothing) : key),
  },
];
