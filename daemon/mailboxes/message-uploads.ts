/**
 * Large messages on their way in, piece by piece, into files that nothing names yet. Each is given up when nothing more
 * of it comes; what a crash leaves is swept at the next start.
 */
import type { Clock, Timer } from '../clock.ts';
import { MaildError } from '../errors.ts';
import { CrlfLines } from '../intake/crlf-lines.ts';
import type { MessageFile, MessageFiles } from '../intake/message-files.ts';

const maxUploads = 8;
const maxBytes = 2 * 1024 ** 3;
const idleMs = 5 * 60_000;

export interface MessageUploadsNeeds {
  readonly files: Pick<MessageFiles, 'create'>;
  /** Names the file, and later the content. */
  readonly nextContentId: () => number;
  readonly clock: Clock;
}

interface Upload {
  readonly file: MessageFile;
  readonly lines: CrlfLines;
  bytes: number;
  /** Pieces are written one after the other. */
  busy: boolean;
  timer: Timer;
}

export class MessageUploads {
  readonly #needs: MessageUploadsNeeds;
  readonly #uploads = new Map<number, Upload>();

  constructor(needs: MessageUploadsNeeds) {
    this.#needs = needs;
  }

  /** Answers the id of the upload, and how many bytes there are. */
  async write(id: number | undefined, data: Buffer): Promise<{ upload: number; sizeBytes: number }> {
    const upload = id ?? (await this.#begin());
    const one = this.#take(upload);
    one.busy = true;
    try {
      const clean = one.lines.take(data);
      one.bytes += clean.length;
      if (one.bytes > maxBytes)
        throw new MaildError('message.too_large', `a message has ${maxBytes} bytes at the most`);
      await one.file.write(clean);
    } catch (error) {
      await this.#drop(upload);
      throw error;
    }
    one.busy = false;
    one.timer.cancel();
    one.timer = this.#timer(upload);
    return { upload, sizeBytes: one.bytes };
  }

  /** The message is over: answers its file, synced, and its size. The upload is nobody's any more. */
  async finish(id: number): Promise<{ file: string; sizeBytes: number }> {
    const upload = this.#take(id);
    this.#uploads.delete(id);
    upload.timer.cancel();
    try {
      const rest = upload.lines.rest();
      await upload.file.write(rest);
      return { file: await upload.file.commit(), sizeBytes: upload.bytes + rest.length };
    } catch (error) {
      await upload.file.discard();
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#uploads.keys()].map((id) => this.#drop(id)));
  }

  async #begin(): Promise<number> {
    if (this.#uploads.size >= maxUploads)
      throw new MaildError('limit.exceeded', 'too many uploads at the same time', { temporary: true });
    const id = this.#needs.nextContentId();
    const file = await this.#needs.files.create(id);
    this.#uploads.set(id, {
      file,
      lines: new CrlfLines(),
      bytes: 0,
      busy: false,
      timer: this.#timer(id),
    });
    return id;
  }

  #take(id: number): Upload {
    const upload = this.#uploads.get(id);
    if (upload === undefined)
      throw new MaildError('upload.not_found', `there is no upload ${id}: it was given up or used`);
    if (upload.busy)
      throw new MaildError('upload.busy', `upload ${id} is being written`, { temporary: true });
    return upload;
  }

  async #drop(id: number): Promise<void> {
    const upload = this.#uploads.get(id);
    this.#uploads.delete(id);
    upload?.timer.cancel();
    await upload?.file.discard();
  }

  #timer(id: number): Timer {
    return this.#needs.clock.after(idleMs, () => void this.#drop(id));
  }
}
