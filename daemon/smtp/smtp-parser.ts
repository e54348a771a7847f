/**
 * Bytes of a client to command lines and message content.
 *
 * Takes the place of smtp-server's own parser, on its interface, for three reasons: messages go to a sink without a
 * stream object each; a message of nothing but dots costs no more than any other (the library yields to the event loop
 * at each dot); and the dialogue can see whether a client has spoken before its turn.
 * RFC 5321 2.3.8 (only CRLF ends a line of a message), 4.5.2 (transparency).
 */
import { SMTPStream } from 'smtp-server/lib/smtp-stream.js';

/** RFC 4954 4: a line of an authentication exchange has up to 12,288 octets; no other command needs as much. */
export const MAX_COMMAND_BYTES = 12_288 + 64;
/** Commands taken at one go before other connections get their turn. */
const COMMANDS_PER_TURN = 100;

const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;
const CRLF_DOT = Buffer.from('\r\n.');
const NOTHING = Buffer.alloc(0);

/** Where the content of a message goes, dots removed. Neither method may throw or reject. */
export interface ContentSink {
  /** A promise when no more can be taken before it resolves. */
  write(chunk: Buffer): Promise<void> | undefined;
  /** The message is over. `next` lets the parser go on with the next command. */
  end(next: () => void): void;
}

export interface ParserEvents {
  line(line: string, next: () => void): void;
  /** A line longer than any command was thrown away. */
  longLine(next: () => void): void;
}

/** How much of CRLF "." CRLF has been seen. What is held back is the dot, and the CR behind it. */
type EndMatch = 'none' | 'cr' | 'line-start' | 'dot' | 'dot-cr';

export class SmtpParser extends SMTPStream {
  readonly #events: ParserEvents;
  #chunk: Buffer = NOTHING;
  #at = 0;
  #chunkDone: ((error?: Error | null) => void) | null = null;
  #partial: Buffer | null = null;
  #skipping = false;
  #sink: ContentSink | null = null;
  #match: EndMatch = 'none';
  #running = false;
  #resumed = false;
  readonly #resume = (): void => {
    if (this.#running) this.#resumed = true;
    else this.#run();
  };

  constructor(events: ParserEvents) {
    super();
    this.#events = events;
  }

  /** True when the client has sent more than what has been handed out so far. */
  get hasMoreInput(): boolean {
    return this.#at < this.#chunk.length || this.writableLength > this.#chunk.length;
  }

  /** What comes from now on is a message, until its end. */
  receiveContent(sink: ContentSink): void {
    this.#sink = sink;
    // The first line of a message may be the dot that ends it.
    this.#match = 'line-start';
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding | 'buffer', done: (error?: Error | null) => void) {
    this.#chunk = chunk;
    this.#at = 0;
    this.#chunkDone = done;
    this.#run();
  }

  /** A command without its line end, cut off by the end of the connection, is none. */
  override _flushData(): void {}

  #run(): void {
    this.#running = true;
    for (let commands = 1; this.#at < this.#chunk.length && !this.isClosed; commands++) {
      this.#resumed = false;
      if (this.#sink === null) this.#takeLine();
      else this.#takeContent(this.#sink);
      if (!this.#resumed) {
        this.#running = false;
        return;
      }
      if (commands % COMMANDS_PER_TURN === 0) {
        this.#running = false;
        setImmediate(this.#resume);
        return;
      }
    }
    this.#running = false;
    const done = this.#chunkDone;
    this.#chunkDone = null;
    this.#chunk = NOTHING;
    this.#at = 0;
    done?.();
  }

  #takeLine(): void {
    const chunk = this.#chunk;
    const start = this.#at;
    const lf = chunk.indexOf(LF, start);
    if (lf === -1) {
      this.#keepPartialLine(chunk.subarray(start));
      return;
    }
    this.#at = lf + 1;
    if (this.#skipping) {
      this.#skipping = false;
      this.#resumed = true;
    } else if (this.#partial === null) this.#handOut(chunk, start, lf);
    else {
      const line = Buffer.concat([this.#partial, chunk.subarray(start, lf)]);
      this.#partial = null;
      this.#handOut(line, 0, line.length);
    }
  }

  #handOut(bytes: Buffer, start: number, end: number): void {
    const stop = end > start && bytes[end - 1] === CR ? end - 1 : end;
    if (stop - start > MAX_COMMAND_BYTES) this.#events.longLine(this.#resume);
    else this.#events.line(bytes.toString('utf8', start, stop), this.#resume);
  }

  #keepPartialLine(rest: Buffer): void {
    this.#at = this.#chunk.length;
    this.#resumed = true;
    if (this.#skipping) return;
    const partial = this.#partial === null ? Buffer.from(rest) : Buffer.concat([this.#partial, rest]);
    this.#partial = partial;
    if (partial.length <= MAX_COMMAND_BYTES + 1) return;
    this.#partial = null;
    this.#skipping = true;
    this.#resumed = false;
    this.#events.longLine(this.#resume);
  }

  #takeContent(sink: ContentSink): void {
    const { content, ended } = this.#nextContent();
    const full = content.length === 0 ? undefined : sink.write(content);
    if (ended) {
      this.#sink = null;
      if (full === undefined) sink.end(this.#resume);
      else void full.then(() => sink.end(this.#resume));
    } else if (full === undefined) this.#resumed = true;
    else void full.then(this.#resume);
  }

  /** Content up to the end of the chunk or of the message, whichever comes first. */
  #nextContent(): { content: Buffer; ended: boolean } {
    const chunk = this.#chunk;
    const start = this.#at;
    const output = new Output(chunk);
    let from = start;
    if (this.#match !== 'none') {
      const resumed = this.#resumeMatch(output);
      if (resumed === 'ended') return { content: output.take(), ended: true };
      from = this.#at;
    }
    for (;;) {
      const found = chunk.indexOf(CRLF_DOT, from);
      if (found === -1) break;
      output.add(from, found + 2);
      this.#at = found + 3;
      this.#match = 'dot';
      if (this.#resumeMatch(output) === 'ended') return { content: output.take(), ended: true };
      from = this.#at;
    }
    if (from < chunk.length) {
      output.add(from, chunk.length);
      this.#match = endOfChunk(chunk);
    }
    this.#at = chunk.length;
    return { content: output.take(), ended: false };
  }

  /** Goes on byte by byte with an end of the message that has begun, until it is one or it is none. */
  #resumeMatch(output: Output): 'ended' | 'open' {
    const chunk = this.#chunk;
    while (this.#at < chunk.length) {
      const byte = chunk[this.#at];
      switch (this.#match) {
        case 'none':
          return 'open';
        case 'cr':
          if (byte !== LF) {
            this.#match = 'none';
            return 'open';
          }
          output.add(this.#at, this.#at + 1);
          this.#match = 'line-start';
          break;
        case 'line-start':
          if (byte !== DOT) {
            this.#match = 'none';
            return 'open';
          }
          this.#match = 'dot';
          break;
        case 'dot':
          if (byte !== CR) {
            // RFC 5321 4.5.2: the dot before a line with more on it is taken away.
            this.#match = 'none';
            return 'open';
          }
          this.#match = 'dot-cr';
          break;
        case 'dot-cr':
          if (byte === LF) {
            this.#at += 1;
            this.#match = 'none';
            return 'ended';
          }
          // The CR was content; it is a bare one, and whoever takes the content refuses it.
          output.addCarriageReturn();
          this.#match = 'none';
          return 'open';
      }
      this.#at += 1;
    }
    return 'open';
  }
}

/** How far a chunk that holds no CRLF "." to its end has gone towards one. */
function endOfChunk(chunk: Buffer): EndMatch {
  const last = chunk[chunk.length - 1];
  if (last === CR) return 'cr';
  return last === LF && chunk[chunk.length - 2] === CR ? 'line-start' : 'none';
}

/** Pieces of one chunk put together again; nothing is copied as long as there is only one. */
class Output {
  readonly #chunk: Buffer;
  #start = 0;
  #end = 0;
  #joined: Buffer | null = null;
  #length = 0;

  constructor(chunk: Buffer) {
    this.#chunk = chunk;
  }

  add(start: number, end: number): void {
    if (this.#joined === null) {
      if (this.#end === this.#start) {
        this.#start = start;
        this.#end = end;
        return;
      }
      if (this.#end === start) {
        this.#end = end;
        return;
      }
    }
    const joined = this.#join();
    this.#length += this.#chunk.copy(joined, this.#length, start, end);
  }

  /** A CR that was held back from the chunk before. */
  addCarriageReturn(): void {
    const joined = this.#join();
    joined[this.#length] = CR;
    this.#length += 1;
  }

  take(): Buffer {
    return this.#joined === null
      ? this.#chunk.subarray(this.#start, this.#end)
      : this.#joined.subarray(0, this.#length);
  }

  #join(): Buffer {
    if (this.#joined === null) {
      this.#joined = Buffer.allocUnsafe(this.#chunk.length + 1);
      this.#length = this.#chunk.copy(this.#joined, 0, this.#start, this.#end);
    }
    return this.#joined;
  }
}
