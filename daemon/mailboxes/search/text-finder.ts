/** Looks for several texts in one that comes in pieces. Keeps as much of what came as the longest of them can span. */
export class TextFinder {
  readonly #left: Map<number, string>;
  readonly #overlap: number;
  #tail = '';
  readonly found: number[] = [];

  /** @param texts Folded, with the number that each is reported by. An empty one is in every text. */
  constructor(texts: readonly (readonly [number: number, text: string])[]) {
    this.#left = new Map(texts.filter(([, text]) => text !== ''));
    this.#overlap = Math.max(0, ...texts.map(([, text]) => text.length - 1));
    for (const [number, text] of texts) if (text === '') this.found.push(number);
  }

  /** Nothing is looked for any more. */
  get done(): boolean {
    return this.#left.size === 0;
  }

  add(piece: string): void {
    if (this.done || piece === '') return;
    const text = this.#tail + piece;
    for (const [number, wanted] of this.#left) {
      if (!text.includes(wanted)) continue;
      this.#left.delete(number);
      this.found.push(number);
    }
    this.#tail = this.#overlap === 0 ? '' : text.slice(-this.#overlap);
  }

  /** What comes does not go on from what came. */
  cut(): void {
    this.#tail = '';
  }
}
