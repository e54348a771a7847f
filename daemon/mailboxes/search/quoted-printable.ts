/** Undoes quoted-printable (RFC 2045 6.7) in pieces, whatever they are cut in; what is not encoded as it should be stays. */
const [tab, lineFeed, carriageReturn, space, equals] = [0x09, 0x0a, 0x0d, 0x20, 0x3d];
/** White space at the end of a line is not part of it; more than that in a row is kept. */
const longestSpace = 1_000;

export class QuotedPrintable {
  /** `=` and what came after it, not yet enough to be told. */
  #escape = '';
  #spaces: number[] = [];

  decode(piece: Uint8Array): Buffer {
    const out = Buffer.allocUnsafe(piece.length + this.#spaces.length + this.#escape.length + 3);
    let length = 0;
    const put = (byte: number): void => {
      out[length++] = byte;
    };
    for (const byte of piece) {
      if (this.#escape !== '') this.#inEscape(byte, put);
      else if (byte === equals) {
        this.#putSpaces(put);
        this.#escape = '=';
      } else if (byte === space || byte === tab) {
        this.#spaces.push(byte);
        if (this.#spaces.length > longestSpace) this.#putSpaces(put);
      } else {
        if (byte === lineFeed || byte === carriageReturn) this.#spaces = [];
        else if (this.#spaces.length > 0) this.#putSpaces(put);
        put(byte);
      }
    }
    return out.subarray(0, length);
  }

  end(): Buffer {
    // `=` alone is a soft line break whose line end is missing.
    const begun = this.#escape === '=' ? '' : this.#escape;
    const rest = Buffer.from(begun + String.fromCharCode(...this.#spaces), 'latin1');
    this.#escape = '';
    this.#spaces = [];
    return rest;
  }

  #inEscape(byte: number, put: (byte: number) => void): void {
    const begun = this.#escape + String.fromCharCode(byte);
    this.#escape = '';
    if (/^=[0-9A-Fa-f]{2}$/.test(begun)) put(Number.parseInt(begun.slice(1), 16));
    else if (/^=(\r|[0-9A-Fa-f])$/.test(begun)) this.#escape = begun;
    // A soft line break.
    else if (begun !== '=\n' && begun !== '=\r\n')
      for (const character of begun) put(character.charCodeAt(0));
  }

  #putSpaces(put: (byte: number) => void): void {
    for (const byte of this.#spaces) put(byte);
    this.#spaces = [];
  }
}
