/** The keys that a person presses: raw mode on and off, and the wait that tells ESC from the start of a sequence. */
import type { InputStream } from '../../io.ts';
import { type Key, KeyParser } from './key-parser.ts';

/** Longer than a terminal takes between the bytes of one sequence, also through ssh; shorter than a person notices. */
const escapeWaitMs = 40;

export class Keyboard {
  readonly #stdin: InputStream;
  readonly #onKey: (key: Key) => void;
  readonly #parser = new KeyParser();
  readonly #decoder = new TextDecoder('utf-8');
  readonly #keys: Key[] = [];
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;
  readonly #onData = (data: Buffer): void => this.#read(data);

  constructor(stdin: InputStream, onKey: (key: Key) => void) {
    this.#stdin = stdin;
    this.#onKey = onKey;
  }

  start(): void {
    this.#stdin.setRawMode?.(true);
    this.#stdin.on('data', this.#onData);
    this.#stdin.resume();
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
    this.#keys.length = 0;
    this.#stdin.off('data', this.#onData);
    this.#stdin.pause();
    this.#stdin.setRawMode?.(false);
  }

  #read(data: Buffer): void {
    clearTimeout(this.#timer);
    this.#tell(this.#parser.push(this.#decoder.decode(data, { stream: true })));
    if (this.#parser.waiting) this.#timer = setTimeout(() => this.#tell(this.#parser.flush()), escapeWaitMs);
  }

  /** One after another, each after what the one before it has brought to the screen: a prompt, a dialog. */
  #tell(keys: readonly Key[]): void {
    const idle = this.#keys.length === 0;
    this.#keys.push(...keys);
    if (idle && this.#keys.length > 0) this.#next();
  }

  #next(): void {
    const [key] = this.#keys;
    if (!key) return;
    this.#onKey(key);
    this.#turn = setImmediate(() => {
      this.#keys.shift();
      this.#next();
    });
  }
}
