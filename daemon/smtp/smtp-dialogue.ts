/**
 * The SMTP dialogue with one client: commands in order, replies, limits, and the session as an operator sees it.
 *
 * What an address, a parameter or a login is worth is decided in the modules beside this one; TLS and the mechanisms of
 * AUTH are smtp-server's. RFC 5321 4.1 to 4.3, RFC 2920 (pipelining), RFC 3207 (STARTTLS), RFC 4954 (AUTH).
 */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { SMTPServer } from 'smtp-server';
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import type { SMTPStream } from 'smtp-server/lib/smtp-stream.js';
import { formatAddress, isAscii } from '../../shared/address.ts';
import { errorText } from '../errors.ts';
import type { Session } from '../sessions/session.ts';
import type { AcceptedSocket, Dialogue } from './accepted-socket.ts';
import { ClientPace } from './client-pace.ts';
import { checkMailParameters, checkRecipientParameters } from './mail-parameters.ts';
import { MailTransaction } from './mail-transaction.ts';
import { maskedLine, maskUnknown } from './mask-command.ts';
import { MessageReceipt } from './message-receipt.ts';
import { parseMail, parseRecipient } from './path-command.ts';
import { formatReply, isReply, type Reply, replies } from './replies.ts';
import type { SmtpContext } from './smtp-context.ts';
import { type LoggedIn, logIn } from './smtp-login.ts';
import { SmtpParser } from './smtp-parser.ts';

/** MAIL and RCPT with all their parameters come to 1,100 (RFC 5321 4.5.3.1, RFC 3461 4); only AUTH may be longer. */
const MAX_COMMAND_CHARACTERS = 2_048;
/** Commands that move nothing (NOOP, RSET, VRFY, EHLO), between two messages; more of them count as errors. */
const MAX_IDLE_COMMANDS = 100;
/** RFC 5321 4.5.3.1.2 allows a domain 255 octets. */
const MAX_HELO_CHARACTERS = 255;
/** An operator who ends a session does not wait longer for a message that is being written. */
const KILL_GRACE_MS = 2_000;

const controlCharacters = /[\x00-\x08\x0a-\x1f\x7f]/;
const notSmtp = /^(?:GET|POST|PUT|HEAD|DELETE|OPTIONS|TRACE|CONNECT|PATCH) |^[\w-]+: /i;
const notInReply = /[^\x20-\x7e]/g;

/** What a command comes to: a reply now or later; null when its reply is seen to already. */
type Outcome = Reply | Promise<Reply> | null;

export class SmtpDialogue extends SMTPConnection implements Dialogue {
  readonly #accepted: AcceptedSocket;
  readonly #context: SmtpContext;
  readonly #session: Session;
  readonly #pace: ClientPace;
  /** What the client waits for us to do; null: we wait for it. */
  #busy: string | null = 'Greeting';
  #transaction: MailTransaction | null = null;
  #receipt: MessageReceipt | null = null;
  #errors = 0;
  #idleCommands = 0;
  /** What was not understood after AUTH may be a password. */
  #afterAuth = false;
  /** To be said, instead of going on, when the message that is being taken is done. */
  #farewell: Reply | null = null;
  readonly #detail = (): string => this.#receipt?.describe() ?? this.#busy ?? 'Waiting';

  constructor(
    server: SMTPServer,
    socket: Socket | TLSSocket,
    options: SMTPConnectionOptions,
    accepted: AcceptedSocket,
    context: SmtpContext,
  ) {
    super(server, socket, options);
    this.#accepted = accepted;
    this.#context = context;
    this.#session = accepted.session;
    this.#pace = new ClientPace(this.#now);
  }

  override init(): void {
    this._setListeners(() => {
      const { refusal, trusted } = this.#accepted;
      if (refusal !== null) {
        this.#dismiss(refusal);
        return;
      }
      this.#session.enter('greeting', this.#detail);
      const { greetingDelayMs } = this.#context.config().smtp;
      if (greetingDelayMs === 0 || trusted || this.#context.protocol === 'submission') this.connectionReady();
      else this.#accepted.after(greetingDelayMs, () => this.connectionReady());
    });
  }

  override _sendGreeting(): void {
    this.#busy = null;
    this.#pace.active(this.#now);
    this.#write(`220 ${this.name} ESMTP`);
  }

  /** Called by the library's constructor, before anything of ours is there. */
  override _createParser(): SMTPStream {
    return new SmtpParser({
      line: (line, next) => this.#takeLine(line, next),
      longLine: (next) => {
        this._nextHandler = false;
        if (this._ready) this.#answer(replies.lineTooLong, next);
        else this.#dismiss(replies.spokeTooSoon);
      },
    });
  }

  /** Idle clients are found by {@link sweep}: a timer for each of them costs more than the commands. */
  override _armTimeout(socket?: Socket): void {
    // The library arms a new socket as soon as there is one; nothing else tells of the TLS socket of STARTTLS.
    if (socket !== undefined) this.#accepted.top = socket;
  }

  // What the client says

  #takeLine(line: string, next: () => void): void {
    if (this._upgrading || this._closing) {
      next();
      return;
    }
    this.#pace.active(this.#now);
    try {
      const outcome = this.#dispatch(line, next);
      if (outcome instanceof Promise) {
        outcome.then(
          (reply) => this.#answer(reply, next),
          (error: unknown) => this.#fail(error, next),
        );
      } else if (outcome !== null) this.#answer(outcome, next);
    } catch (error) {
      this.#fail(error, next);
    }
  }

  #dispatch(line: string, next: () => void): Outcome {
    const awaited = this._nextHandler;
    if (awaited !== false) {
      this._nextHandler = false;
      this.#heard(maskedLine);
      awaited.call(this, Buffer.from(line), () => this.#proceed(next));
      return null;
    }
    const space = line.indexOf(' ');
    const name = (space === -1 ? line : line.slice(0, space)).toUpperCase();
    const known = commands.has(name);
    this.#heard(known && name !== 'AUTH' ? line : maskUnknown(line, this.#afterAuth));
    if (known) this.#afterAuth = name === 'AUTH';

    if (!this._ready) return this.#dismiss(replies.spokeTooSoon);
    if (line.length > MAX_COMMAND_CHARACTERS && name !== 'AUTH') return replies.lineTooLong;
    if (controlCharacters.test(line)) return replies.controlCharacters;
    switch (name) {
      case 'MAIL':
        return this.#mail(line);
      case 'RCPT':
        return this.#recipient(line);
      case 'DATA':
        return this.#data(line, next);
      case 'EHLO':
      case 'HELO':
        return this.#helo(name, line, next);
      case 'RSET':
        this.#endTransaction();
        return this.#idle(replies.ok);
      case 'NOOP':
        return this.#idle(replies.ok);
      case 'VRFY':
        return this.#idle(replies.cannotVerify);
      case 'HELP':
        return this.#idle(replies.help);
      case 'EXPN':
        return replies.notImplemented;
      case 'STARTTLS':
        return this.#startTls(line, next);
      case 'AUTH':
        return this.#auth(line, next);
      case 'QUIT':
        this.#endTransaction();
        this.#write(formatReply(replies.bye));
        this.close();
        return null;
      default:
        return notSmtp.test(line) ? this.#dismiss(replies.notSmtp) : replies.unknownCommand;
    }
  }

  #helo(name: 'EHLO' | 'HELO', line: string, next: () => void): Outcome {
    // RFC 2920 3.1: the last command of a group, since what we offer is not known before our answer.
    if (this.#spokeTooSoon()) return this.#dismiss(replies.spokeTooSoon);
    const [, host, ...more] = line.trim().split(/\s+/);
    if (host === undefined || more.length > 0 || host.length > MAX_HELO_CHARACTERS) return replies.heloSyntax;
    this.openingCommand = name;
    this.hostNameAppearsAs = host;
    this.#endTransaction();
    this.#session.enter('ehlo', this.#detail);
    const lines = name === 'HELO' ? [this.name] : [this.name, ...this.#offers()];
    this.#write(lines.map((text, i) => `250${i === lines.length - 1 ? ' ' : '-'}${text}`).join('\r\n'));
    this.#idle(replies.ok);
    this.#proceed(next);
    return null;
  }

  #offers(): string[] {
    const offers = ['PIPELINING', `SIZE ${this.#context.config().maxMessageBytes}`];
    if (this.#context.tls === 'starttls' && !this.secure) offers.push('STARTTLS');
    if (this.#mayLogIn && this.#user === null) offers.push('AUTH PLAIN LOGIN');
    offers.push('ENHANCEDSTATUSCODES', '8BITMIME', 'SMTPUTF8', 'DSN');
    return offers;
  }

  #mail(line: string): Reply {
    const { config, intake, protocol, statistics } = this.#context;
    if (this.hostNameAppearsAs === false) return replies.heloFirst;
    if (this.#transaction !== null) return replies.nestedMail;
    if (protocol === 'submission' && this.#user === null && !this.#accepted.trusted)
      return replies.authRequired;
    const command = parseMail(line);
    if (isReply(command)) return command;
    const parameters = checkMailParameters(command.parameters);
    if (isReply(parameters)) return parameters;
    if (!parameters.smtpUtf8 && !isAscii(line)) return replies.utf8Required;
    if (parameters.sizeBytes > config().maxMessageBytes) {
      statistics.add('rejectedMessages');
      return replies.messageTooLarge;
    }
    const refusal = intake.refusal();
    if (refusal !== null) return refusal;
    const { address } = command;
    this.#transaction = new MailTransaction(
      address === null ? '' : formatAddress(address),
      parameters,
      this.#now,
    );
    this.#session.enter('mail', this.#detail);
    return replies.senderOk;
  }

  #recipient(line: string): Reply | Promise<Reply> {
    const transaction = this.#transaction;
    if (transaction === null) return replies.mailFirst;
    const command = parseRecipient(line);
    if (isReply(command)) return this.#refuseRecipient(transaction, line, command);
    const parameters = checkRecipientParameters(command.parameters);
    if (isReply(parameters)) return this.#refuseRecipient(transaction, line, parameters);
    if (!transaction.envelope.smtpUtf8 && !isAscii(line)) {
      return this.#refuseRecipient(transaction, line, replies.utf8Required);
    }
    const { address } = command;
    const named = address === 'postmaster' ? address : formatAddress(address);
    if (transaction.has(named)) return replies.recipientOk;
    if (transaction.recipientCount >= this.#context.config().smtp.maxRecipients) {
      return this.#refuseRecipient(transaction, named, replies.tooManyRecipients);
    }
    this.#session.enter('rcpt', this.#detail);
    this.#busy = 'Checking a recipient';
    return this.#context.policy
      .check(address, this.#accepted.trusted || this.#user !== null)
      .then((result) => {
        if (isReply(result)) return this.#refuseRecipient(transaction, named, result);
        transaction.add(named, result, parameters);
        return replies.recipientOk;
      });
  }

  #refuseRecipient(transaction: MailTransaction, recipient: string, reply: Reply): Reply {
    if (reply.code >= 500) transaction.refused += 1;
    const { from } = transaction.envelope;
    this.#context.log.info('recipient refused', {
      ...this.#logFields(),
      from,
      recipient,
      reply: formatReply(reply),
    });
    return reply;
  }

  #data(line: string, next: () => void): Outcome {
    const transaction = this.#transaction;
    const parser = this.#parser;
    if (transaction === null || parser === null) return replies.mailFirst;
    if (transaction.recipientCount === 0) {
      return transaction.refused > 0 ? replies.noValidRecipients : replies.recipientFirst;
    }
    if (line.trim().length > 'DATA'.length) return replies.noArgument;
    const { remoteAddress } = this.#accepted;
    const cipher = this.tlsOptions;
    const client = {
      source: { sessionId: this.#session.id, remoteAddress, user: this.#user?.user ?? null },
      helo: this.hostNameAppearsAs || '',
      extended: this.openingCommand === 'EHLO',
      tls: cipher === false ? null : `${cipher.version} ${cipher.standardName}`,
    };
    const receipt = new MessageReceipt(transaction, client, this.#context, (reply, go) =>
      this.#messageDone(receipt, reply, go),
    );
    this.#receipt = receipt;
    this.#pace.startData(this.#now);
    parser.receiveContent(receipt);
    this.#session.enter('data', this.#detail);
    this.#write('354 End data with <CR><LF>.<CR><LF>');
    this.#proceed(next);
    return null;
  }

  #messageDone(receipt: MessageReceipt, reply: Reply, next: () => void): void {
    this.#receipt = null;
    this.#transaction = null;
    this.#pace.endData(this.#now);
    this.#session.note(`message of ${receipt.receivedBytes} bytes`);
    if (reply.code < 300) {
      this.#session.addMessage();
      this.#errors = 0;
      this.#idleCommands = 0;
    }
    this.#session.enter('ehlo', this.#detail);
    // RFC 5321 4.1.1.4: without PIPELINING nothing may follow the end of a message before its reply.
    if (this.openingCommand === 'HELO' && this.#spokeTooSoon()) this.#farewell ??= replies.spokeTooSoon;
    if (this.#farewell === null) this.#answer(reply, next);
    else {
      this.#write(formatReply(reply));
      this.#dismiss(this.#farewell);
    }
  }

  /** RFC 2920: some commands have to be the last of a group. Who has logged in is known, and may be forgiven. */
  #spokeTooSoon(): boolean {
    return this.#user === null && this.#parser?.hasMoreInput === true;
  }

  // TLS and login, which are the library's from here

  #startTls(line: string, next: () => void): Outcome {
    if (this.#context.tls !== 'starttls') return replies.notImplemented;
    if (this.#transaction !== null || this.#user !== null) return replies.transactionOpen;
    super.handler_STARTTLS(Buffer.from(line), next);
    return null;
  }

  override upgrade(callback: () => void, secureCallback?: () => void): void {
    this.#busy = 'TLS handshake';
    this.#session.enter('starttls', this.#detail);
    super.upgrade(callback, secureCallback);
    // The library has just taken all listeners off the socket.
    this.#accepted.watchClose();
  }

  /** TLS is up. What the client has said before is forgotten (RFC 3207 4.2), by the library and here. */
  secured(socket: TLSSocket): void {
    const version = socket.getProtocol() ?? 'TLS';
    if (this._ready) this.#busy = null;
    this.#pace.active(this.#now);
    this.#transaction = null;
    this.#session.secured(version);
    this.#session.note(`${version} ${socket.getCipher().name}`);
    this.#session.enter('greeting', this.#detail);
  }

  get #mayLogIn(): boolean {
    return this.secure || this.#accepted.loopback;
  }

  #auth(line: string, next: () => void): Outcome {
    if (this.hostNameAppearsAs === false) return replies.heloFirst;
    if (!this.#mayLogIn) return replies.encryptionRequired;
    if (this.#user !== null) return replies.alreadyLoggedIn;
    if (this.#transaction !== null) return replies.transactionOpen;
    this.#session.enter('auth', this.#detail);
    super.handler_AUTH(Buffer.from(line), () => this.#proceed(next));
    return null;
  }

  /** Called back by the library with what the client's mechanism came to. Does not reject. */
  async authenticate(user: string, password: string): Promise<LoggedIn | Reply> {
    this.#busy = 'Checking the password';
    const { log } = this.#context;
    try {
      const result = await logIn(this.#context, user, password, this.#accepted.remoteAddress);
      if (isReply(result)) {
        log.info('login refused', { ...this.#logFields(), user, reply: formatReply(result) });
        return result;
      }
      this.#session.login(result.user);
      log.info('logged in', { ...this.#logFields(), user: result.user });
      return result;
    } catch (error) {
      log.error('login could not be checked', { ...this.#logFields(), error: errorText(error) });
      return replies.localError;
    } finally {
      this.#session.enter('ehlo', this.#detail);
    }
  }

  get #user(): LoggedIn | null {
    const user: unknown = this.session.user;
    return isLoggedIn(user) ? user : null;
  }

  // What we say

  /** The library's own replies, which carry their texts. Ours go through {@link #answer}. */
  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const text = (Array.isArray(data) ? data.join(' ') : (data ?? '')).replace(notInReply, ' ');
    const enhanced = /^[245]\.\d+\.\d+ /.test(text) ? '' : this._getEnhancedStatusCode(code, context);
    // RFC 4954 4: a challenge is "334 " even when it is empty.
    this.#write(enhanced === '' ? `${code} ${text}` : `${code} ${enhanced} ${text}`);
    this.#judge(code);
  }

  #answer(reply: Reply, next: () => void): void {
    this.#write(formatReply(reply));
    this.#judge(reply.code);
    this.#proceed(next);
  }

  /** Goes on with the next command once the client has taken our replies: it may not make us buffer them. */
  #proceed(next: () => void): void {
    this.#busy = null;
    if (this._socket.writableNeedDrain) this._socket.once('drain', next);
    else next();
  }

  #fail(error: unknown, next: () => void): void {
    this.#context.log.error('command failed', { ...this.#logFields(), error: errorText(error) });
    this.#answer(replies.localError, next);
  }

  #write(reply: string): void {
    const socket = this._socket;
    // In the middle of a handshake the socket is not ours to write to.
    if (this._upgrading || this._closing || this._closed || !socket.writable) return;
    socket.write(`${reply}\r\n`, 'latin1');
    if (reply.includes('\n')) for (const line of reply.split('\r\n')) this.#session.sent(line);
    else this.#session.sent(reply);
    if (this.#context.log.enabled('trace')) {
      this.#context.log.trace('sent', { ...this.#logFields(), line: reply });
    }
  }

  #heard(line: string): void {
    this.#session.received(line);
    if (this.#context.log.enabled('trace'))
      this.#context.log.trace('received', { ...this.#logFields(), line });
  }

  #idle(reply: Reply): Reply {
    this.#idleCommands += 1;
    if (this.#idleCommands > MAX_IDLE_COMMANDS) this.#countError();
    return reply;
  }

  #judge(code: number): void {
    if (code === 421) this.#close();
    else if (code >= 500) this.#countError();
  }

  #countError(): void {
    this.#errors += 1;
    if (this.#errors >= this.#context.config().smtp.maxErrors) this.#dismiss(replies.tooManyErrors);
  }

  // The end

  #dismiss(reply: Reply): null {
    this.#write(formatReply(reply));
    this.#close();
    return null;
  }

  /** Closes, and does not wait long for the client to do the same. */
  #close(): void {
    if (this._closing || this._closed) return;
    this.close();
    this.#accepted.linger();
  }

  override close(): void {
    if (!this._closing) {
      this.#busy = 'Closing';
      this.#session.enter('closing', this.#detail);
    }
    super.close();
  }

  closed(): void {
    this.#endTransaction();
    this.#receipt?.abort();
    this._onClose();
  }

  kill(reason: string): void {
    const farewell = { ...replies.shuttingDown, text: `Session ended: ${reason}`.replace(notInReply, '?') };
    if (this._upgrading) this.#accepted.top.destroy();
    // The client of a message that is being written this moment is told what became of it, or it would send it again.
    else if (this.#receipt?.complete !== true) this.#dismiss(farewell);
    else {
      this.#farewell = farewell;
      this.#accepted.after(KILL_GRACE_MS, () => this.#dismiss(farewell));
    }
  }

  shutDown(): void {
    if (this._upgrading) this.#accepted.top.destroy();
    else if (this.#receipt === null) this.#dismiss(replies.shuttingDown);
    else this.#farewell = replies.shuttingDown;
  }

  sweep(now: number): void {
    if (this._closing || this._closed) return;
    const { smtp } = this.#context.config();
    if (this._upgrading) {
      if (this.#pace.isIdle(now, smtp)) this.#accepted.top.destroy();
      return;
    }
    // While the client waits for us, however long that takes, it is not the one who is slow (RFC 5321 4.5.3.2).
    const ours = this.#receipt === null ? this.#busy !== null : this.#receipt.complete;
    if (ours) return;
    const since = this.#transaction?.startedAt ?? null;
    const reply = this.#pace.judge(now, smtp, since, this.#receipt?.receivedBytes ?? 0);
    if (reply !== null) this.#dismiss(reply);
  }

  #endTransaction(): void {
    const transaction = this.#transaction;
    if (transaction === null) return;
    this.#transaction = null;
    if (transaction.refused > 0 && transaction.recipientCount === 0) {
      this.#context.statistics.add('rejectedMessages');
    }
  }

  get #now(): number {
    return this.#context.clock.monotonic();
  }

  get #parser(): SmtpParser | null {
    return this._parser instanceof SmtpParser ? this._parser : null;
  }

  #logFields() {
    return {
      sessionId: this.#session.id,
      remoteAddress: this.#accepted.remoteAddress,
      user: this.#user?.user,
    };
  }
}

const commands = new Set([
  'EHLO',
  'HELO',
  'MAIL',
  'RCPT',
  'DATA',
  'RSET',
  'NOOP',
  'VRFY',
  'EXPN',
  'HELP',
  'QUIT',
  'STARTTLS',
  'AUTH',
]);

function isLoggedIn(value: unknown): value is LoggedIn {
  return typeof value === 'object' && value !== null && 'accountId' in value && 'user' in value;
}
