/**
 * The header of a message or a part, line by line: keeps the fields that somebody asks for and forgets the others.
 *
 * Values are one character per byte (Latin-1), so that what is read is what was sent, whatever it was meant to be. They
 * are unfolded, which takes the line ends out and leaves the white space (RFC 5322 2.2.3).
 */
const kept = new Set([
  'date',
  'subject',
  'from',
  'sender',
  'reply-to',
  'to',
  'cc',
  'bcc',
  'in-reply-to',
  'message-id',
  'mime-version',
  'content-type',
  'content-id',
  'content-description',
  'content-transfer-encoding',
  'content-md5',
  'content-disposition',
  'content-language',
  'content-location',
]);
const longestName = 40;

/** What may be kept, shared by all headers of a message. */
export interface HeaderBudget {
  bytes: number;
  addresses: number;
}
/** What a value costs beyond its bytes. */
const fieldCost = 64;

export class HeaderFields {
  readonly #values = new Map<string, string[]>();
  readonly #budget: HeaderBudget;
  #name = '';
  #pieces: string[] = [];

  constructor(budget: HeaderBudget) {
    this.#budget = budget;
  }

  /** @param line Without its end. */
  addLine(line: string): void {
    const first = line.charCodeAt(0);
    if (first === 0x20 || first === 0x09) {
      if (this.#name !== '') this.#keep(line);
      return;
    }
    this.end();
    const colon = line.indexOf(':');
    // White space before the colon is RFC 5322 4.5.
    if (colon === -1 || colon > longestName) return;
    const name = line.slice(0, colon).trimEnd().toLowerCase();
    if (!kept.has(name)) return;
    this.#name = name;
    this.#budget.bytes -= fieldCost;
    this.#keep(line.slice(colon + 1));
  }

  #keep(piece: string): void {
    const { bytes } = this.#budget;
    if (bytes <= 0) return;
    this.#pieces.push(piece.length > bytes ? piece.slice(0, bytes) : piece);
    this.#budget.bytes -= piece.length + 1;
  }

  /** No more lines. */
  end(): void {
    if (this.#name === '' || this.#pieces.length === 0) return;
    const value = unfold(this.#pieces);
    const values = this.#values.get(this.#name);
    if (values) values.push(value);
    else this.#values.set(this.#name, [value]);
    this.#name = '';
    this.#pieces = [];
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }
  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }
  first(name: string): string | null {
    return this.#values.get(name)?.[0] ?? null;
  }
  last(name: string): string | null {
    return this.#values.get(name)?.at(-1) ?? null;
  }
}

/** A NUL cannot be sent in IMAP (RFC 3501 9, `TEXT-CHAR`): it is shown as U+FFFD. */
const replacement = '\u00ef\u00bf\u00bd';

function unfold(pieces: readonly string[]): string {
  const [first = '', ...others] = pieces;
  const begin = first.replace(/^[ \t]+/, '');
  // A value of nothing but white space loses the first of it, as in Dovecot.
  const value = [begin === '' ? first.slice(1) : begin, ...others].join('');
  return value.includes('\0') ? value.replaceAll('\0', replacement) : value;
}
