/** Rows of a listing under their titles, in columns whose widths are settled by the rows known when the first is written. */
import { type Measure, measureFor, visible } from '../shared/terminal-text.ts';
import type { Column } from './columns/column.ts';
import { fitColumns } from './fit-columns.ts';
import type { Output } from './output.ts';
import { paddedLine, type TableCell, type TableColumn } from './padded-table.ts';
import type { Paint } from './style.ts';

export class RowWriter<Row> {
  readonly #output: Output;
  readonly #columns: readonly Column<Row>[];
  readonly #layout: readonly TableColumn[];
  readonly #paint: Paint;
  #measure: Measure;
  #titled = false;

  private constructor(
    output: Output,
    columns: readonly Column<Row>[],
    layout: readonly TableColumn[],
    paint: Paint,
    measure: Measure,
  ) {
    this.#output = output;
    this.#columns = columns;
    this.#layout = layout;
    this.#paint = paint;
    this.#measure = measure;
  }

  static async for<Row>(
    output: Output,
    columns: readonly Column<Row>[],
    sample: readonly Row[],
  ): Promise<RowWriter<Row>> {
    const { view, terminal } = output;
    const texts = sample.map((row) => columns.map(({ cell }) => visible(cell(row, view))));
    const measure = await measureFor(texts.flat());
    const natural = columns.map(({ title }, index) =>
      texts.reduce((widest, row) => Math.max(widest, measure(row[index] ?? '')), title.length),
    );
    const fitted = fitColumns(columns, natural, terminal ? output.width : Number.POSITIVE_INFINITY);
    const layout = fitted.map(({ column, width }) => ({
      title: column.title,
      width,
      align: column.align ?? ('left' as const),
      wrap: column.wrap === true,
    }));
    const shown = fitted.map(({ column }) => column);
    return new RowWriter(output, shown, layout, await output.paint(), measure);
  }

  /** As padded columns; may be called again for more rows. */
  async write(rows: readonly Row[]): Promise<void> {
    const cells = this.#cells(rows);
    this.#measure = await measureFor(cells.flat().map(({ text }) => text));
    const all = this.#titled ? cells : [this.#title(), ...cells];
    this.#titled = true;
    const { terminal } = this.#output;
    const lines = all.map((row) => paddedLine(row, this.#layout, this.#measure, terminal));
    await this.#output.raw(`${lines.join('\n')}\n`);
  }

  /** All rows at once, by cli-table3. */
  async writeAsTable(rows: readonly Row[]): Promise<void> {
    const { terminalTable } = await import('./terminal-table.ts');
    const table = terminalTable(this.#title(), this.#cells(rows), this.#layout, this.#measure);
    await this.#output.raw(`${table}\n`);
  }

  #title(): readonly TableCell[] {
    return this.#layout.map(({ title }) => ({ text: title, paint: (text) => this.#paint('title', text) }));
  }

  #cells(rows: readonly Row[]): readonly (readonly TableCell[])[] {
    const { view } = this.#output;
    return rows.map((row) =>
      this.#columns.map(({ cell, tone }) => ({
        text: visible(cell(row, view)),
        paint: (text) => this.#paint(tone?.(row) ?? null, text),
      })),
    );
  }
}
