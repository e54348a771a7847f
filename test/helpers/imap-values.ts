/** Responses of an IMAP server as values, so that two servers can be compared: quoted or literal, it is the same string. */

export type ImapValue = string | null | readonly ImapValue[];

class ValueParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Values up to the end, or to a closing bracket. */
  list(): ImapValue[] {
    const values: ImapValue[] = [];
    for (;;) {
      while (this.#text[this.#at] === ' ') this.#at += 1;
      const next = this.#text[this.#at];
      if (next === undefined || next === ')') {
        this.#at += 1;
        return values;
      }
      values.push(this.#value(next));
    }
  }

  #value(next: string): ImapValue {
    if (next === '(') {
      this.#at += 1;
      return this.list();
    }
    if (next === '"') return this.#quoted();
    if (next === '{') return this.#literal();
    const atom = this.#atom();
    return atom.toUpperCase() === 'NIL' ? null : atom;
  }

  #quoted(): string {
    const found = /^"((?:[^"\\]|\\.)*)"/s.exec(this.#text.slice(this.#at));
    if (found === null) throw new Error(`unfinished string in ${this.#text}`);
    this.#at += found[0].length;
    return `"${(found[1] ?? '').replace(/\\(.)/gs, '$1')}`;
  }

  #literal(): string {
    const found = /^\{(\d+)\}\r\n/.exec(this.#text.slice(this.#at, this.#at + 30));
    if (found === null) throw new Error(`no literal in ${this.#text}`);
    const start = this.#at + found[0].length;
    this.#at = start + Number(found[1]);
    return `"${this.#text.slice(start, this.#at)}`;
  }

  /** With what is in square brackets, spaces included: `BODY[HEADER.FIELDS (From)]<0>`. */
  #atom(): string {
    const found = /^(?:\[[^\]]*\]|[^ ()"{[])+/.exec(this.#text.slice(this.#at, this.#at + 2_000));
    if (found === null) throw new Error(`no value at ${this.#text.slice(this.#at, this.#at + 50)}`);
    this.#at += found[0].length;
    return found[0];
  }
}

/** Strings begin with `"`, to be told from atoms. */
export const imapValues = (text: string): readonly ImapValue[] => new ValueParser(text).list();

/** Data items of `* 3 FETCH (...)` by their names in capitals; null: another response. */
export function fetchedItems(line: string): { seq: number; items: Map<string, ImapValue> } | null {
  const found = /^\* (\d+) FETCH \(/.exec(line);
  if (found === null) return null;
  const [, , , list] = imapValues(line);
  const items = new Map<string, ImapValue>();
  if (!Array.isArray(list)) return null;
  for (let at = 0; at + 1 < list.length; at += 2) items.set(String(list[at]).toUpperCase(), list[at + 1]);
  return { seq: Number(found[1]), items };
}
