/** Rows as padded columns: for pipes, where nothing is cut, and for terminals past the size that cli-table3 is good for. */
import { cut, type Measure, pad } from '../shared/terminal-text.ts';
import { gap } from './fit-columns.ts';

export interface TableColumn {
  readonly title: string;
  readonly width: number;
  readonly align: 'left' | 'right';
  readonly wrap: boolean;
}

/** A cell whose text is safe to show, and what colours it once it has its width. */
export interface TableCell {
  readonly text: string;
  readonly paint: (text: string) => string;
}

const blanks = ' '.repeat(gap);

/** The last column is not padded: no blanks at the ends of lines. `cutting` keeps every cell within its width. */
export function paddedLine(
  cells: readonly TableCell[],
  columns: readonly TableColumn[],
  measure: Measure,
  cutting: boolean,
): string {
  const last = columns.length - 1;
  return columns
    .map(({ width, align }, index) => {
      const cell = cells[index];
      if (!cell) return '';
      const text = cutting ? cut(cell.text, width, measure) : cell.text;
      return cell.paint(index === last && align === 'left' ? text : pad(text, width, measure, align));
    })
    .join(blanks);
}
