/**
 * A table of what is in the window: columns as the command line has them, the row under the cursor, the rows that are
 * marked. Its widths only grow while the same rows are looked at, so that nothing jumps when a number gets longer.
 */
import { useRef } from 'react';
import { cut, type Measure, pad, visible } from '../../../shared/terminal-text.ts';
import { clipped } from '../../clipped.ts';
import type { Column, View } from '../../columns/column.ts';
import { fitColumns, gap } from '../../fit-columns.ts';
import { type Span, span } from '../../spans.ts';
import { useLook, useView } from '../hooks/use-look.ts';
import { type Line, line } from '../text/line.ts';
import type { Signs } from '../theme.ts';
import { Lines } from './lines.tsx';

export interface TableProps<Row> {
  readonly columns: readonly Column<Row>[];
  /** Those in the window; null for one that is still to come. */
  readonly rows: readonly (Row | null)[];
  readonly idOf: (row: Row) => string | number;
  readonly selectedId: string | number | null;
  readonly isMarked?: (row: Row) => boolean;
  /** Title of the column that the rows stand in order of, and which way. */
  readonly sorted?: { readonly title: string; readonly descending: boolean };
  readonly width: number;
  /** With the line of titles. */
  readonly height: number;
  /** When this changes the widths are found anew: another filter, another size. */
  readonly layoutKey: string;
}

/** Cursor, mark, blank. */
const gutter = 3;
const blanks = ' '.repeat(gap);

export function Table<Row>(props: TableProps<Row>) {
  const { theme, measure } = useLook();
  const view = useView();
  const { width, height } = props;
  const widest = useRef<{ key: string; widths: readonly number[] }>({ key: '', widths: [] });
  const key = `${props.layoutKey} ${width}`;
  if (widest.current.key !== key) widest.current = { key, widths: [] };
  const cells = props.rows.map((row) =>
    row === null ? null : props.columns.map(({ cell }) => visible(clipped(cell(row, view), width))),
  );
  const widths = props.columns.map(({ title }, index) =>
    cells.reduce(
      (most, row) => Math.max(most, measure(row?.[index] ?? '')),
      // A title has room for the sign of the order.
      Math.max(title.length + (props.sorted?.title === title ? 2 : 0), widest.current.widths[index] ?? 0),
    ),
  );
  widest.current.widths = widths;
  const lines = tableLines(props, cells, widths, { view, measure, signs: theme.signs });
  return <Lines lines={lines} width={width} height={height} />;
}

interface Look {
  readonly view: View;
  readonly measure: Measure;
  readonly signs: Signs;
}

function tableLines<Row>(
  { columns, rows, idOf, selectedId, isMarked, sorted, width }: TableProps<Row>,
  cells: readonly (readonly string[] | null)[],
  widths: readonly number[],
  { measure, signs }: Look,
): readonly Line[] {
  const fitted = fitColumns(columns, widths, width - gutter - 1);
  const last = fitted.length - 1;
  const used = fitted.reduce((sum, one) => sum + one.width + gap, -gap);
  const spare = Math.max(0, width - gutter - 1 - used);
  const widthAt = (index: number): number => (fitted[index]?.width ?? 0) + (index === last ? spare : 0);
  const after = (index: number): string => (index === last ? '' : blanks);
  const title = fitted.map(({ column }, index) => {
    const sign = sorted?.title === column.title ? ` ${sorted.descending ? signs.down : signs.up}` : '';
    return span(pad(`${column.title}${sign}`, widthAt(index), measure, column.align) + after(index), 'old');
  });
  const body = rows.map((row, at): Line => {
    const texts = cells[at];
    if (row === null || !texts) return line(span('   ...', 'old'));
    const marked = isMarked?.(row) === true;
    const selected = idOf(row) === selectedId;
    const marks = `${selected ? signs.cursor : ' '}${marked ? signs.mark : ' '} `;
    const spans: Span[] = fitted.map(({ column, index }, place) => {
      const text = cut(texts[index] ?? '', widthAt(place), measure);
      return {
        text: pad(text, widthAt(place), measure, column.align) + after(place),
        tone: column.tone?.(row) ?? null,
      };
    });
    return { spans: [span(marks, 'accent'), ...spans], style: selected ? 'selected' : null };
  });
  return [line(span(' '.repeat(gutter)), ...title), ...body];
}
