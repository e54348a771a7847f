/** The line above the keys: what came of an action, for a few seconds; what went wrong, until a key is pressed. */
import type { Tone } from '../../style.ts';
import { Observable } from './observable.ts';

const resultMs = 5_000;

export interface Notice {
  readonly text: string;
  readonly tone: Tone;
  /** The command line that does the same; null when there is none. */
  readonly command: string | null;
}

export class Notices extends Observable {
  current: Notice | null = null;
  #timer: NodeJS.Timeout | undefined;

  result(text: string, command: string | null = null): void {
    this.#show({ text, tone: 'good', command });
    this.#timer = setTimeout(() => this.clear(), resultMs);
  }

  /** Something that is no error and cannot be done. */
  refusal(reason: string): void {
    this.#show({ text: reason, tone: 'waiting', command: null });
    this.#timer = setTimeout(() => this.clear(), resultMs);
  }

  error(error: unknown): void {
    const hint = error instanceof Error && 'hint' in error && error.hint ? ` ${error.hint}` : '';
    this.#show({ text: `${errorText(error)}${hint}`, tone: 'bad', command: null });
  }

  /** A key was pressed. */
  acknowledge(): void {
    if (this.current?.tone === 'bad') this.clear();
  }

  clear(): void {
    clearTimeout(this.#timer);
    if (this.current === null) return;
    this.current = null;
    this.changed();
  }

  #show(notice: Notice): void {
    clearTimeout(this.#timer);
    this.current = notice;
    this.changed();
  }
}

export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));
