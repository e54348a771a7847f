/** What is logged, by category, as a listing. */
import type { Result } from '../../shared/api/index.ts';
import { type Column, nothing } from './column.ts';
import { timeCell } from './time.ts';

type CategoryLevel = Result<'log.levels'>['levels'][number];

export const logLevelColumns: readonly Column<CategoryLevel>[] = [
  { title: 'CATEGORY', tone: () => 'accent', cell: ({ category }) => category },
  { title: 'LEVEL', cell: ({ level }) => level },
  { title: 'UNTIL', cell: ({ until }, view) => timeCell(until, view) },
  { title: 'THEN', cell: ({ revertsTo }) => revertsTo ?? nothing },
];
