/**
 * The line to one client beneath the commands: replies and their transcript, the limits on errors and time, and every way
 * in which the dialogue ends. What the commands mean is in `smtp-dialogue.ts`.
 */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { SMTPServer } from 'smtp-server';
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import { errorText } from '../errors.ts';
import { ClientPace, type Dawdling } from '../listeners/client-pace.ts';
import type { Dialogue } from '../listeners/dialogue.ts';
import type { AcceptedSocket } from './accepted-socket.ts';
import type { MailTransaction } from './mail-transaction.ts';
import type { MessageReceipt } from './message-receipt.ts';
import { formatReply, type Reply, replies } from './replies.ts';
import type { SmtpContext } from './smtp-context.ts';
import type { LoggedIn } from './smtp-login.ts';

/** Commands that move nothing (NOOP, RSET, VRFY, EHLO), between two messages; more of them count as errors. */
const MAX_IDLE_COMMANDS = 100;
/** An operator who ends a session does not wait longer for a message that is being written. */
const KILL_GRACE_MS = 2_000;

const farewells = { slow: replies.tooSlow, timeout: replies.timeout } as const satisfies Record<
  Dawdling,
  Reply
>;

const notInReply = /[^\x20-\x7e]/g;

export class SmtpChannel extends SMTPConnection implements Dialogue {
  protected readonly accepted: AcceptedSocket;
  protected readonly context: SmtpContext;
  protected readonly pace: ClientPace;
  /** What the client waits for us to do; null: we wait for it. */
  protected busy: string | null = 'Greeting';
  protected transaction: MailTransaction | null = null;
  /** The message that is coming, or being stored. */
  protected receipt: MessageReceipt | null = null;
  /** To be said, instead of going on, when the message that is being taken is done. */
  protected farewell: Reply | null = null;
  #errors = 0;
  #idleCommands = 0;
  readonly #detail = (): string => this.receipt?.describe() ?? this.busy ?? 'Waiting';

  constructor(
    server: SMTPServer,
    socket: Socket | TLSSocket,
    options: SMTPConnectionOptions,
    accepted: AcceptedSocket,
    context: SmtpContext,
  ) {
    super(server, socket, options);
    this.accepted = accepted;
    this.context = context;
    this.pace = new ClientPace(this.now);
  }

  override init(): void {
    this._setListeners(() => {
      const { refusal, trusted } = this.accepted;
      if (refusal !== null) {
        this.dismiss(refusal);
        return;
      }
      this.enter('greeting');
      const { greetingDelayMs } = this.context.config().smtp;
      if (greetingDelayMs === 0 || trusted || this.context.protocol === 'submission') this.connectionReady();
      else this.accepted.after(greetingDelayMs, () => this.connectionReady());
    });
  }

  override _sendGreeting(): void {
    this.busy = null;
    this.pace.active(this.now);
    this.write(`220 ${this.name} ESMTP`);
  }

  /** Idle clients are found by {@link sweep}: a timer for each of them costs more than the commands. */
  override _armTimeout(socket?: Socket): void {
    // The library arms a new socket as soon as there is one; nothing else tells of the TLS socket of STARTTLS.
    if (socket !== undefined) this.accepted.top = socket;
  }

  override upgrade(callback: () => void, secureCallback?: () => void): void {
    this.busy = 'TLS handshake';
    this.enter('starttls');
    super.upgrade(callback, secureCallback);
    // The library has just taken all listeners off the socket.
    this.accepted.watchClose();
  }

  // What we say

  /** The library's own replies, which carry their texts. Ours go through {@link answer}. */
  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const text = (Array.isArray(data) ? data.join(' ') : (data ?? '')).replace(notInReply, ' ');
    const enhanced = /^[245]\.\d+\.\d+ /.test(text) ? '' : this._getEnhancedStatusCode(code, context);
    // RFC 4954 4: a challenge is "334 " even when it is empty.
    this.write(enhanced === '' ? `${code} ${text}` : `${code} ${enhanced} ${text}`);
    this.#judge(code);
  }

  protected answer(reply: Reply, next: () => void): void {
    this.write(formatReply(reply));
    this.#judge(reply.code);
    this.proceed(next);
  }

  /** Goes on with the next command once the client has taken our replies: it may not make us buffer them. */
  protected proceed(next: () => void): void {
    if (!this._closing) this.busy = null;
    if (this._socket.writableNeedDrain) this._socket.once('drain', next);
    else next();
  }

  protected fail(error: unknown, next: () => void): void {
    this.context.log.error('command failed', { ...this.logFields(), error: errorText(error) });
    this.answer(replies.localError, next);
  }

  protected write(reply: string): void {
    const socket = this._socket;
    // In the middle of a handshake the socket is not ours to write to.
    if (this._upgrading || this._closing || this._closed || !socket.writable) return;
    socket.write(`${reply}\r\n`, 'latin1');
    if (reply.includes('\n')) for (const line of reply.split('\r\n')) this.accepted.session.sent(line);
    else this.accepted.session.sent(reply);
    if (this.context.log.enabled('trace')) {
      this.context.log.trace('sent', { ...this.logFields(), line: reply });
    }
  }

  protected heard(line: string): void {
    this.accepted.session.received(line);
    if (this.context.log.enabled('trace')) this.context.log.trace('received', { ...this.logFields(), line });
  }

  /** For a command that moves nothing. */
  protected countIdleCommand(): void {
    this.#idleCommands += 1;
    if (this.#idleCommands > MAX_IDLE_COMMANDS) this.#countError();
  }

  /** A message has been taken: this client is here for what we are here for. */
  protected forgiveErrors(): void {
    this.#errors = 0;
    this.#idleCommands = 0;
  }

  #judge(code: number): void {
    if (code === 421) this.#close();
    else if (code >= 500) this.#countError();
  }

  #countError(): void {
    this.#errors += 1;
    if (this.#errors >= this.context.config().smtp.maxErrors) this.dismiss(replies.tooManyErrors);
  }

  // The end

  protected dismiss(reply: Reply): null {
    this.write(formatReply(reply));
    this.#close();
    return null;
  }

  /**
   * After QUIT: nothing may come from the client any more, so nothing of ours can be lost by not waiting for its end of
   * the connection. Most clients close at once, and hearing of it as an error costs as much as two commands.
   */
  protected takeLeave(): null {
    this.write(formatReply(replies.bye));
    this.close();
    this._socket.destroySoon();
    return null;
  }

  /** Closes, and does not wait long for the client to do the same. */
  #close(): void {
    if (this._closing || this._closed) return;
    this.close();
    this.accepted.linger();
  }

  override close(): void {
    if (!this._closing) {
      this.busy = 'Closing';
      this.enter('closing');
    }
    super.close();
  }

  closed(): void {
    this.endTransaction();
    this.receipt?.abort();
    this._onClose();
  }

  kill(reason: string): void {
    const farewell = { ...replies.shuttingDown, text: `Session ended: ${reason}`.replace(notInReply, '?') };
    if (this._upgrading) this.accepted.top.destroy();
    // The client of a message that is being written this moment is told what became of it, or it would send it again.
    else if (this.receipt?.complete !== true) this.dismiss(farewell);
    else {
      this.farewell = farewell;
      this.accepted.after(KILL_GRACE_MS, () => this.dismiss(farewell));
    }
  }

  shutDown(): void {
    if (this._upgrading) this.accepted.top.destroy();
    else if (this.receipt === null) this.dismiss(replies.shuttingDown);
    else this.farewell = replies.shuttingDown;
  }

  sweep(now: number): void {
    if (this._closing || this._closed) return;
    const { smtp } = this.context.config();
    if (this._upgrading) {
      if (this.pace.isIdle(now, smtp)) this.accepted.top.destroy();
      return;
    }
    // While the client waits for us, however long that takes, it is not the one who is slow (RFC 5321 4.5.3.2).
    const ours = this.receipt === null ? this.busy !== null : this.receipt.complete;
    if (ours) return;
    const since = this.transaction?.startedAt ?? null;
    const dawdling = this.pace.judge(now, smtp, since, this.receipt?.receivedBytes ?? 0);
    if (dawdling !== null) this.dismiss(farewells[dawdling]);
  }

  protected endTransaction(): void {
    const transaction = this.transaction;
    if (transaction === null) return;
    this.transaction = null;
    if (transaction.refused > 0 && transaction.recipientCount === 0) {
      this.context.statistics.add('rejectedMessages');
    }
  }

  protected get now(): number {
    return this.context.clock.monotonic();
  }

  protected logFields() {
    return {
      sessionId: this.accepted.session.id,
      remoteAddress: this.accepted.remoteAddress,
      user: this.user?.user,
    };
  }

  protected enter(state: string): void {
    this.accepted.session.enter(state, this.#detail);
  }

  protected get user(): LoggedIn | null {
    const user: unknown = this.session.user;
    return isLoggedIn(user) ? user : null;
  }
}

function isLoggedIn(value: unknown): value is LoggedIn {
  return typeof value === 'object' && value !== null && 'accountId' in value && 'user' in value;
}
