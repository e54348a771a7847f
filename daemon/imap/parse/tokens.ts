/**
 * A command's bytes to tokens: atoms, quoted strings, literals, numbers, lists (RFC 3501 9). Knows no command.
 *
 * Strings come out as bytes in a latin1 string; what they mean is the business of whoever asked. Nothing here recurses or
 * goes back, so the costs are those of the bytes, which the reader has bounded.
 */

/** Why a command cannot be obeyed. Never leaves the parser. */
export class CommandFault extends Error {
  readonly status: 'BAD' | 'NO';
  readonly code: string | null;

  constructor(reason: string, code: string | null = null, status: 'BAD' | 'NO' = 'BAD') {
    super(reason);
    this.status = status;
    this.code = code;
  }
}

/** Stands in the text where a literal belongs: no line has one. */
export const LITERAL_MARK = '\n';
/** RFC 3501 9, number: 32 bits, unsigned. */
export const MAX_NUMBER = 0xffff_ffff;

/** ATOM-CHAR, but for 8-bit characters: that some clients send them bare is no reason to refuse a name. */
const atomChars = /[^\x00-\x20\x7f(){%*"\\\]]+/y;
const astringChars = /[^\x00-\x20\x7f(){%*"\\]+/y;
const listChars = /[^\x00-\x20\x7f(){"\\]+/y;
const tagChars = /[^\x00-\x20\x7f-\xff(){%*"\\+]+/y;
const flagChars = /\\?[^\x00-\x20\x7f-\xff(){%*"\\\]]+/y;
const itemChars = /[A-Za-z0-9.]+/y;
const digits = /[0-9]+/y;
const quoted = /"((?:[^"\\\r\n\0]|\\["\\])*)"/y;

export class Tokens {
  readonly #text: string;
  /** Null: a message that has been streamed away. */
  readonly #literals: readonly (Buffer | null)[];
  #at = 0;
  #literal = 0;

  constructor(text: string, literals: readonly (Buffer | null)[]) {
    this.#text = text;
    this.#literals = literals;
  }

  get done(): boolean {
    return this.#at === this.#text.length;
  }

  /** The next character; empty at the end. */
  get next(): string {
    return this.#text.charAt(this.#at);
  }

  /** At a literal that has been streamed away, or has not come yet. */
  get atMessage(): boolean {
    return this.next === LITERAL_MARK && this.#literals[this.#literal] === null;
  }

  fail(reason: string, code: string | null = null): never {
    throw new CommandFault(reason, code);
  }

  /** Nothing may follow; a space at the end of the line is forgiven. */
  end(): void {
    while (this.next === ' ') this.#at += 1;
    if (!this.done) this.fail('Unexpected characters behind the command');
  }

  skip(char: string): boolean {
    if (this.next !== char) return false;
    this.#at += 1;
    return true;
  }

  expect(char: string, what: string): void {
    if (!this.skip(char)) this.fail(`Expected ${what}`);
  }

  space(): void {
    this.expect(' ', 'a space and an argument');
  }

  tag(): string {
    return this.#run(tagChars, 'a tag');
  }

  atom(what: string): string {
    return this.#run(atomChars, what);
  }

  /** An atom that stands for something whatever its case; in capitals. */
  word(what: string): string {
    return this.atom(what).toUpperCase();
  }

  /** The name of a data item, in capitals: unlike an atom it ends before `[`. */
  itemName(): string {
    return this.#run(itemChars, 'a data item').toUpperCase();
  }

  /** Takes the word (in capitals) if it is the next one. */
  skipWord(word: string): boolean {
    const end = this.#at + word.length;
    if (this.#text.slice(this.#at, end).toUpperCase() !== word) return false;
    atomChars.lastIndex = end;
    if (atomChars.test(this.#text)) return false;
    this.#at = end;
    return true;
  }

  /** A flag as it is written, its backslash included. */
  flag(): string {
    return this.#run(flagChars, 'a flag');
  }

  number(what: string, max = MAX_NUMBER): number {
    const value = Number(this.#run(digits, what));
    return value <= max ? value : this.fail(`${what} is too large`);
  }

  /** What may be an atom, quoted or a literal. */
  astring(what: string): string {
    return this.#isString() ? this.string(what) : this.#run(astringChars, what);
  }

  /** A pattern of LIST: as an astring, and `*` and `%` need no quotes. */
  pattern(): string {
    return this.#isString() ? this.string('a mailbox pattern') : this.#run(listChars, 'a mailbox pattern');
  }

  string(what: string): string {
    if (this.next === LITERAL_MARK) return this.#takeLiteral().toString('latin1');
    quoted.lastIndex = this.#at;
    const [whole, inner] = quoted.exec(this.#text) ?? [];
    if (whole === undefined || inner === undefined) return this.fail(`Expected ${what}`);
    this.#at += whole.length;
    return inner.includes('\\') ? inner.replace(/\\(.)/g, '$1') : inner;
  }

  nstring(what: string): string | null {
    return !this.#isString() && this.skipWord('NIL') ? null : this.string(what);
  }

  /** The message of APPEND, which has been streamed away. */
  message(): void {
    if (!this.atMessage) this.fail('Expected the message as a literal');
    this.#literal += 1;
    this.#at += 1;
  }

  /** `(a b c)`, also empty. */
  list<T>(what: string, maxItems: number, item: () => T): T[] {
    this.expect('(', `a list of ${what}`);
    const items: T[] = [];
    if (this.skip(')')) return items;
    do {
      if (items.length === maxItems) this.fail(`Too many ${what}`, 'LIMIT');
      items.push(item());
    } while (this.skip(' '));
    this.expect(')', `the end of the list of ${what}`);
    return items;
  }

  #isString(): boolean {
    return this.next === '"' || this.next === LITERAL_MARK;
  }

  #takeLiteral(): Buffer {
    const literal = this.#literals[this.#literal];
    if (!literal) return this.fail('Unexpected literal');
    this.#literal += 1;
    this.#at += 1;
    return literal;
  }

  #run(chars: RegExp, what: string): string {
    chars.lastIndex = this.#at;
    const found = chars.exec(this.#text)?.[0];
    if (found === undefined) return this.fail(`Expected ${what}`);
    this.#at += found.length;
    return found;
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes in a latin1 string as UTF-8; null when they are not. */
export function utf8Of(bytes: string): string | null {
  if (!/[\x80-\xff]/.test(bytes)) return bytes;
  try {
    return strictUtf8.decode(Buffer.from(bytes, 'latin1'));
  } catch {
    return null;
  }
}
