/**
 * A window on the queue, however long it is: pages fetched as the reader comes to them, a dozen kept. A page is asked
 * for by the cursor that the one before it gave, so that the daemon finds it at once and mail that leaves further up
 * moves nothing under the reader's hands.
 *
 * Rows are counted from where the reader began: the start of the list, or its end (then the daemon is asked for the
 * other order, and the screen shows the rows the other way round).
 */
import type { Params, Result } from '../../../shared/api/index.ts';
import type { QueuedMessage, QueueFilter } from '../../../shared/api/queue.ts';

export type QueueSort = NonNullable<Params<'queue.list'>['sort']>;

export interface QueueOrder {
  readonly filter: QueueFilter;
  readonly sort: QueueSort;
  readonly descending: boolean;
  /** Which end of the list row 0 is. */
  readonly from: 'start' | 'end';
}

export type ListMessages = (params: Params<'queue.list'>) => Promise<Result<'queue.list'>>;

/** More than a screen has rows: scrolling by a screen asks for one page. */
export const pageRows = 100;
const maxPages = 12;

export class QueuePages {
  readonly order: QueueOrder;
  readonly #list: ListMessages;
  readonly #pages = new Map<number, readonly QueuedMessage[]>();
  /** Where each page begins; the first has none. As long as the way that the reader has come. */
  readonly #starts: (string | null)[] = [null];
  /** Rows in all, once the last page has been seen. */
  #length: number | null = null;

  constructor(order: QueueOrder, list: ListMessages) {
    this.order = order;
    this.#list = list;
  }

  /** Null: not there, or not fetched. */
  row(index: number): QueuedMessage | null {
    return this.#pages.get(Math.floor(index / pageRows))?.[index % pageRows] ?? null;
  }

  /** Null while the end has not been seen. */
  get length(): number | null {
    return this.#length;
  }

  /** Place of a message among the rows that are here; null when it is not. */
  find(id: number): number | null {
    for (const [page, rows] of this.#pages) {
      const at = rows.findIndex((row) => row.id === id);
      if (at !== -1) return page * pageRows + at;
    }
    return null;
  }

  has(from: number, to: number): boolean {
    for (let page = Math.floor(from / pageRows); page <= Math.floor(to / pageRows); page++)
      if (!this.#pages.has(page) && (this.#length === null || page * pageRows < this.#length)) return false;
    return true;
  }

  /** Fetches what is missing between two rows. Throws ClientError. */
  async load(from: number, to: number): Promise<void> {
    const last = Math.floor(to / pageRows);
    // A page beyond what is known is reached through those before it.
    for (let page = Math.min(Math.floor(from / pageRows), this.#starts.length - 1); page <= last; page++) {
      if (this.#pages.has(page)) continue;
      if (this.#starts[page] === undefined || !(await this.#fetch(page))) return;
    }
    this.#forget(from, to);
  }

  /** Fetches the rows between two anew; the others are fetched when they are come to. Throws ClientError. */
  async refresh(from: number, to: number): Promise<void> {
    const [first, last] = [Math.floor(from / pageRows), Math.floor(to / pageRows)];
    for (const page of [...this.#pages.keys()]) if (page < first || page > last) this.#pages.delete(page);
    this.#length = null;
    for (let page = first; page <= last; page++) {
      if (this.#starts[page] === undefined || !(await this.#fetch(page))) break;
    }
  }

  /** Answers whether more follow. */
  async #fetch(page: number): Promise<boolean> {
    const { filter, sort, descending, from } = this.order;
    const cursor = this.#starts[page];
    const { messages, next } = await this.#list({
      filter,
      sort,
      descending: descending !== (from === 'end'),
      limit: pageRows,
      ...(cursor != null && { cursor }),
    });
    this.#pages.set(page, messages);
    // Where the pages after it begin may have moved.
    this.#starts.length = page + 1;
    if (next !== null) this.#starts.push(next);
    this.#length = next === null ? page * pageRows + messages.length : null;
    if (next === null)
      for (const other of [...this.#pages.keys()]) if (other > page) this.#pages.delete(other);
    return next !== null;
  }

  /** Keeps the pages that are nearest to the reader. */
  #forget(from: number, to: number): void {
    const middle = (from + to) / 2 / pageRows;
    const far = [...this.#pages.keys()].sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle));
    for (const page of far.slice(maxPages)) this.#pages.delete(page);
  }
}
