/** Bytes that come in pieces until they are whole: a client that sends them one by one costs what they cost. */

const FIRST_BYTES = 256;
const NOTHING: Buffer = Buffer.alloc(0);

export class ByteBuffer {
  #bytes = NOTHING;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(piece: Buffer): void {
    const length = this.#length + piece.length;
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, this.#bytes.length * 2, FIRST_BYTES));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    piece.copy(this.#bytes, this.#length);
    this.#length = length;
  }

  /** What has come, and this; it is empty afterwards. Nothing is copied when this is all. */
  takeWith(piece: Buffer): Buffer {
    if (this.#length === 0) return piece;
    this.append(piece);
    const whole = this.#bytes.subarray(0, this.#length);
    this.clear();
    return whole;
  }

  /** Keeps the last `most` bytes of what has come and this. */
  keepEnd(piece: Buffer, most: number): void {
    const whole = this.takeWith(piece.subarray(Math.max(0, piece.length - most)));
    this.append(whole.subarray(Math.max(0, whole.length - most)));
  }

  clear(): void {
    this.#bytes = NOTHING;
    this.#length = 0;
  }
}
