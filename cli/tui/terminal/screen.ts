/**
 * The terminal's second screen, as the stream that Ink draws to.
 *
 * Ink runs in its debug mode: every frame comes here whole, and only the lines that differ from those on the screen are
 * written, each at its own place. Ink's own writer moves the cursor relative to where it believes it to be, clears the
 * whole terminal with its scrollback when a frame is as high as the screen, draws nothing when CI is set, and delays a
 * key's frame behind the one of some data (ink issues 359, 711, 736; ARCHITECTURE.md, "The full-screen program").
 */
import { EventEmitter } from 'node:events';
import type { Measure } from '../../../shared/terminal-text.ts';
import type { OutputStream } from '../../io.ts';

/** Second screen; no cursor; no wrapping, so that a glyph wider than thought moves nothing; pasted text is marked. */
const enter = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h\x1b[2J';
const leave = '\x1b[0m\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l';
/** A terminal that knows these shows the frame at once. */
const beginFrame = '\x1b[?2026h';
const endFrame = '\x1b[?2026l';
const clear = '\x1b[0m\x1b[2J';
const colour = /\x1b\[[0-9;]*m/g;

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export class Screen extends EventEmitter {
  readonly isTTY = true;
  readonly #stdout: OutputStream;
  readonly #measure: Measure;
  #lines: readonly string[] = [];
  #open = false;
  readonly #onResize = (): void => {
    this.#lines = [];
    if (this.#open) this.#stdout.write(clear);
    this.emit('resize');
  };

  constructor(stdout: OutputStream, measure: Measure) {
    super();
    this.#stdout = stdout;
    this.#measure = measure;
    stdout.on('resize', this.#onResize);
  }

  get columns(): number {
    return this.#stdout.columns || 80;
  }

  get rows(): number {
    return this.#stdout.rows || 24;
  }

  get size(): Size {
    return { columns: this.columns, rows: this.rows };
  }

  enter(): void {
    if (this.#open) return;
    this.#open = true;
    this.#lines = [];
    this.#stdout.write(enter);
  }

  /** May be called at any time, also twice: the terminal is as it was before. */
  leave(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#stdout.write(leave);
  }

  /** Everything anew, for a screen that something else has written to. */
  repaint(): void {
    const lines = this.#lines;
    this.#lines = [];
    this.#stdout.write(clear);
    this.write(lines.join('\n'));
  }

  end(): void {
    this.leave();
    this.#stdout.off('resize', this.#onResize);
  }

  /** A frame, from Ink. */
  write(frame: string): boolean {
    if (!this.#open) return true;
    const lines = frame.split('\n').slice(0, this.rows);
    const changed: string[] = [];
    for (let row = 0; row < Math.max(lines.length, this.#lines.length); row++) {
      const line = lines[row] ?? '';
      if (line !== (this.#lines[row] ?? '')) changed.push(`\x1b[${row + 1};1H${this.#filled(line)}`);
    }
    this.#lines = lines;
    if (changed.length === 0) return true;
    return this.#stdout.write(`${beginFrame}${changed.join('')}${endFrame}`);
  }

  /** Erasing to the end of the line when it is full would take its last character away. */
  #filled(line: string): string {
    return this.#measure(line.replace(colour, '')) < this.columns ? `${line}\x1b[0m\x1b[K` : `${line}\x1b[0m`;
  }
}
