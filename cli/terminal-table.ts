/**
 * Tables for terminals by cli-table3: cells that are too long go on in the next line where a column says so.
 * Loaded only when standard output is a terminal. cli-table3 takes more than linear time: at most 200 rows.
 */
import Table from 'cli-table3';
import { cut, type Measure } from '../shared/terminal-text.ts';
import { gap } from './fit-columns.ts';
import type { TableCell, TableColumn } from './padded-table.ts';
import { type SpanLine, span } from './spans.ts';
import { wrapped } from './wrapped.ts';

const noLines = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) =>
    ['', '-mid', '-left', '-right'].map((corner) => [side + corner, '']),
  ),
);

/** The lines of the table, title line first, without a line break at the end. */
export function terminalTable(
  title: readonly TableCell[],
  rows: readonly (readonly TableCell[])[],
  columns: readonly TableColumn[],
  measure: Measure,
): string {
  const table = new Table({
    chars: { ...noLines, 'left-mid': '', 'mid-mid': '', 'right-mid': '', middle: ' '.repeat(gap) },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colWidths: columns.map(({ width }) => width),
    colAligns: columns.map(({ align }) => align),
  });
  for (const cells of [title, ...rows])
    table.push(
      columns.map(({ width, wrap }, index) => {
        const cell = cells[index];
        if (!cell) return '';
        if (!wrap) return cell.paint(cut(cell.text, width, measure));
        // Not by cli-table3: it takes seconds for a few hundred characters without a blank.
        const lines = wrapped([span(cell.text)], width, measure).map(textOf);
        return lines.map((line) => cell.paint(line)).join('\n');
      }),
    );
  return table.toString().replace(/ +$/gm, '');
}

const textOf = (spans: SpanLine): string => spans.map(({ text }) => text).join('');
