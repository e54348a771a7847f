/**
 * A message on its way to a client, whole or cut after some lines: what is small from memory, what is large from its file in
 * pieces, each after the client has taken the one before.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { MaildError } from '../errors.ts';
import type { ClientSocket } from '../listeners/client-socket.ts';
import type { StoredMessage } from '../mailboxes/mailboxes-port.ts';
import { DotStuffing } from './dot-stuffing.ts';
import { TopLines } from './top-lines.ts';

const PIECE_BYTES = 64 * 1024;

export class OutgoingMessage {
  /** Bytes of the message that have been handed on. */
  sentBytes = 0;
  readonly #message: StoredMessage;
  readonly #stuffing = new DotStuffing();
  readonly #top: TopLines | null;
  #file: FileHandle | null = null;

  /** @param bodyLines Null: the whole message. */
  constructor(message: StoredMessage, bodyLines: number | null) {
    this.#message = message;
    this.#top = bodyLines === null ? null : new TopLines(bodyLines);
  }

  /** To be done before anything is said: a file that is not there is found out here. */
  async open(): Promise<void> {
    const { path } = this.#message.content;
    if (path !== null) this.#file = await open(path, 'r');
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  /** With the dot at its end. Rejects with `pop3.content_cut` when a file ends too early: then it cannot be ended either. */
  async sendTo(client: ClientSocket): Promise<void> {
    const { headers, content } = this.#message;
    this.#send(client, headers);
    if (content.inline !== null) {
      if (!this.#send(client, content.inline)) await client.drained();
    } else await this.#sendFile(client, content.sizeBytes);
    if (!client.write(this.#stuffing.end())) await client.drained();
  }

  async #sendFile(client: ClientSocket, sizeBytes: number): Promise<void> {
    if (this.#file === null) throw new MaildError('pop3.content_missing', 'message has no content');
    for (let at = 0; at < sizeBytes && client.open && this.#top?.done !== true; ) {
      const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, sizeBytes - at));
      const { bytesRead } = await this.#file.read(piece, 0, piece.length, at);
      if (bytesRead === 0) throw new MaildError('pop3.content_cut', `message ends after ${at} bytes`);
      at += bytesRead;
      if (!this.#send(client, piece.subarray(0, bytesRead))) await client.drained();
    }
  }

  /** False: the client is behind. */
  #send(client: ClientSocket, bytes: Buffer): boolean {
    const part = this.#top?.take(bytes) ?? bytes;
    this.sentBytes += part.length;
    return client.write(this.#stuffing.take(part));
  }
}
