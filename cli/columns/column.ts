/**
 * A column of a listing: its title, how a cell is made from a row, and how it gives way on a narrow terminal.
 *
 * Cells are raw text. The table makes them visible, cuts and colours them; a pipe gets them in full.
 */
import type { Tone } from '../style.ts';

export interface View {
  /** Milliseconds since 1970, for ages. */
  readonly now: number;
  /** `terminal`: times as short as a person needs; `plain`: in full, ISO 8601 UTC. */
  readonly kind: 'terminal' | 'plain';
}

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row, view: View) => string;
  readonly align?: 'right';
  readonly tone?: (row: Row) => Tone | null;
  /** Narrowest width to which a terminal may cut it; without it the column is never cut. */
  readonly min?: number;
  /** On a terminal that is too narrow even so, columns leave, highest rank first; without it the column stays. */
  readonly rank?: number;
  /** What does not fit goes on in the next line of the cell instead of being cut. */
  readonly wrap?: boolean;
}

/** For what is not there. */
export const nothing = '-';
