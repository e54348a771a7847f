/** One message on its way from a server elsewhere: its bytes are checked and kept as those of SMTP are, and digested. */
import { createHash, type Hash } from 'node:crypto';
import { ContentReceiver, type ReceivedContent } from '../intake/content-receiver.ts';
import { CrlfLines } from '../intake/crlf-lines.ts';
import type { MessageFiles } from '../intake/message-files.ts';
import { type CollectedHeaders, collectedHeaders, MAX_HEAD_BYTES } from './collected-headers.ts';
import { CollectorFailure } from './collector-failure.ts';
import type { MessageSink, RemoteMessage } from './remote-mailbox.ts';

export type ContentLimits = ConstructorParameters<typeof ContentReceiver>[2];

export interface MessageStart {
  /** Of the message here. */
  readonly id: number;
  readonly remote: RemoteMessage;
  readonly traceHeader: Buffer;
  readonly limits: ContentLimits;
  readonly files: MessageFiles;
}

/** What is too large is refused and read to its end; what goes on for so much longer has none. */
const ENDLESS_BYTES = 16 * 1024 * 1024;

export class CollectedMessage implements MessageSink {
  readonly id: number;
  readonly remote: RemoteMessage;
  readonly #receiver: ContentReceiver;
  readonly #hash: Hash = createHash('sha256');
  readonly #lines = new CrlfLines();
  readonly #most: number;
  readonly #whole: (message: CollectedMessage) => Promise<void> | undefined;
  readonly #notWhole: (message: CollectedMessage, reason: string) => void;
  #head: Buffer[] = [];
  #headBytes = 0;
  #bytes = 0;
  #digest = '';

  constructor(
    { id, remote, traceHeader, limits, files }: MessageStart,
    whole: (message: CollectedMessage) => Promise<void> | undefined,
    notWhole: (message: CollectedMessage, reason: string) => void,
  ) {
    this.id = id;
    this.remote = remote;
    this.#most = Math.max(limits.maxMessageBytes, remote.sizeBytes ?? 0) + ENDLESS_BYTES;
    this.#receiver = new ContentReceiver(id, traceHeader, limits, files);
    this.#whole = whole;
    this.#notWhole = notWhole;
  }

  /** Bytes so far, as they came. */
  get bytes(): number {
    return this.#bytes;
  }

  /** SHA-256 of the bytes as they came. Known at the end. */
  get digest(): string {
    return this.#digest;
  }

  write(chunk: Buffer): Promise<void> | undefined {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#most) {
      return Promise.reject(
        new CollectorFailure('collector.protocol', `message ${this.remote.number} has no end`),
      );
    }
    this.#hash.update(chunk);
    return this.#keep(this.#lines.take(chunk));
  }

  end(): Promise<void> | undefined {
    this.#digest = this.#hash.digest('base64');
    const rest = this.#lines.rest();
    const written = rest.length === 0 ? undefined : this.#keep(rest);
    return written === undefined ? this.#whole(this) : written.then(() => this.#whole(this));
  }

  abort(reason: string): void {
    void this.discard();
    this.#notWhole(this, reason);
  }

  /** What its header says. */
  headers(): CollectedHeaders {
    return collectedHeaders(Buffer.concat(this.#head, this.#headBytes));
  }

  /** Throws ContentError; nothing is left on disk then. */
  finish(): Promise<ReceivedContent> {
    return this.#receiver.finish();
  }

  /** It is not wanted. */
  discard(): Promise<void> {
    return this.#receiver.abort();
  }

  #keep(chunk: Buffer): Promise<void> | undefined {
    if (this.#headBytes < MAX_HEAD_BYTES) {
      this.#head.push(chunk);
      this.#headBytes += chunk.length;
    }
    return this.#receiver.write(chunk);
  }
}
