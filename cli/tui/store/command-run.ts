/** The output of one line of mailctl while it runs and after, bounded however long it follows something. */
import type { SpanLine } from '../../spans.ts';
import { paintedLines } from '../text/painted-lines.ts';
import { type FrameClock, Observable } from './observable.ts';

/** As many as a person reads; the command line itself has no such end. */
const maxLines = 5_000;

export class CommandRun extends Observable {
  lines: readonly SpanLine[] = [];
  running = true;
  failed = false;
  outcome = 'running';
  /** The first line of the last page that was shown, to tell who reads the end from who has scrolled up. */
  shownTo = 0;
  #rest = '';
  readonly #abort = new AbortController();
  readonly #frames: FrameClock;

  constructor(frames: FrameClock) {
    super();
    this.#frames = frames;
  }

  get interrupt(): AbortSignal {
    return this.#abort.signal;
  }

  add(text: string): void {
    const whole = (this.#rest + text).split('\n');
    this.#rest = whole.pop() ?? '';
    if (whole.length > 0) this.lines = [...this.lines, ...paintedLines(whole.join('\n'))].slice(-maxLines);
    this.#frames.request(this);
  }

  async follow(result: Promise<number>): Promise<void> {
    try {
      const code = await result;
      this.failed = code !== 0;
      this.outcome = code === 0 ? 'done' : `exit code ${code}`;
    } catch (error) {
      this.failed = true;
      this.outcome = error instanceof Error ? error.message : String(error);
    }
    if (this.#rest !== '') this.add('\n');
    this.running = false;
    this.changed();
  }

  end(): void {
    this.#abort.abort();
  }
}
