/**
 * One message from 354 to its reply: takes the content, passes it to intake, and says what became of it.
 * Never 250 unless intake has the message on disk.
 */
import { errorCode, errorText } from '../errors.ts';
import { ContentError, type ContentProblem } from '../intake/content-error.ts';
import { ContentReceiver, type ReceivedContent } from '../intake/content-receiver.ts';
import { nothingKept, RefusedError } from '../intake/refused-error.ts';
import { transmissionProtocol } from '../intake/trace-header.ts';
import type { MessageSource } from '../queue/message.ts';
import type { MessageClient } from '../scan/screening.ts';
import type { MailTransaction } from './mail-transaction.ts';
import { formatReply, type Reply, replies } from './replies.ts';
import type { SmtpContext } from './smtp-context.ts';
import type { ContentSink } from './smtp-parser.ts';

const replyToProblem: Readonly<Record<ContentProblem, Reply>> = {
  too_large: replies.messageTooLarge,
  line_too_long: replies.messageLineTooLong,
  bare_line_end: replies.bareLineEnd,
  nul: replies.nulInMessage,
  loop: replies.mailLoop,
  disk_full: replies.storageFull,
  disk_failed: replies.localError,
};

/** What of the client goes into the trace of its message. */
export interface ClientFacts {
  readonly source: MessageSource;
  /** What it said with HELO or EHLO. */
  readonly helo: string;
  /** It said EHLO. */
  readonly extended: boolean;
  /** Version and cipher, or null in the clear. */
  readonly tls: string | null;
  /** In `relay_networks`. */
  readonly trusted: boolean;
}

export class MessageReceipt implements ContentSink {
  readonly #id: number;
  readonly #transaction: MailTransaction;
  readonly #source: MessageSource;
  readonly #client: MessageClient;
  readonly #receiver: ContentReceiver;
  readonly #context: SmtpContext;
  readonly #done: (reply: Reply, next: () => void) => void;
  #complete = false;
  /** What the client waits for, once it has sent all. */
  #doing = 'Queueing the message';

  constructor(
    transaction: MailTransaction,
    client: ClientFacts,
    context: SmtpContext,
    done: (reply: Reply, next: () => void) => void,
  ) {
    const { smtp, maxMessageBytes, hostname } = context.config();
    this.#id = context.intake.nextId();
    this.#transaction = transaction;
    this.#source = client.source;
    this.#client = { helo: client.helo, trusted: client.trusted };
    this.#context = context;
    this.#done = done;
    const traceHeader = context.trace.format({
      id: this.#id,
      helo: client.helo,
      remoteAddress: client.source.remoteAddress ?? '',
      hostname,
      protocol: transmissionProtocol({
        extended: client.extended,
        tls: client.tls !== null,
        authenticated: client.source.user !== null,
        smtpUtf8: transaction.envelope.smtpUtf8,
      }),
      tls: client.tls,
      recipient: transaction.onlyRecipient,
      at: context.clock.now(),
    });
    this.#receiver = new ContentReceiver(
      this.#id,
      traceHeader,
      { ...smtp, maxMessageBytes, hostname },
      context.files,
    );
  }

  get receivedBytes(): number {
    return this.#receiver.receivedBytes;
  }

  /** True once the client has sent all of it and waits for our word. */
  get complete(): boolean {
    return this.#complete;
  }

  write(chunk: Buffer): Promise<void> | undefined {
    return this.#receiver.write(chunk);
  }

  end(next: () => void): void {
    this.#complete = true;
    void this.#finish().then((reply) => this.#done(reply, next));
  }

  /** For a person. */
  describe(): string {
    return this.#complete ? this.#doing : `DATA, ${formatBytes(this.receivedBytes)} so far`;
  }

  /** The client went away in the middle of it. A message that is complete goes its way. */
  abort(): void {
    if (!this.#complete) void this.#receiver.abort();
  }

  /** Does not reject. */
  async #finish(): Promise<Reply> {
    try {
      const received = await this.#receiver.finish();
      return await this.#take(received);
    } catch (error) {
      return this.#refuse(error);
    }
  }

  async #take({ content, header }: ReceivedContent): Promise<Reply> {
    const { intake, files, log } = this.#context;
    const own = new Set(this.#transaction.localAddresses());
    if (header.deliveredTo.some((address) => own.has(address))) {
      if (content.file !== null) await files.remove(content.file);
      throw new ContentError('loop', 'message was delivered to this recipient before');
    }
    const refusal = intake.refusal();
    if (refusal !== null) {
      if (content.file !== null) await files.remove(content.file);
      this.#logRefusal(refusal, 'not accepting mail');
      return refusal;
    }
    try {
      const message = { ...this.#transaction.message(content, this.#source), client: this.#client };
      await intake.accept(this.#id, message, [], (what) => {
        this.#doing = what;
      });
    } catch (error) {
      if (content.file !== null && nothingKept(error)) await files.remove(content.file);
      throw error;
    }
    log.info('message accepted', {
      queueId: this.#id,
      sessionId: this.#source.sessionId ?? undefined,
      remoteAddress: this.#source.remoteAddress ?? undefined,
      user: this.#source.user ?? undefined,
      from: this.#transaction.envelope.from,
      recipients: this.#transaction.recipientCount,
      sizeBytes: content.sizeBytes,
      messageId: content.messageId,
    });
    return { code: 250, enhancedCode: '2.0.0', text: `Ok: queued as ${this.#id}` };
  }

  #refuse(error: unknown): Reply {
    const { log, statistics } = this.#context;
    if (error instanceof ContentError) {
      const reply = replyToProblem[error.problem];
      if (reply.code >= 500) statistics.add('rejectedMessages');
      else log.error('message could not be stored', { queueId: this.#id, error: error.message });
      this.#logRefusal(reply, error.message);
      return reply;
    }
    if (error instanceof RefusedError) {
      if (error.reply.code >= 500) statistics.add('rejectedMessages');
      this.#logRefusal(error.reply, error.message);
      return error.reply;
    }
    const full = errorCode(error) === 'store.full';
    log.error('message could not be queued', { queueId: this.#id, error: errorText(error) });
    return full ? replies.storageFull : replies.localError;
  }

  #logRefusal(reply: Reply, reason: string): void {
    this.#context.log.info('message refused', {
      sessionId: this.#source.sessionId ?? undefined,
      remoteAddress: this.#source.remoteAddress ?? undefined,
      user: this.#source.user ?? undefined,
      from: this.#transaction.envelope.from,
      recipients: this.#transaction.recipientCount,
      sizeBytes: this.#receiver.receivedBytes,
      reason,
      reply: formatReply(reply),
    });
  }
}

function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(0)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
