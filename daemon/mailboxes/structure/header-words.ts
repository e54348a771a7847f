/**
 * Reads the words that structured header fields are made of: atoms, quoted strings, comments, domains (RFC 5322 3.2, 3.4.1
 * and the obsolete forms of 4), tokens of MIME (RFC 2045 5.1). A text is one character per byte, unfolded.
 *
 * Goes forward only, without recursion, so that no field costs more than its length. A method that finds what it is
 * named after goes behind it and the white space and comments that follow; `null` means that it is not there, and then
 * the position is somewhere within.
 */
const space = /[ \t\r\n]/;
/** RFC 5322 3.2.3 atext, and all above ASCII (RFC 6532 3.2). */
const atext = /[!#$%&'*+\-/0-9=?A-Z^_`a-z{|}~\x80-\xff]/;
/** RFC 2045 5.1: no specials, no white space, no control characters. */
const tokenCharacter = /[!#$%&'*+\-.0-9A-Z^_`a-z{|}~\x80-\xff]/;

const classify = (kind: RegExp): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, code) => (kind.test(String.fromCharCode(code)) ? 1 : 0));
const isSpace = classify(space);
const isAtext = classify(atext);
const isToken = classify(tokenCharacter);

export class HeaderWords {
  readonly text: string;
  position = 0;
  /** What stood in the last comment that was passed; some write a person's name there. */
  lastComment = '';

  constructor(text: string) {
    this.text = text;
  }

  comes(character: string): boolean {
    return this.text.charAt(this.position) === character;
  }
  get atEnd(): boolean {
    return this.position >= this.text.length;
  }
  get atAtom(): boolean {
    return this.#is(isAtext);
  }

  /** Goes behind `character` if it comes next, and the white space and comments that follow. */
  take(character: string): boolean {
    if (!this.comes(character)) return false;
    this.position += 1;
    this.skipSpace();
    return true;
  }

  /** White space and comments. False: a comment has no end, and neither has anything come after it. */
  skipSpace(): boolean {
    for (;;) {
      this.#run(isSpace);
      if (!this.comes('(')) return true;
      if (!this.#skipComment()) return false;
    }
  }

  #skipComment(): boolean {
    const { text } = this;
    let depth = 0;
    let content = '';
    let from = this.position + 1;
    for (let at = this.position; at < text.length; at += 1) {
      const character = text.charCodeAt(at);
      if (character === 0x28) depth += 1;
      else if (character === 0x29) {
        depth -= 1;
        if (depth > 0) continue;
        this.lastComment = content + text.slice(from, at);
        this.position = at + 1;
        return true;
      } else if (character === 0x5c) {
        content += text.slice(from, at);
        from = at + 1;
        at += 1;
      }
    }
    this.position = text.length;
    return false;
  }

  token(): string | null {
    const word = this.#run(isToken);
    return word !== '' && this.skipSpace() ? word : null;
  }

  /** Without its quotes and backslashes. */
  quotedString(): string | null {
    if (!this.comes('"')) return null;
    const { text } = this;
    let content = '';
    let from = this.position + 1;
    for (let at = from; at < text.length; at += 1) {
      const character = text.charCodeAt(at);
      if (character === 0x5c) {
        content += text.slice(from, at);
        from = at + 1;
        at += 1;
      } else if (character === 0x22) {
        this.position = at + 1;
        content += text.slice(from, at);
        return this.skipSpace() ? content : null;
      }
    }
    this.position = text.length;
    return null;
  }

  /** A display name: words and dots, RFC 5322 3.2.5 with obs-phrase. May be empty. */
  phrase(): string | null {
    // Pieces: to ask a text that grows what it ends with would copy it each time.
    const pieces: string[] = [];
    let spaced = true;
    while (this.atAtom || this.comes('"') || this.comes('.')) {
      const word = this.comes('"') ? this.quotedString() : this.atomsAndDots();
      // Of quotes that are not closed nothing is known but what stands before them.
      if (word === null) return pieces.length === 0 ? null : pieces.join('');
      pieces.push(spaced ? word : ` ${word}`);
      spaced = word === '' || word.endsWith(' ');
    }
    return pieces.join('');
  }

  /** Some servers give out addresses with dots where no atom is: `a..b@example.org`, `a.@example.org`. */
  atomsAndDots(): string | null {
    const from = this.position;
    while (this.#is(isAtext) || this.comes('.')) this.position += 1;
    const word = this.text.slice(from, this.position);
    return word !== '' && this.skipSpace() ? word : null;
  }

  /** Atoms or a literal in brackets; white space within is dropped (obs-domain). */
  domain(): string | null {
    return this.comes('[') ? this.#domainLiteral() : this.#dottedAtoms();
  }

  #dottedAtoms(): string | null {
    let domain = '';
    for (;;) {
      const atom = this.#run(isAtext);
      if (atom === '') return null;
      domain += atom;
      if (!this.skipSpace()) return null;
      if (!this.comes('.')) return domain;
      this.position += 1;
      domain += '.';
      if (!this.skipSpace()) return null;
    }
  }

  #domainLiteral(): string | null {
    const { text } = this;
    const end = text.indexOf(']', this.position);
    const literal = end === -1 ? '' : text.slice(this.position, end + 1);
    if (end === -1 || literal.indexOf('[', 1) !== -1) return null;
    this.position = end + 1;
    this.skipSpace();
    return literal;
  }

  #is(kind: Uint8Array): boolean {
    return kind[this.text.charCodeAt(this.position)] === 1;
  }

  #run(kind: Uint8Array): string {
    const from = this.position;
    while (this.#is(kind)) this.position += 1;
    return this.text.slice(from, this.position);
  }
}
