/**
 * nodemailer's SMTPConnection with what it lacks for a mail server: DSN parameters for each recipient (RFC 3461 4),
 * SMTPUTF8 on request, the reply to each RCPT, a transcript with secrets masked, and a bound on what a server may say.
 *
 * The only file that knows nodemailer's inner names; they are checked at load against the pinned version.
 */
import type { Socket } from 'node:net';
import { encodeXText } from 'nodemailer/lib/shared';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Envelope, EnvelopeRecipient } from '../queue/message.ts';
import { isPositive, parseReply, type Reply } from './reply.ts';

/** What of nodemailer 10.6.0 is used here and not in its declarations. */
interface Internals {
  _supportedExtensions: readonly string[];
  _maxAllowedSize: number;
  _sendCommand(command: string, logged?: string): void;
  _onData(chunk: Buffer): void;
  _actionMAIL(reply: string, done: (error: Error | null) => void): void;
  _actionRCPT(reply: string, done: (error: Error | null) => void): void;
}
type Options = ConstructorParameters<typeof SMTPConnection>[0] & object;
const Base = SMTPConnection as unknown as new (options: Options) => SMTPConnection & Internals;
for (const name of ['_sendCommand', '_onData', '_actionMAIL', '_actionRCPT']) {
  if (!(name in SMTPConnection.prototype))
    throw new Error(`nodemailer has no ${name}: not the version pinned`);
}

export interface Wire {
  sent(line: string): void;
  received(line: string): void;
  /** The server took DATA; the content goes out now. */
  dataStarted(): void;
  /** The final dot was written. */
  dotSent(): void;
}

/** All that a server may say between two commands: the longest EHLO reply is a fraction of it. */
const MAX_REPLY_BYTES = 64 * 1024;
const MASK = '***';
/**
 * A message up to this size leaves with its final dot in one write. Dot-stuffing at most doubles it, and then it must
 * still be below what a socket buffers (16 KiB): beyond that a corked socket would wait for itself.
 */
const MAX_CORKED_BYTES = 7 * 1024;

export class OutgoingConnection extends Base {
  readonly #wire: Wire;
  #secrets: readonly string[] = [];
  #authenticating = false;
  #bytesSinceCommand = 0;
  #utf8 = false;
  #parameters: readonly string[] = [];
  #commands = 0;
  #replies: Reply[] = [];
  #mailRefused = false;
  #securing = false;
  #small = false;
  #corked: Socket | null = null;

  constructor(options: Options, wire: Wire) {
    super({
      ...options,
      maxResponseSize: MAX_REPLY_BYTES,
      transactionLog: true,
      logger: {
        debug: (entry: { tnx?: string }, text: string) => {
          if (entry.tnx === 'server') this.#received(text);
        },
        info: (entry: { tnx?: string }) => {
          if (entry.tnx !== 'message') return;
          this.#uncork();
          wire.dotSent();
        },
        warn: () => {},
        error: () => {},
      },
    });
    this.#wire = wire;
  }

  supports(extension: 'DSN' | 'SMTPUTF8' | '8BITMIME' | 'SIZE' | 'PIPELINING'): boolean {
    return this._supportedExtensions.includes(extension);
  }

  /** Largest message that the server takes, in bytes; 0 when it did not say. */
  get maxSizeBytes(): number {
    return this._maxAllowedSize;
  }

  /** Replies to the RCPT commands of the transaction, in their order, as far as they came. */
  get recipientReplies(): readonly Reply[] {
    return this.#replies;
  }

  /** To be called before each `send`, with its recipients in the same order. */
  begin(envelope: Envelope, recipients: readonly EnvelopeRecipient[], sizeBytes: number): void {
    this.#small = sizeBytes <= MAX_CORKED_BYTES;
    const dsn = this.supports('DSN');
    this.#utf8 = envelope.smtpUtf8 && this.supports('SMTPUTF8');
    this.#parameters = recipients.map((recipient) => (dsn ? dsnParameters(recipient) : ''));
    this.#commands = 0;
    this.#replies = [];
  }

  /** From the STARTTLS command until TLS is there or was refused. */
  get securing(): boolean {
    return this.#securing && !this.secure;
  }

  /** What must never be shown, should the server repeat it. */
  beginAuth(user: string, password: string): void {
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    this.#secrets = [password, base64(password), base64(`\0${user}\0${password}`)].filter((s) => s !== '');
    this.#authenticating = true;
  }

  endAuth(): void {
    this.#authenticating = false;
  }

  /** The text without our password. */
  masked(text: string): string {
    return this.#secrets.reduce((result, secret) => result.replaceAll(secret, MASK), text);
  }

  override _sendCommand(command: string, logged?: string): void {
    this.#bytesSinceCommand = 0;
    // Any other command in the clear means that TLS was refused.
    this.#securing = command === 'STARTTLS';
    const line = this.#withParameters(command);
    if (!this.#authenticating) this.#wire.sent(line);
    else this.#wire.sent(/^(AUTH \S+)/.exec(logged ?? line)?.[1]?.concat(' ', MASK) ?? MASK);
    super._sendCommand(line, logged);
  }

  override _onData(chunk: Buffer): void {
    this.#bytesSinceCommand += chunk.length;
    // The library bounds one reply, not how many come unasked: empty lines would pile up faster than it reads them.
    if (this.#bytesSinceCommand > MAX_REPLY_BYTES) {
      this.emit('error', new Error('The server says more than any reply needs'));
      this.close();
      return;
    }
    super._onData(chunk);
  }

  override _actionMAIL(reply: string, done: (error: Error | null) => void): void {
    this.#mailRefused = !isPositive(parseReply(reply));
    super._actionMAIL(reply, done);
  }

  override _actionRCPT(reply: string, done: (error: Error | null) => void): void {
    // Pipelined behind a MAIL that was refused: what is said of a recipient then (503) is not about the recipient.
    if (!this.#mailRefused) this.#replies.push(parseReply(reply));
    super._actionRCPT(reply, done);
  }

  #received(text: string): void {
    const shown = this.masked(text);
    for (const line of shown.split('\n')) this.#wire.received(line);
    if (!text.startsWith('354')) return;
    this.#wire.dataStarted();
    if (!this.#small || !this._socket) return;
    this.#corked = this._socket;
    this.#corked.cork();
  }

  #uncork(): void {
    this.#corked?.uncork();
    this.#corked = null;
  }

  #withParameters(command: string): string {
    if (command.startsWith('RCPT TO:')) return command + (this.#parameters[this.#commands++] ?? '');
    // The library adds SMTPUTF8 for the addresses only; headers may need it too (RFC 6531 3.4).
    if (this.#utf8 && command.startsWith('MAIL FROM:') && !/ SMTPUTF8\b/.test(command.replace(/<.*>/, ''))) {
      return `${command} SMTPUTF8`;
    }
    return command;
  }
}

function dsnParameters({ notify, originalRecipient }: EnvelopeRecipient): string {
  const given = notify === null ? '' : ` NOTIFY=${notify}`;
  if (originalRecipient === null) return given;
  const [type = '', ...address] = originalRecipient.split(';');
  return `${given} ORCPT=${type};${encodeXText(address.join(';'))}`;
}
