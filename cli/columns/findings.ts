/** What the self-test found, as a listing. */
import type { Finding } from '../../shared/api/doctor.ts';
import type { Tone } from '../style.ts';
import type { Column } from './column.ts';
import { timeCell } from './time.ts';

export const severityTones: Readonly<Record<Finding['severity'], Tone | null>> = {
  error: 'bad',
  warning: 'waiting',
  notice: null,
};

export const findingColumns: readonly Column<Finding>[] = [
  { title: 'SEVERITY', tone: ({ severity }) => severityTones[severity], cell: ({ severity }) => severity },
  { title: 'CODE', tone: () => 'accent', cell: ({ code }) => code },
  { title: 'SUBJECT', min: 10, wrap: true, cell: ({ subject }) => subject },
  { title: 'SINCE', rank: 1, cell: ({ since }, view) => timeCell(since, view) },
  {
    title: 'EVIDENCE',
    min: 20,
    wrap: true,
    cell: ({ evidence, acknowledgedUntil }, view) =>
      acknowledgedUntil === null
        ? evidence
        : `${evidence} (acknowledged until ${timeCell(acknowledgedUntil, view)})`,
  },
  { title: 'REMEDY', min: 16, wrap: true, cell: ({ remedy }) => remedy },
];
