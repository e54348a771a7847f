/**
 * Messages on their way into a mailbox, many a call: each call is one sync of the daemon. One call is under way while the
 * next batch is read. Large messages go up in pieces first.
 */
import type { Params } from '../../shared/api/index.ts';
import type { Context } from '../context.ts';

/** A frame of the API may hold 8 MiB; what is parsed at once keeps the daemon from other work. */
const maxBatchBytes = 1024 * 1024;
const maxBatchMessages = 250;
const pieceBytes = 1024 * 1024;
const callTimeoutMs = 60_000;

export interface MessageToAppend {
  readonly origin: string;
  readonly mailbox: string;
  readonly flags: readonly string[];
  readonly internalDate: Date;
  readonly bytes: Buffer;
}

export type AppendOutcome =
  | { readonly origin: string; readonly bytes: number }
  | { readonly origin: string; readonly reason: string };

type Entry = Params<'mailboxes.append'>['messages'][number];

/** With these the next message fares no better. */
const fatal = /^(mailbox\.(over_quota|not_found)|account\.|store\.|limit\.)/;

export class AppendBatch {
  readonly #account: string;
  readonly #call: Context['call'];
  readonly #done: (outcome: AppendOutcome) => Promise<void>;
  #waiting: MessageToAppend[] = [];
  #waitingBytes = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(account: string, call: Context['call'], done: (outcome: AppendOutcome) => Promise<void>) {
    this.#account = account;
    this.#call = call;
    this.#done = done;
  }

  /** Rejects with why an earlier one could not be stored, when no other can be either. */
  async add(message: MessageToAppend): Promise<void> {
    const [first] = this.#waiting;
    const full =
      this.#waiting.length >= maxBatchMessages || this.#waitingBytes + message.bytes.length > maxBatchBytes;
    if (first !== undefined && (full || first.mailbox !== message.mailbox)) await this.#send();
    this.#waiting.push(message);
    this.#waitingBytes += message.bytes.length;
  }

  async flush(): Promise<void> {
    if (this.#waiting.length > 0) await this.#send();
    await this.#running;
  }

  async #send(): Promise<void> {
    await this.#running;
    const messages = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#running = this.#append(messages);
    // Waited for, and its failure heard, with the next batch or at the end.
    this.#running.catch(() => undefined);
  }

  /** Together; and when that is refused, one by one, to find out which. */
  async #append(messages: readonly MessageToAppend[]): Promise<void> {
    const [first] = messages;
    if (first === undefined) return;
    const { mailbox } = first;
    try {
      const entries: Entry[] = [];
      for (const message of messages) entries.push(await this.#entry(message));
      const order = { account: this.#account, mailbox, messages: entries };
      await this.#call('mailboxes.append', order, callTimeoutMs);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (messages.length > 1) {
        for (const message of messages) await this.#append([message]);
        return;
      }
      await this.#done({ origin: first.origin, reason: error.message });
      return;
    }
    for (const { origin, bytes } of messages) await this.#done({ origin, bytes: bytes.length });
  }

  async #entry({ flags, internalDate, bytes }: MessageToAppend): Promise<Entry> {
    const meta = { flags: [...flags], internalDate: internalDate.toISOString() };
    if (bytes.length <= pieceBytes) return { ...meta, content: { data: bytes.toString('base64') } };
    let upload: number | undefined;
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const data = bytes.toString('base64', at, at + pieceBytes);
      const piece = { ...(upload !== undefined && { upload }), data };
      ({ upload } = await this.#call('mailboxes.upload', piece, callTimeoutMs));
    }
    return { ...meta, content: { upload: upload ?? 0 } };
  }
}

/** The daemon says no to this one, and may say yes to others. */
const isRefusal = (error: unknown): error is Error =>
  error instanceof Error &&
  'kind' in error &&
  error.kind === 'rpc' &&
  'code' in error &&
  typeof error.code === 'string' &&
  !fatal.test(error.code);
