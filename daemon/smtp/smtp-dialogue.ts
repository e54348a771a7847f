/**
 * The SMTP dialogue with one client: what each command means, in order.
 *
 * What an address, a parameter or a login is worth is decided in the modules beside this one; how replies go out and how
 * the dialogue ends, in `smtp-channel.ts`; TLS and the mechanisms of AUTH are smtp-server's.
 * RFC 5321 4.1 to 4.3, RFC 2920 (pipelining), RFC 3207 (STARTTLS), RFC 4954 (AUTH).
 */
import type { TLSSocket } from 'node:tls';
import type { SMTPStream } from 'smtp-server/lib/smtp-stream.js';
import { formatAddress, isAscii } from '../../shared/address.ts';
import { errorText } from '../errors.ts';
import { maskedLine, maskUnknown } from '../listeners/mask-command.ts';
import { checkMailParameters, checkRecipientParameters } from './mail-parameters.ts';
import { MailTransaction } from './mail-transaction.ts';
import { MessageReceipt } from './message-receipt.ts';
import { parseMail, parseRecipient } from './path-command.ts';
import { formatReply, isReply, type Reply, replies } from './replies.ts';
import { SmtpChannel } from './smtp-channel.ts';
import { type LoggedIn, logIn } from './smtp-login.ts';
import { SmtpParser } from './smtp-parser.ts';

/** MAIL and RCPT with all their parameters come to 1,100 (RFC 5321 4.5.3.1, RFC 3461 4); only AUTH may be longer. */
const MAX_COMMAND_CHARACTERS = 2_048;
/** RFC 5321 4.5.3.1.2 allows a domain 255 octets. */
const MAX_HELO_CHARACTERS = 255;

const controlCharacters = /[\x00-\x08\x0a-\x1f\x7f]/;
/** A web browser made to post here by a page, or a header that came where a command should. */
const notSmtp = /^(?:GET|POST|PUT|HEAD|DELETE|OPTIONS|TRACE|CONNECT|PATCH) |^[\w-]+: /i;

/** What a command comes to: a reply now or later; null when its reply is seen to already. */
type Outcome = Reply | Promise<Reply> | null;

export class SmtpDialogue extends SmtpChannel {
  /** What was not understood after AUTH may be a password. */
  #afterAuth = false;

  /** Called by the library's constructor, before anything of ours is there. */
  override _createParser(): SMTPStream {
    const parser = new SmtpParser({
      line: (line, next) => this.#takeLine(line, next),
      longLine: (next) => {
        this._nextHandler = false;
        if (this._ready) this.answer(replies.lineTooLong, next);
        else this.dismiss(replies.spokeTooSoon);
      },
    });
    // It has no errors of its own; but an 'error' that nobody hears ends the process.
    parser.on('error', () => this.close());
    return parser;
  }

  // What the client says

  #takeLine(line: string, next: () => void): void {
    if (this._upgrading || this._closing) {
      next();
      return;
    }
    this.pace.active(this.now);
    try {
      const outcome = this.#dispatch(line, next);
      if (outcome instanceof Promise) {
        outcome.then(
          (reply) => this.answer(reply, next),
          (error: unknown) => this.fail(error, next),
        );
      } else if (outcome !== null) this.answer(outcome, next);
    } catch (error) {
      this.fail(error, next);
    }
  }

  #dispatch(line: string, next: () => void): Outcome {
    const awaited = this._nextHandler;
    if (awaited !== false) {
      this._nextHandler = false;
      this.heard(maskedLine);
      awaited.call(this, Buffer.from(line), () => this.proceed(next));
      return null;
    }
    const space = line.indexOf(' ');
    const name = (space === -1 ? line : line.slice(0, space)).toUpperCase();
    const known = commands.has(name);
    this.heard(known && name !== 'AUTH' ? line : maskUnknown(line, this.#afterAuth));
    if (known) this.#afterAuth = name === 'AUTH';

    if (!this._ready) return this.dismiss(replies.spokeTooSoon);
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
        this.endTransaction();
        this.countIdleCommand();
        return replies.ok;
      case 'NOOP':
        this.countIdleCommand();
        return replies.ok;
      case 'VRFY':
        this.countIdleCommand();
        return replies.cannotVerify;
      case 'HELP':
        this.countIdleCommand();
        return replies.help;
      case 'EXPN':
        return replies.notImplemented;
      case 'STARTTLS':
        return this.#startTls(line, next);
      case 'AUTH':
        return this.#auth(line, next);
      case 'QUIT':
        this.endTransaction();
        return this.takeLeave();
      default:
        return notSmtp.test(line) ? this.dismiss(replies.notSmtp) : replies.unknownCommand;
    }
  }

  #helo(name: 'EHLO' | 'HELO', line: string, next: () => void): Outcome {
    // RFC 2920 3.1: the last command of a group, since what we offer is not known before our answer.
    if (this.#spokeTooSoon()) return this.dismiss(replies.spokeTooSoon);
    const [, host, ...more] = line.trim().split(/\s+/);
    if (host === undefined || more.length > 0 || host.length > MAX_HELO_CHARACTERS) return replies.heloSyntax;
    this.openingCommand = name;
    this.hostNameAppearsAs = host;
    this.endTransaction();
    this.enter('ehlo');
    const lines = name === 'HELO' ? [this.name] : [this.name, ...this.#offers()];
    this.write(lines.map((text, i) => `250${i === lines.length - 1 ? ' ' : '-'}${text}`).join('\r\n'));
    this.countIdleCommand();
    this.proceed(next);
    return null;
  }

  #offers(): string[] {
    const offers = ['PIPELINING', `SIZE ${this.context.config().maxMessageBytes}`];
    if (this.context.tls === 'starttls' && !this.secure) offers.push('STARTTLS');
    if (this.#mayLogIn && this.user === null) offers.push('AUTH PLAIN LOGIN');
    offers.push('ENHANCEDSTATUSCODES', '8BITMIME', 'SMTPUTF8', 'DSN');
    return offers;
  }

  #mail(line: string): Reply {
    const { config, intake, log, protocol, statistics } = this.context;
    if (this.hostNameAppearsAs === false) return replies.heloFirst;
    if (this.transaction !== null) return replies.nestedMail;
    if (protocol === 'submission' && this.user === null && !this.accepted.trusted)
      return replies.authRequired;
    const command = parseMail(line);
    if (isReply(command)) return command;
    const parameters = checkMailParameters(command.parameters);
    if (isReply(parameters)) return parameters;
    if (!parameters.smtpUtf8 && !isAscii(line)) return replies.utf8Required;
    if (parameters.sizeBytes > config().maxMessageBytes) {
      statistics.add('rejectedMessages');
      const { sizeBytes } = parameters;
      log.info('message refused', {
        ...this.logFields(),
        sizeBytes,
        reply: formatReply(replies.messageTooLarge),
      });
      return replies.messageTooLarge;
    }
    const refusal = intake.refusal();
    if (refusal !== null) return refusal;
    const { address } = command;
    this.transaction = new MailTransaction(
      address === null ? '' : formatAddress(address),
      parameters,
      this.now,
    );
    this.enter('mail');
    return replies.senderOk;
  }

  #recipient(line: string): Reply | Promise<Reply> {
    const transaction = this.transaction;
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
    if (transaction.recipientCount >= this.context.config().smtp.maxRecipients) {
      return this.#refuseRecipient(transaction, named, replies.tooManyRecipients);
    }
    this.enter('rcpt');
    this.busy = 'Checking a recipient';
    return this.context.policy.check(address, this.accepted.trusted || this.user !== null).then((result) => {
      if (isReply(result)) return this.#refuseRecipient(transaction, named, result);
      transaction.add(named, result, parameters);
      return replies.recipientOk;
    });
  }

  #refuseRecipient(transaction: MailTransaction, recipient: string, reply: Reply): Reply {
    if (reply.code >= 500) transaction.refused += 1;
    const { from } = transaction.envelope;
    this.context.log.info('recipient refused', {
      ...this.logFields(),
      from,
      recipient,
      reply: formatReply(reply),
    });
    return reply;
  }

  #data(line: string, next: () => void): Outcome {
    const transaction = this.transaction;
    const parser = this.#parser;
    if (transaction === null || parser === null) return replies.mailFirst;
    if (transaction.recipientCount === 0) {
      return transaction.refused > 0 ? replies.noValidRecipients : replies.recipientFirst;
    }
    if (line.trim().length > 'DATA'.length) return replies.noArgument;
    const { remoteAddress } = this.accepted;
    const cipher = this.tlsOptions;
    const client = {
      source: { sessionId: this.accepted.session.id, remoteAddress, user: this.user?.user ?? null },
      helo: this.hostNameAppearsAs || '',
      extended: this.openingCommand === 'EHLO',
      tls: cipher === false ? null : `${cipher.version} ${cipher.standardName}`,
      trusted: this.accepted.trusted,
    };
    const receipt = new MessageReceipt(transaction, client, this.context, (reply, go) =>
      this.#messageDone(receipt, reply, go),
    );
    this.receipt = receipt;
    this.pace.startData(this.now);
    parser.receiveContent(receipt);
    this.enter('data');
    this.write('354 End data with <CR><LF>.<CR><LF>');
    this.proceed(next);
    return null;
  }

  #messageDone(receipt: MessageReceipt, reply: Reply, next: () => void): void {
    this.receipt = null;
    this.transaction = null;
    this.pace.endData(this.now);
    this.accepted.session.note(`message of ${receipt.receivedBytes} bytes`);
    if (reply.code < 300) {
      this.accepted.session.addMessage();
      this.forgiveErrors();
    }
    this.enter('ehlo');
    // RFC 5321 4.1.1.4: without PIPELINING nothing may follow the end of a message before its reply.
    if (this.openingCommand === 'HELO' && this.#spokeTooSoon()) this.farewell ??= replies.spokeTooSoon;
    if (this.farewell === null) this.answer(reply, next);
    else {
      this.write(formatReply(reply));
      this.dismiss(this.farewell);
    }
  }

  /** RFC 2920: some commands have to be the last of a group. Who has logged in is known, and may be forgiven. */
  #spokeTooSoon(): boolean {
    return this.user === null && this.#parser?.hasMoreInput === true;
  }

  // TLS and login, which are the library's from here

  #startTls(line: string, next: () => void): Outcome {
    if (this.context.tls !== 'starttls') return replies.notImplemented;
    if (this.transaction !== null || this.user !== null) return replies.transactionOpen;
    super.handler_STARTTLS(Buffer.from(line), next);
    return null;
  }

  /** TLS is up. What the client has said before is forgotten (RFC 3207 4.2), by the library and here. */
  secured(socket: TLSSocket): void {
    const version = socket.getProtocol() ?? 'TLS';
    if (this._ready) this.busy = null;
    this.pace.active(this.now);
    this.transaction = null;
    this.accepted.session.secured(version);
    this.accepted.session.note(`${version} ${socket.getCipher().name}`);
    this.enter('greeting');
  }

  get #mayLogIn(): boolean {
    return this.secure || this.accepted.loopback;
  }

  #auth(line: string, next: () => void): Outcome {
    if (this.hostNameAppearsAs === false) return replies.heloFirst;
    if (!this.#mayLogIn) return replies.encryptionRequired;
    if (this.user !== null) return replies.alreadyLoggedIn;
    if (this.transaction !== null) return replies.transactionOpen;
    this.enter('auth');
    super.handler_AUTH(Buffer.from(line), () => this.proceed(next));
    return null;
  }

  /** Called back by the library with what the client's mechanism came to. Does not reject. */
  async authenticate(user: string, password: string): Promise<LoggedIn | Reply> {
    this.busy = 'Checking the password';
    const { log } = this.context;
    try {
      const result = await logIn(this.context, user, password, this.accepted.remoteAddress);
      if (isReply(result)) {
        log.info('login refused', { ...this.logFields(), user, reply: formatReply(result) });
        return result;
      }
      this.accepted.session.login(result.user);
      log.info('logged in', { ...this.logFields(), user: result.user });
      return result;
    } catch (error) {
      log.error('login could not be checked', { ...this.logFields(), error: errorText(error) });
      return replies.localError;
    } finally {
      this.enter('ehlo');
    }
  }

  get #parser(): SmtpParser | null {
    return this._parser instanceof SmtpParser ? this._parser : null;
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
