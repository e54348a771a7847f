/** A set of messages of one view, a bit each, by their position in it from 0. */
export class MessageBits {
  readonly size: number;
  readonly #words: Uint32Array;

  private constructor(size: number, words: Uint32Array) {
    this.size = size;
    this.#words = words;
  }

  static none(size: number): MessageBits {
    return new MessageBits(size, new Uint32Array((size + 31) >>> 5));
  }

  static all(size: number): MessageBits {
    return MessageBits.none(size).complement();
  }

  get empty(): boolean {
    return this.#words.every((word) => word === 0);
  }
  /** -1 when there is none. */
  get first(): number {
    const at = this.#words.findIndex((word) => word !== 0);
    const word = this.#words[at] ?? 0;
    return at === -1 ? -1 : at * 32 + (31 - Math.clz32(word & -word));
  }
  get last(): number {
    const at = this.#words.findLastIndex((word) => word !== 0);
    return at === -1 ? -1 : at * 32 + (31 - Math.clz32(this.#words[at] ?? 0));
  }

  has(index: number): boolean {
    return (((this.#words[index >>> 5] ?? 0) >>> (index & 31)) & 1) === 1;
  }

  add(index: number): void {
    this.#words[index >>> 5] = (this.#words[index >>> 5] ?? 0) | (1 << (index & 31));
  }

  /** From `first` up to, not with, `end`. */
  addRange(first: number, end: number): void {
    for (let index = first; index < end; ) {
      if ((index & 31) === 0 && end - index >= 32) {
        this.#words[index >>> 5] = 0xffffffff;
        index += 32;
      } else this.add(index++);
    }
  }

  and(other: MessageBits): MessageBits {
    return new MessageBits(
      this.size,
      this.#words.map((word, i) => word & (other.#words[i] ?? 0)),
    );
  }

  or(other: MessageBits): MessageBits {
    return new MessageBits(
      this.size,
      this.#words.map((word, i) => word | (other.#words[i] ?? 0)),
    );
  }

  complement(): MessageBits {
    const words = this.#words.map((word) => ~word);
    const last = this.size & 31;
    if (last !== 0) words[words.length - 1] = (words.at(-1) ?? 0) & ((1 << last) - 1);
    return new MessageBits(this.size, words);
  }

  /** Rising. */
  indexes(): number[] {
    const indexes: number[] = [];
    for (let at = 0; at < this.#words.length; at++) {
      for (let left = this.#words[at] ?? 0; left !== 0; left &= left - 1)
        indexes.push(at * 32 + (31 - Math.clz32(left & -left)));
    }
    return indexes;
  }
}
