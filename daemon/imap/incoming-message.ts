/**
 * The message of an APPEND, from its first byte to its place in a mailbox (RFC 3501 6.3.11, RFC 4315, RFC 7889).
 *
 * It does not pass the scanners: the client had it already. Line ends are made CRLF, because the structure, the sizes and
 * the parts of a message are those of such lines; NUL, which no message may have (RFC 3501 4.3), is refused.
 */
import { formatBytes } from '../../shared/units.ts';
import { errorCode } from '../errors.ts';
import { ContentReceiver } from '../intake/content-receiver.ts';
import { CrlfLines } from '../intake/crlf-lines.ts';
import { nothingKept } from '../intake/refused-error.ts';
import type { ImapAccount, ImapClient } from './imap-client.ts';
import { bad, no, type Outcome, ok, overQuota, tooLarge, tryCreate } from './outcome.ts';
import type { AppendCommand } from './parse/imap-command.ts';

/** A line of a message that is filed may be of any length: what it costs is bounded by the message. */
const ANY_LINE = Number.POSITIVE_INFINITY;
/** Repaired line ends make a message longer than its literal. */
const REPAIRED = 2;

/**
 * Why a message is not even begun; null: it may come. Whether there is the mailbox, and room in it, is asked before only
 * where a refusal spares somebody something: what is small is told when it would be filed, at the cost of nobody's trip
 * to the database.
 */
export async function refusalOf(
  command: AppendCommand,
  account: ImapAccount,
  client: ImapClient,
): Promise<Outcome | null> {
  const { mailboxes, config, freeBytes } = client.context;
  const { maxMessageBytes, queue, smtp } = config();
  if (command.utf8 && !client.utf8) return bad('UTF8 has to be enabled first');
  if (command.sizeBytes > maxMessageBytes) return tooLarge;
  if (command.sizeBytes === 0) return no('CANNOT', 'A message has to have at least one byte');
  const free = freeBytes();
  if (free !== null && free - command.sizeBytes < queue.minFreeBytes) {
    return no('OVERQUOTA', 'The server has no room');
  }
  if (command.sizeBytes <= smtp.inlineBytes) return null;
  if ((await mailboxes.find(account.accountId, command.mailbox)) === undefined) return tryCreate;
  const { usedBytes, limitBytes } = await mailboxes.quota(account.accountId);
  if (limitBytes !== null && usedBytes + command.sizeBytes > limitBytes) return overQuota;
  return null;
}

export class IncomingMessage {
  readonly command: AppendCommand;
  readonly #id: number;
  readonly #client: ImapClient;
  readonly #lines = new CrlfLines(false);
  readonly #receiver: ContentReceiver;
  #receivedBytes = 0;
  #hasNul = false;

  constructor(command: AppendCommand, client: ImapClient) {
    const { mailboxes, config, files } = client.context;
    const { maxMessageBytes, smtp, hostname } = config();
    this.command = command;
    this.#client = client;
    this.#id = mailboxes.nextContentId();
    this.#receiver = new ContentReceiver(
      this.#id,
      Buffer.alloc(0),
      {
        maxMessageBytes: maxMessageBytes * REPAIRED,
        maxLineBytes: ANY_LINE,
        inlineBytes: smtp.inlineBytes,
        maxReceivedHeaders: null,
        hostname,
      },
      files,
    );
  }

  /** As the client counts. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  write(chunk: Buffer): Promise<void> | undefined {
    this.#receivedBytes += chunk.length;
    this.#hasNul ||= chunk.includes(0);
    return this.#hasNul ? undefined : this.#receiver.write(this.#lines.take(chunk));
  }

  /** All of it has come. When the answer is OK, it is on disk. */
  async finish(account: ImapAccount): Promise<Outcome> {
    if (this.#hasNul) {
      await this.abort();
      return no('CANNOT', 'Message has a NUL in it');
    }
    const { mailboxes, files, clock, log } = this.#client.context;
    const { mailbox, flags, internalDate } = this.command;
    await this.#receiver.write(this.#lines.rest());
    const { content } = await this.#receiver.finish();
    try {
      const message = { content, flags, internalDate: internalDate ?? clock.now(), contentId: this.#id };
      const { uidValidity, uids } = await mailboxes.append(account.accountId, mailbox, [message]);
      this.#client.socket.session.addMessage();
      log.info('message appended', {
        ...this.#client.socket.logFields,
        mailbox,
        sizeBytes: content.sizeBytes,
      });
      return ok('Append completed', `APPENDUID ${uidValidity} ${uids.join(',')}`);
    } catch (error) {
      const refused = errorCode(error)?.startsWith('mailbox.') ?? false;
      if (content.file !== null && (refused || nothingKept(error))) await files.remove(content.file);
      if (errorCode(error) === 'mailbox.not_found') return tryCreate;
      throw error;
    }
  }

  /** For a person. */
  describe(): string {
    return `APPEND to ${this.command.mailbox}, ${formatBytes(this.#receivedBytes)} so far`;
  }

  /** The client has gone, or has sent nonsense after it. */
  async abort(): Promise<void> {
    await this.#receiver.abort();
  }
}
