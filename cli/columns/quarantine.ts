/** Messages of the quarantine as a listing, and one of them in full. */
import type { QuarantinedMessage } from '../../shared/api/quarantine.ts';
import { formatBytes } from '../../shared/units.ts';
import type { Tone } from '../style.ts';
import { type Column, nothing } from './column.ts';
import { recipientsText, senderText } from './queue.ts';
import { ageCell, untilCell } from './time.ts';

export const findingTones: Readonly<Record<QuarantinedMessage['kind'], Tone>> = {
  virus: 'bad',
  spam: 'waiting',
  sender: 'waiting',
};

export const quarantineColumns: readonly Column<QuarantinedMessage>[] = [
  { title: 'ID', align: 'right', tone: () => 'accent', cell: ({ id }) => String(id) },
  { title: 'AGE', align: 'right', cell: ({ quarantinedAt }, view) => ageCell(quarantinedAt, view) },
  { title: 'LEFT', align: 'right', rank: 4, cell: ({ expiresAt }, view) => untilCell(expiresAt, view) },
  { title: 'KIND', tone: ({ kind }) => findingTones[kind], cell: ({ kind }) => kind },
  { title: 'BY', rank: 3, cell: ({ scanner }) => scanner },
  { title: 'REASON', min: 12, cell: ({ reason }) => reason },
  { title: 'SIZE', align: 'right', rank: 5, cell: ({ sizeBytes }) => formatBytes(sizeBytes) },
  { title: 'FROM', min: 12, rank: 2, cell: ({ from }) => senderText(from) },
  {
    title: 'TO',
    min: 12,
    cell: ({ to }, view) => (view.kind === 'plain' ? to.join(',') : recipientsText(to)),
  },
  { title: 'SUBJECT', min: 10, rank: 1, cell: ({ subject }) => subject ?? nothing },
];
