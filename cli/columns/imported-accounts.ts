/** What became of each account of an import, as a listing. */
import type { ImportedAccount } from '../../shared/api/accounts.ts';
import type { Tone } from '../style.ts';
import { type Column, nothing } from './column.ts';

/** `line` is that of the file. */
export type ImportRow = ImportedAccount & { readonly line: number };

const tones: Readonly<Record<ImportRow['outcome'], Tone>> = {
  created: 'good',
  exists: 'old',
  locked: 'old',
  refused: 'bad',
};

export const importColumns: readonly Column<ImportRow>[] = [
  { title: 'LINE', align: 'right', rank: 3, cell: ({ line }) => String(line) },
  { title: 'ADDRESS', min: 16, tone: () => 'accent', cell: ({ address }) => address },
  { title: 'OUTCOME', tone: ({ outcome }) => tones[outcome], cell: ({ outcome }) => outcome },
  { title: 'SCHEME', rank: 2, cell: ({ passwordScheme }) => passwordScheme ?? nothing },
  { title: 'REASON', min: 12, wrap: true, cell: ({ reason }) => reason ?? nothing },
];
