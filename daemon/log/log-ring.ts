/** The newest lines of the log in memory, bounded in number and in size. */
import type { LogLine } from './log-line.ts';

/** What a line costs besides its text, about. */
const lineOverheadBytes = 120;

export class LogRing {
  readonly #maxLines: number;
  readonly #maxBytes: number;
  readonly #slots: (LogLine | undefined)[];
  /** Position of the oldest line. */
  #first = 0;
  #count = 0;
  #bytes = 0;

  constructor(maxLines: number, maxBytes: number) {
    this.#maxLines = Math.max(1, maxLines);
    this.#maxBytes = maxBytes;
    this.#slots = [];
  }

  get size(): number {
    return this.#count;
  }

  get oldest(): LogLine | undefined {
    return this.#count === 0 ? undefined : this.#slots[this.#first];
  }

  push(line: LogLine): void {
    const bytes = size(line);
    while (this.#count > 0 && (this.#count === this.#maxLines || this.#bytes + bytes > this.#maxBytes)) {
      this.#dropOldest();
    }
    this.#slots[(this.#first + this.#count) % this.#maxLines] = line;
    this.#count += 1;
    this.#bytes += bytes;
  }

  /** Newest first, while nothing is added. */
  *backwards(): Generator<LogLine> {
    for (let n = this.#count - 1; n >= 0; n -= 1) {
      const line = this.#slots[(this.#first + n) % this.#maxLines];
      if (line !== undefined) yield line;
    }
  }

  #dropOldest(): void {
    const line = this.#slots[this.#first];
    if (line !== undefined) this.#bytes -= size(line);
    this.#slots[this.#first] = undefined;
    this.#first = (this.#first + 1) % this.#maxLines;
    this.#count -= 1;
  }
}

/** Text that is all ASCII, as nearly all is, takes a byte a character in memory. */
const size = (line: LogLine): number => line.json.length + lineOverheadBytes;
