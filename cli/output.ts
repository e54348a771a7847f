/**
 * Where what a command found goes: JSON for programs, a table for a terminal, padded columns for a pipe. Data goes to
 * standard output, talk to standard error. Every text from outside becomes visible here or in a function called from here.
 */
import { isAscii } from 'node:buffer';
import { visible, visibleJson } from '../shared/terminal-text.ts';
import type { Column, View } from './columns/column.ts';
import { type Io, write } from './io.ts';
import { RowWriter } from './row-writer.ts';
import type { Screen } from './status-screen.ts';
import { type Paint, plainPaint } from './style.ts';

/** cli-table3 takes 20 ms for 100 rows and a quarter of a second for 1,000. */
const maxTerminalTableRows = 200;
/** When a terminal does not say. */
const defaultWidth = 80;
const defaultHeight = 24;
const del = 0x7f;

export interface OutputOptions {
  readonly json: boolean;
  /** False when the person said --no-color. */
  readonly color: boolean;
}

type Pages<Row> = Iterable<readonly Row[]> | AsyncIterable<readonly Row[]>;

export class Output {
  readonly json: boolean;
  /** Standard output is a terminal and gets text for people. */
  readonly terminal: boolean;
  readonly #io: Io;
  readonly #colored: boolean;

  constructor(io: Io, options: OutputOptions) {
    this.#io = io;
    this.json = options.json;
    this.terminal = io.stdout.isTTY === true && !options.json;
    this.#colored = this.terminal && options.color && !io.env.NO_COLOR && io.env.TERM !== 'dumb';
  }

  get view(): View {
    return { now: this.#io.now(), kind: this.terminal ? 'terminal' : 'plain' };
  }

  get width(): number {
    return this.#io.stdout.columns || defaultWidth;
  }

  async paint(): Promise<Paint> {
    return this.#colored ? (await import('./terminal-style.ts')).terminalPaint : plainPaint;
  }

  /** For what is laid out on a screen as a whole; a pipe has no edges. */
  async screen(): Promise<Screen> {
    const edge = Number.POSITIVE_INFINITY;
    const { view, terminal } = this;
    const width = terminal ? this.width : edge;
    const height = terminal ? this.#io.stdout.rows || defaultHeight : edge;
    return { view, width, height, paint: await this.paint() };
  }

  /** Text that is safe already. */
  raw(data: string | Uint8Array): Promise<void> {
    return write(this.#io.stdout, data);
  }

  /** One line; `text` is made visible. */
  line(text: string): Promise<void> {
    return this.raw(`${visible(text)}\n`);
  }

  /** A line of talk, on standard error. */
  note(text: string): Promise<void> {
    return write(this.#io.stderr, `${visible(text)}\n`);
  }

  /** One value as one line of JSON. */
  value(value: unknown): Promise<void> {
    return this.raw(`${visibleJson(JSON.stringify(value))}\n`);
  }

  /** Values as JSON Lines. */
  values(values: readonly unknown[]): Promise<void> {
    return this.raw(visibleJson(values.map((value) => `${JSON.stringify(value)}\n`).join('')));
  }

  /** Lines of JSON as the daemon wrote them. */
  jsonLines(lines: Buffer): Promise<void> {
    // Nearly always so, and a thousand times faster to tell than what visibleJson looks for.
    if (isAscii(lines) && !lines.includes(del)) return this.raw(lines);
    return this.raw(visibleJson(lines.toString('utf8')));
  }

  /** A listing that is there as a whole. `empty` is said when there is nothing in it. */
  list<Row>(columns: readonly Column<Row>[], rows: readonly Row[], empty: string): Promise<number> {
    return this.pages(columns, [rows], empty);
  }

  /** A listing that comes in pages, written as they come. Answers the number of rows. */
  async pages<Row>(columns: readonly Column<Row>[], pages: Pages<Row>, empty: string): Promise<number> {
    if (this.json) return this.#jsonPages(pages);
    let count = 0;
    let waiting: Row[] | null = [];
    let table: RowWriter<Row> | null = null;
    for await (const page of pages) {
      if (page.length === 0) continue;
      count += page.length;
      if (waiting && this.terminal && waiting.length + page.length <= maxTerminalTableRows) {
        waiting.push(...page);
        continue;
      }
      const rows: readonly Row[] = waiting ? [...waiting, ...page] : page;
      waiting = null;
      table ??= await RowWriter.for(this, columns, rows);
      await table.write(rows);
    }
    if (count === 0) await this.note(empty);
    else if (waiting?.length) await (await RowWriter.for(this, columns, waiting)).writeAsTable(waiting);
    return count;
  }

  async #jsonPages<Row>(pages: Pages<Row>): Promise<number> {
    let count = 0;
    for await (const page of pages) {
      count += page.length;
      if (page.length > 0) await this.values(page);
    }
    return count;
  }
}
