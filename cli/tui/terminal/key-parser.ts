/**
 * What a terminal sends, as keys by name: `j`, `J`, `enter`, `esc`, `pageup`, `ctrl-d`, `shift-tab`.
 *
 * Several keys may come in one piece, and one key in several. A lone ESC may be the key or the start of a sequence: it
 * waits for {@link KeyParser.flush}. Pasted text (bracketed paste) is one key with its text. Mouse reports and
 * sequences nobody asked for are dropped.
 */

export interface Key {
  readonly name: string;
  /** What it would add to a line of text; empty for keys that are no text. */
  readonly text: string;
}

/** Endings of `ESC [` and `ESC O` sequences: xterm's, the Linux console's and rxvt's. */
const sequences: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  F: 'end',
  H: 'home',
  Z: 'shift-tab',
  '1~': 'home',
  '2~': 'insert',
  '3~': 'delete',
  '4~': 'end',
  '5~': 'pageup',
  '6~': 'pagedown',
  '7~': 'home',
  '8~': 'end',
};
const controls: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\b': 'backspace',
  '\x7f': 'backspace',
  '\0': 'ctrl-space',
};
const csi = /^\x1b\[([<=>?]?[0-9;:]*)([@-~])/;
const csiUnfinished = /^\x1b\[[<=>?]?[0-9;:]*$/;
const ss3 = /^\x1bO([A-Za-z])/;
const pasteStart = '\x1b[200~';
const pasteEnd = '\x1b[201~';
/** A sequence or a paste that does not end is not waited for beyond this, in characters. */
const maxPending = 65_536;

export class KeyParser {
  #pending = '';

  push(text: string): Key[] {
    this.#pending += text;
    const keys: Key[] = [];
    for (let key = this.#next(); key !== null; key = this.#next()) if (key.name !== '') keys.push(key);
    if (this.#pending.length > maxPending) this.#pending = '';
    return keys;
  }

  /** An ESC, or the beginning of a sequence, waits for what belongs to it. */
  get waiting(): boolean {
    return this.#pending !== '' && !this.#pending.startsWith(pasteStart);
  }

  /** Nothing followed: the ESC was the key. */
  flush(): Key[] {
    if (!this.waiting) return [];
    const rest = this.#pending.slice(1);
    this.#pending = '';
    return [
      { name: 'esc', text: '' },
      ...(rest === '' || rest === '[' || rest === 'O' ? [] : this.push(rest)),
    ];
  }

  /** A key without a name is one to drop; null when there is no whole one. */
  #next(): Key | null {
    const text = this.#pending;
    if (text === '') return null;
    if (!text.startsWith('\x1b')) {
      const [character = ''] = text;
      return this.#take(character.length, namedCharacter(character));
    }
    if (text.startsWith(pasteStart)) return this.#paste();
    const [whole, parameters = '', final = ''] = csi.exec(text) ?? [];
    if (whole !== undefined) return this.#take(whole.length, sequenceKey(parameters, final));
    if (text === '\x1b' || text === '\x1bO' || csiUnfinished.test(text)) return null;
    const [application, letter = ''] = ss3.exec(text) ?? [];
    if (application !== undefined) return this.#take(application.length, sequenceKey('', letter));
    // ESC and then something else: two keys (or Alt with one, which nothing here is bound to).
    return this.#take(1, { name: 'esc', text: '' });
  }

  #paste(): Key | null {
    const end = this.#pending.indexOf(pasteEnd);
    if (end === -1) return null;
    const pasted = this.#pending.slice(pasteStart.length, end);
    return this.#take(end + pasteEnd.length, { name: 'paste', text: pasted });
  }

  #take(length: number, key: Key): Key {
    this.#pending = this.#pending.slice(length);
    return key;
  }
}

function sequenceKey(parameters: string, final: string): Key {
  const [first = '', modifier = ''] = parameters.split(';');
  const name = sequences[final === '~' ? `${first}~` : final];
  if (name === undefined || parameters.startsWith('<')) return { name: '', text: '' };
  // xterm: 1 and the sum of shift 1, alt 2, control 4.
  const prefix = modifier === '2' ? 'shift-' : modifier === '5' ? 'ctrl-' : '';
  return { name: `${prefix}${name}`, text: '' };
}

function namedCharacter(character: string): Key {
  const named = controls[character];
  if (named !== undefined) return { name: named, text: '' };
  if (character === ' ') return { name: 'space', text: ' ' };
  if (character < ' ') return { name: `ctrl-${String.fromCharCode(character.charCodeAt(0) + 96)}`, text: '' };
  return { name: character, text: character };
}
