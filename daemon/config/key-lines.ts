/**
 * Where each key of a TOML text stands, because the parser gives positions for errors of syntax only.
 *
 * Reads text that the parser has accepted already; for other text the answer is incomplete, never an error.
 * Paths read `delivery.concurrency`, `listeners[0].port`; the items of a list have a line each.
 */

/** Line numbers, from 1, by path. */
export type KeyLines = ReadonlyMap<string, number>;

export function keyLines(text: string): KeyLines {
  return new Scanner(text).scan();
}

/** `parent.key`, with quotes around a key that could be misread. */
export function childPath(parent: string, key: string): string {
  const name = /^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key);
  return parent === '' ? name : `${parent}.${name}`;
}

export const itemPath = (parent: string, index: number): string => `${parent}[${index}]`;

class Scanner {
  readonly #text: string;
  readonly #lines = new Map<string, number>();
  /** How many `[[name]]` there were, by path. */
  readonly #tables = new Map<string, number>();
  #at = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  scan(): KeyLines {
    let table = '';
    for (this.#skipBlank(); this.#at < this.#text.length; this.#skipBlank()) {
      if (this.#peek() === '[') table = this.#header();
      else this.#pair(table);
    }
    return this.#lines;
  }

  /** `[a.b]` or `[[a.b]]`: answers the path that the keys below it belong to. */
  #header(): string {
    const list = this.#text.startsWith('[[', this.#at);
    this.#advance(list ? 2 : 1);
    const keys = this.#dottedKey();
    this.#skipTo('\n');
    let path = '';
    keys.forEach((key, position) => {
      path = childPath(path, key);
      if (list && position === keys.length - 1) this.#tables.set(path, (this.#tables.get(path) ?? 0) + 1);
      const count = this.#tables.get(path);
      if (count !== undefined) path = itemPath(path, count - 1);
    });
    this.#remember(path);
    return path;
  }

  /** `key = value`, in a table of its own lines or in an inline one. */
  #pair(table: string): void {
    const start = this.#at;
    let path = table;
    for (const key of this.#dottedKey()) {
      path = childPath(path, key);
      this.#remember(path);
    }
    this.#skipBlank();
    if (this.#peek() === '=') this.#advance();
    this.#skipBlank();
    this.#value(path);
    if (this.#at === start) this.#advance();
  }

  #value(path: string): void {
    const first = this.#peek();
    if (first === '"' || first === "'") this.#string();
    else if (first === '[') this.#items(']', (index) => this.#item(itemPath(path, index)));
    else if (first === '{') this.#items('}', () => this.#pair(path));
    else while (this.#at < this.#text.length && !',]}\n#'.includes(this.#peek())) this.#advance();
  }

  #item(path: string): void {
    this.#remember(path);
    this.#value(path);
  }

  #items(end: string, read: (index: number) => void): void {
    this.#advance();
    this.#skipBlank();
    for (let index = 0; this.#at < this.#text.length && this.#peek() !== end; index += 1) {
      const start = this.#at;
      read(index);
      this.#skipBlank();
      if (this.#peek() === ',' || this.#at === start) this.#advance();
      this.#skipBlank();
    }
    this.#advance();
  }

  #dottedKey(): string[] {
    const keys: string[] = [];
    for (;;) {
      this.#skipSpaces();
      const first = this.#peek();
      if (first === '"' || first === "'") keys.push(this.#string());
      else {
        const start = this.#at;
        while (/[A-Za-z0-9_-]/.test(this.#peek())) this.#advance();
        keys.push(this.#text.slice(start, this.#at));
      }
      this.#skipSpaces();
      if (this.#peek() !== '.') return keys;
      this.#advance();
    }
  }

  /** Passes over a string of any of the four kinds. Escapes stay as they are: only odd keys have them. */
  #string(): string {
    const quote = this.#peek();
    const long = this.#text.startsWith(quote.repeat(3), this.#at);
    const mark = long ? quote.repeat(3) : quote;
    this.#advance(mark.length);
    const start = this.#at;
    while (this.#at < this.#text.length && !this.#text.startsWith(mark, this.#at)) {
      this.#advance(quote === '"' && this.#peek() === '\\' ? 2 : 1);
    }
    const content = this.#text.slice(start, this.#at);
    this.#advance(mark.length);
    // A long string may end in up to five quotes, of which the first two are content.
    while (long && this.#peek() === quote) this.#advance();
    return content;
  }

  #skipBlank(): void {
    for (;;) {
      if (this.#peek() === '#') this.#skipTo('\n');
      else if (this.#peek() !== '' && ' \t\r\n\uFEFF'.includes(this.#peek())) this.#advance();
      else return;
    }
  }

  #skipSpaces(): void {
    while (this.#peek() === ' ' || this.#peek() === '\t') this.#advance();
  }

  #skipTo(end: string): void {
    while (this.#at < this.#text.length && this.#peek() !== end) this.#advance();
  }

  #remember(path: string): void {
    if (!this.#lines.has(path)) this.#lines.set(path, this.#line);
  }

  #peek(): string {
    return this.#text[this.#at] ?? '';
  }

  #advance(count = 1): void {
    for (let step = 0; step < count && this.#at < this.#text.length; step += 1) {
      if (this.#text[this.#at] === '\n') this.#line += 1;
      this.#at += 1;
    }
  }
}
