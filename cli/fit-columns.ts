/** Which columns of a table stand on a terminal, and how wide. */
import type { Column } from './columns/column.ts';

/** Blanks between columns. */
export const gap = 2;

export interface Fitted<Row> {
  readonly column: Column<Row>;
  /** Place in the full list of columns. */
  readonly index: number;
  readonly width: number;
}

/**
 * `natural` is the widest cell (or title) of each column. Columns leave by rank until the narrowest widths of the
 * others fit; then what can be cut is cut, the widest first, so that short columns keep their text.
 */
export function fitColumns<Row>(
  columns: readonly Column<Row>[],
  natural: readonly number[],
  available: number,
): readonly Fitted<Row>[] {
  let fitted = columns.map((column, index) => ({ column, index, width: natural[index] ?? 0 }));
  const narrowest = ({ column, width }: Fitted<Row>): number => Math.min(width, column.min ?? width);
  const total = (of: (one: Fitted<Row>) => number): number =>
    fitted.reduce((sum, one) => sum + of(one) + gap, -gap);

  while (total(narrowest) > available) {
    const last = Math.max(...fitted.map(({ column }) => column.rank ?? 0));
    if (last === 0) break;
    fitted = fitted.filter(({ column }) => column.rank !== last);
  }
  for (let excess = total(({ width }) => width) - available; excess > 0; excess--) {
    const widest = fitted.reduce<(typeof fitted)[number] | null>(
      (best, one) => (one.width > narrowest(one) && one.width > (best?.width ?? 0) ? one : best),
      null,
    );
    if (!widest) break;
    widest.width--;
  }
  return fitted;
}
