/** One message that is looked at: its envelope and attempts, why it waits, and the beginning of its content. */
import type { Explanation, MessageDetail } from '../../../shared/api/queue.ts';
import type { DaemonLink } from './daemon-link.ts';
import { Observable } from './observable.ts';

/** Enough to read; all of it is what `mailctl queue show --raw` is for. */
export const maxContentBytes = 262_144;

export interface Content {
  readonly bytes: Buffer;
  readonly sizeBytes: number;
}

export class MessageStore extends Observable {
  id: number | null = null;
  detail: MessageDetail | null = null;
  /** Or why there is none: a message that has left the queue has nothing to explain. */
  explanation: Explanation | Error | null = null;
  content: Content | null = null;
  error: unknown = null;
  readonly #link: DaemonLink;
  #busy = false;

  constructor(link: DaemonLink) {
    super();
    this.#link = link;
  }

  /** Null: none. */
  watch(id: number | null): void {
    if (id === this.id) return;
    this.id = id;
    this.detail = null;
    this.explanation = null;
    this.content = null;
    this.error = null;
    this.changed();
    void this.refresh();
  }

  async refresh(): Promise<void> {
    const { id } = this;
    if (id === null || this.#busy) return;
    this.#busy = true;
    try {
      const detail = await this.#link.call('queue.show', { id });
      if (id === this.id) {
        this.detail = detail;
        this.error = null;
      }
    } catch (error) {
      if (id === this.id) this.error = error;
    } finally {
      this.#busy = false;
    }
    this.changed();
    if (id !== this.id) await this.refresh();
  }

  /** For the tab that shows it. */
  async explain(): Promise<void> {
    const { id } = this;
    if (id === null) return;
    try {
      const explanation = await this.#link.call('queue.explain', { id });
      if (id === this.id) this.explanation = explanation;
    } catch (error) {
      if (id === this.id) this.explanation = error instanceof Error ? error : new Error(String(error));
    }
    this.changed();
  }

  /** For the tabs that show it; fetched once. */
  async loadContent(): Promise<void> {
    const { id } = this;
    if (id === null || this.content !== null) return;
    try {
      const { data, sizeBytes } = await this.#link.call('queue.content', { id, length: maxContentBytes });
      if (id === this.id) this.content = { bytes: Buffer.from(data, 'base64'), sizeBytes };
    } catch (error) {
      if (id === this.id) this.error = error;
    }
    this.changed();
  }
}
