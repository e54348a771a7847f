/**
 * Takes the bytes of one message: checks them, puts our trace header before them, and keeps them in memory while they are
 * few and in a file, synced, when they are many. A message that is refused is read to its end and kept nowhere.
 *
 * Who may send and to whom is not its matter, nor is the queue.
 */
import { errorCode, errorText } from '../errors.ts';
import type { Content } from '../queue/message.ts';
import { ContentError, type ContentProblem } from './content-error.ts';
import { type HeaderSummary, MAX_HEADER_BYTES, summariseHeader } from './header-summary.ts';
import { LineCheck } from './line-check.ts';
import type { MessageFile, MessageFiles } from './message-files.ts';

export interface ContentLimits {
  /** Bytes as the client counts them, without our header. */
  readonly maxMessageBytes: number;
  readonly maxLineBytes: number;
  /** Above this a message goes to a file. */
  readonly inlineBytes: number;
  /** Received headers with which a message is in a loop; null: it does not travel, so it is in none. */
  readonly maxReceivedHeaders: number | null;
  readonly hostname: string;
}

export interface ReceivedContent {
  readonly content: Content;
  readonly header: HeaderSummary;
}

/** Our own name so often in the trace: it comes round, however low the count of all hops is. */
const MAX_OWN_HOPS = 5;
/** A message that comes byte by byte must not cost an object for each of them. */
const MAX_PIECES = 64;

export class ContentReceiver {
  readonly #id: number;
  readonly #limits: ContentLimits;
  readonly #files: MessageFiles;
  readonly #lines: LineCheck;
  /** What is not written yet: our header and the message so far, or the part since the last write. */
  #pieces: Buffer[];
  #piecesBytes: number;
  readonly #traceBytes: number;
  #receivedBytes = 0;
  #head: Buffer | null = null;
  #file: MessageFile | null = null;
  #problem: ContentError | null = null;
  #writing: Promise<void> | null = null;
  #aborted = false;

  constructor(id: number, traceHeader: Buffer, limits: ContentLimits, files: MessageFiles) {
    this.#id = id;
    this.#limits = limits;
    this.#files = files;
    this.#lines = new LineCheck(limits.maxLineBytes);
    this.#pieces = [traceHeader];
    this.#piecesBytes = traceHeader.length;
    this.#traceBytes = traceHeader.length;
  }

  /** Bytes of the client so far. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Takes the next bytes; a promise (which never rejects) when no more should come before it resolves. */
  write(chunk: Buffer): Promise<void> | undefined {
    this.#receivedBytes += chunk.length;
    if (this.#problem !== null || this.#aborted) return undefined;
    if (this.#receivedBytes > this.#limits.maxMessageBytes) return this.#refuse('too_large');
    this.#lines.check(chunk);
    if (this.#lines.problem !== null) return this.#refuse(this.#lines.problem);
    this.#pieces.push(chunk);
    this.#piecesBytes += chunk.length;
    if (this.#file !== null || this.#piecesBytes > this.#limits.inlineBytes) return this.#spill();
    if (this.#pieces.length > MAX_PIECES) this.#pieces = [Buffer.concat(this.#pieces, this.#piecesBytes)];
    return undefined;
  }

  /** The message is over. Throws ContentError; nothing is left on disk then. */
  async finish(): Promise<ReceivedContent> {
    await this.#writing;
    if (this.#problem !== null) {
      await this.abort();
      throw this.#problem;
    }
    const inline = this.#file === null ? Buffer.concat(this.#pieces, this.#piecesBytes) : null;
    const head = inline?.subarray(this.#traceBytes) ?? this.#head ?? Buffer.alloc(0);
    const header = summariseHeader(head, this.#limits.hostname);
    const { maxReceivedHeaders } = this.#limits;
    if (maxReceivedHeaders !== null && (header.hops > maxReceivedHeaders || header.ownHops >= MAX_OWN_HOPS)) {
      await this.abort();
      throw new ContentError(
        'loop',
        `message has passed ${header.hops} hosts, ${header.ownHops} times this one`,
      );
    }
    const file = this.#file === null ? null : await this.#commit(this.#file);
    const sizeBytes = this.#traceBytes + this.#receivedBytes;
    const { subject, messageId } = header;
    return { content: { sizeBytes, inline, file, subject, messageId }, header };
  }

  /** Nobody wants it any more: deletes what is on disk. Harmless when called again, or after `finish`. */
  async abort(): Promise<void> {
    this.#aborted = true;
    this.#pieces = [];
    await this.#writing;
    const file = this.#file;
    this.#file = null;
    await file?.discard();
  }

  #refuse(problem: ContentProblem, cause?: unknown): undefined {
    this.#problem = new ContentError(
      problem,
      cause === undefined ? `message refused: ${problem}` : errorText(cause),
      cause,
    );
    this.#pieces = [];
    return undefined;
  }

  #spill(): Promise<void> {
    this.#writing = this.#write().catch((error: unknown) => {
      this.#refuse(isFull(error) ? 'disk_full' : 'disk_failed', error);
    });
    return this.#writing;
  }

  async #write(): Promise<void> {
    const data = Buffer.concat(this.#pieces, this.#piecesBytes);
    this.#pieces = [];
    this.#piecesBytes = 0;
    if (this.#file === null) {
      this.#head = data.subarray(this.#traceBytes, this.#traceBytes + MAX_HEADER_BYTES);
      this.#file = await this.#files.create(this.#id);
    }
    await this.#file.write(data);
  }

  async #commit(file: MessageFile): Promise<string> {
    try {
      const name = await file.commit();
      this.#file = null;
      return name;
    } catch (error) {
      await this.abort();
      throw new ContentError(isFull(error) ? 'disk_full' : 'disk_failed', errorText(error), error);
    }
  }
}

function isFull(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}
