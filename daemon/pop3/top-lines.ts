/** Cuts a message that comes in chunks after its headers and some lines of its body. RFC 1939 7, TOP. */

const LF = 0x0a;
const CR = 0x0d;

export class TopLines {
  /** Lines of the body that are still to come. */
  #left: number;
  #inBody = false;
  /** Nothing of a line has come yet but perhaps CR: at LF it is the empty line that ends the headers. */
  #lineIsEmpty = true;

  constructor(bodyLines: number) {
    this.#left = bodyLines;
  }

  /** There is nothing more to come. */
  get done(): boolean {
    return this.#inBody && this.#left === 0;
  }

  /** The part of the chunk that still belongs to it. */
  take(chunk: Buffer): Buffer {
    let at = this.#inBody ? 0 : this.#headers(chunk);
    while (this.#inBody && this.#left > 0 && at < chunk.length) {
      const end = chunk.indexOf(LF, at);
      if (end === -1) return chunk;
      this.#left -= 1;
      at = end + 1;
    }
    return chunk.subarray(0, at);
  }

  /** How much of the chunk is headers. */
  #headers(chunk: Buffer): number {
    for (let at = 0; at < chunk.length; ) {
      const end = chunk.indexOf(LF, at);
      const stop = end === -1 ? chunk.length : end;
      const empty = this.#lineIsEmpty && (stop === at || (stop === at + 1 && chunk[at] === CR));
      if (end === -1) {
        this.#lineIsEmpty = empty;
        break;
      }
      this.#lineIsEmpty = true;
      at = end + 1;
      if (empty) {
        this.#inBody = true;
        return at;
      }
    }
    return chunk.length;
  }
}
