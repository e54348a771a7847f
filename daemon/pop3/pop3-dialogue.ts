/**
 * The POP3 dialogue with one client: what each command means in each state. RFC 1939, RFC 2449 (CAPA), RFC 2595 4 (STLS),
 * RFC 5034 (AUTH), RFC 6856 (UTF8).
 *
 * UTF8 is taken and changes nothing: what stands in a message is sent as it is to everybody, with 8-bit headers too, which
 * RFC 6856 would have us turn into something else for who has not said UTF8.
 */
import { formatBytes, formatCount } from '../../shared/units.ts';
import { errorText } from '../errors.ts';
import { logInClient } from '../listeners/client-login.ts';
import type { ClientSocket } from '../listeners/client-socket.ts';
import { maskedLine, maskUnknown } from '../listeners/mask-command.ts';
import type { Refusal } from '../listeners/refusal.ts';
import { SaslExchange, type SaslStep, saslMechanisms } from '../listeners/sasl.ts';
import { capabilities } from './capabilities.ts';
import { Maildrop } from './maildrop.ts';
import type { Unlock } from './maildrop-locks.ts';
import { OutgoingMessage } from './outgoing-message.ts';
import { Pop3Channel } from './pop3-channel.ts';
import { type BadCommand, commandName, type Pop3Command, parseCommand } from './pop3-command.ts';
import type { Pop3Context } from './pop3-context.ts';
import { type Reply, replies } from './replies.ts';

const refusals = {
  blocked: replies.blocked,
  server_full: replies.serverFull,
  address_full: replies.addressFull,
} as const satisfies Record<Refusal, Reply>;

const badCommands = {
  unknown: replies.unknownCommand,
  syntax: replies.syntax,
  control_characters: replies.controlCharacters,
} as const satisfies Record<BadCommand, Reply>;

const failedLogins = {
  malformed: replies.badAnswer,
  cancelled: replies.cancelled,
  not_allowed: replies.badCredentials,
} as const;

export class Pop3Dialogue extends Pop3Channel {
  /** Null: AUTHORIZATION state, otherwise TRANSACTION or UPDATE. */
  #maildrop: Maildrop | null = null;
  #unlock: Unlock | null = null;
  /** What USER has named. */
  #user: string | null = null;
  #sasl: SaslExchange | null = null;
  /** What is not understood after a failed login may be a password. */
  #afterLogin = false;
  #committing = false;

  constructor(client: ClientSocket, context: Pop3Context) {
    super(client, context);
    if (client.refusal !== null) {
      this.dismiss(refusals[client.refusal]);
      return;
    }
    this.enter('authorization');
    // Without anything in angle brackets: that would offer APOP, for which passwords would have to be kept in the clear.
    this.answer(`+OK ${context.config().hostname} POP3 server ready`);
  }

  protected get loggedIn(): boolean {
    return this.#maildrop !== null;
  }

  protected get inLogin(): boolean {
    return this.#sasl !== null;
  }

  protected get committing(): boolean {
    return this.#committing;
  }

  protected takeLine(line: string): Promise<void> | void {
    if (this.#sasl !== null) {
      this.client.heard(maskedLine);
      return this.#saslStep(this.#sasl.answer(line));
    }
    const command = parseCommand(line);
    this.client.heard(this.#shown(line, command));
    if (typeof command === 'string') return this.answer(badCommands[command]);
    this.#afterLogin = command.name === 'USER' || command.name === 'PASS' || command.name === 'AUTH';
    switch (command.name) {
      case 'CAPA':
        return this.answerListing(
          replies.ok,
          capabilities(this.client, this.loggedIn, this.context.config().pop3),
        );
      case 'QUIT':
        return this.#quit();
      case 'USER':
      case 'PASS':
      case 'AUTH':
      case 'STLS':
      case 'UTF8':
        return this.#maildrop === null ? this.#authorization(command) : this.answer(replies.notNow);
      default:
        return this.#maildrop === null
          ? this.answer(replies.notNow)
          : this.#transaction(this.#maildrop, command);
    }
  }

  #shown(line: string, command: Pop3Command | BadCommand): string {
    const name = commandName(line);
    if (name === 'PASS') return `PASS ${maskedLine}`;
    if (typeof command === 'string' || command.name === 'AUTH') {
      return maskUnknown(line, this.#afterLogin && !this.loggedIn);
    }
    return line;
  }

  // AUTHORIZATION

  #authorization(command: Pop3Command): Promise<void> | void {
    switch (command.name) {
      case 'USER':
        if (!this.client.mayLogIn) return this.answer(replies.tlsFirst);
        this.#user = command.text;
        // The same answer whether or not there is such a user.
        return this.answer(replies.passwordNext);
      case 'PASS': {
        const user = this.#user;
        this.#user = null;
        if (!this.client.mayLogIn) return this.answer(replies.tlsFirst);
        return user === null ? this.answer(replies.userFirst) : this.#logIn(user, command.text);
      }
      case 'AUTH':
        return this.#auth(command.mechanism, command.initial);
      case 'STLS':
        return this.client.offersTls ? this.#startTls() : this.answer(replies.noTls);
      default:
        return this.answer(replies.utf8);
    }
  }

  async #startTls(): Promise<void> {
    this.busy = 'TLS handshake';
    this.client.said(replies.beginTls);
    // RFC 2595 4: nothing that was known of the client is known any more.
    this.forgetInput();
    this.#user = null;
    this.#afterLogin = false;
    await this.client.startTls(`${replies.beginTls}\r\n`);
  }

  #auth(mechanism: string | null, initial: string | null): Promise<void> | void {
    if (!this.client.mayLogIn) return this.answer(replies.tlsFirst);
    // Older than RFC 5034, and still asked by programs that do not know CAPA.
    if (mechanism === null) return this.answerListing(replies.ok, saslMechanisms);
    const exchange = SaslExchange.for(mechanism);
    if (exchange === null) return this.answer(replies.noMechanism);
    this.#user = null;
    this.#sasl = exchange;
    return this.#saslStep(exchange.begin(initial));
  }

  #saslStep(step: SaslStep): Promise<void> | void {
    if (step.kind === 'challenge') {
      this.client.said(`+ ${step.challenge}`);
      return this.send(`+ ${step.challenge}\r\n`);
    }
    this.#sasl = null;
    this.#afterLogin = true;
    return step.kind === 'failed'
      ? this.answer(failedLogins[step.reason])
      : this.#logIn(step.user, step.password);
  }

  async #logIn(user: string, password: string): Promise<void> {
    this.busy = 'Checking the password';
    const { log } = this.context;
    try {
      const login = await logInClient(this.client, this.context, user, password);
      if (login.ok) return await this.#openMaildrop(login.accountId);
      if (login.reason === 'credentials') return this.answer(replies.badCredentials);
      if (login.reason === 'busy') return this.answer(replies.loginBusy);
      this.dismiss(login.reason === 'blocked' ? replies.loginBlocked : replies.tooManyOfUser);
    } catch (error) {
      log.error('login could not be checked', { ...this.client.logFields, error: errorText(error) });
      this.answer(replies.localError);
    }
  }

  /** The password was right: from here it is either the maildrop, or the end. */
  async #openMaildrop(accountId: number): Promise<void> {
    if (!this.client.open) return;
    const { locks, mailboxes, config, log } = this.context;
    const lock = locks.lock(accountId, config().pop3.loginDelayMs);
    if (typeof lock === 'string') {
      log.info('maildrop refused', { ...this.client.logFields, reason: lock });
      this.dismiss(lock === 'in_use' ? replies.inUse : replies.loginDelay);
      return;
    }
    this.#unlock = lock;
    this.busy = 'Opening the mailbox';
    try {
      const maildrop = await Maildrop.open(mailboxes, accountId);
      // It may have closed meanwhile, and then the lock is free.
      if (!this.client.open) return;
      this.#maildrop = maildrop;
      this.enter('transaction');
      this.answer(`+OK ${maildrop.count} messages`);
    } catch (error) {
      log.error('mailbox could not be opened', { ...this.client.logFields, error: errorText(error) });
      this.dismiss(replies.mailboxFailed);
    }
  }

  // TRANSACTION

  #transaction(maildrop: Maildrop, command: Pop3Command): Promise<void> | void {
    switch (command.name) {
      case 'STAT':
        return this.answer(`+OK ${maildrop.count} ${maildrop.bytes}`);
      case 'LIST':
      case 'UIDL':
        return this.#list(maildrop, command.name, command.message);
      case 'RETR':
        return this.#retrieve(maildrop, command.name, command.message, null);
      case 'TOP':
        return this.#retrieve(maildrop, command.name, command.message, command.lines);
      case 'DELE': {
        const refusal = missing(maildrop, command.message);
        if (refusal !== null) return this.answer(refusal);
        maildrop.mark(command.message);
        return this.answer(replies.ok);
      }
      case 'RSET':
        maildrop.unmarkAll();
        return this.answer(replies.ok);
      default:
        return this.answer(replies.ok);
    }
  }

  #list(maildrop: Maildrop, name: 'LIST' | 'UIDL', message: number | null): Promise<void> | void {
    const row =
      name === 'LIST'
        ? (n: number) => `${n} ${maildrop.sizeOf(n)}`
        : (n: number) => `${n} ${maildrop.uniqueIdOf(n)}`;
    if (message === null) return this.answerListing(`+OK ${maildrop.count} messages`, rows(maildrop, row));
    return this.answer(missing(maildrop, message) ?? `+OK ${row(message)}`);
  }

  async #retrieve(
    maildrop: Maildrop,
    name: 'RETR' | 'TOP',
    message: number,
    bodyLines: number | null,
  ): Promise<void> {
    const refusal = missing(maildrop, message);
    if (refusal !== null) return this.answer(refusal);
    this.busy = `${name} ${message}`;
    const outgoing = await this.#outgoing(maildrop, message, bodyLines);
    if (typeof outgoing === 'string') return this.answer(outgoing);
    this.busy = () => `${name} ${message}, ${formatBytes(outgoing.sentBytes)} so far`;
    try {
      this.answer(name === 'RETR' ? `+OK ${maildrop.sizeOf(message)} octets` : replies.ok);
      this.inAnswer = true;
      await outgoing.sendTo(this.client);
      this.inAnswer = false;
    } finally {
      await outgoing.close();
    }
    if (name === 'TOP' || !this.client.open) return;
    maildrop.noteFetched(message);
    this.client.session.addMessage();
  }

  async #outgoing(
    maildrop: Maildrop,
    message: number,
    bodyLines: number | null,
  ): Promise<OutgoingMessage | Reply> {
    try {
      const stored = await maildrop.read(message);
      if (stored === undefined) return replies.messageGone;
      const outgoing = new OutgoingMessage(stored, bodyLines);
      await outgoing.open();
      return outgoing;
    } catch (error) {
      const { log } = this.context;
      log.error('message could not be read', { ...this.client.logFields, message, error: errorText(error) });
      return replies.localError;
    }
  }

  // UPDATE, and the end without it

  async #quit(): Promise<void> {
    const maildrop = this.#maildrop;
    if (maildrop === null) return this.dismiss(replies.bye);
    const { log } = this.context;
    const removing = maildrop.markedCount;
    this.#committing = true;
    this.busy = removing === 0 ? 'QUIT' : `QUIT, removing ${formatCount(removing)} messages`;
    this.enter('update');
    let reply: Reply = replies.bye;
    try {
      await maildrop.removeMarked();
      if (removing > 0) log.info('messages removed', { ...this.client.logFields, messages: removing });
    } catch (error) {
      reply = replies.nothingDeleted;
      maildrop.unmarkAll();
      log.error('messages could not be removed', { ...this.client.logFields, error: errorText(error) });
    }
    await this.#leave(maildrop);
    this.#committing = false;
    this.dismiss(reply);
  }

  /** The next session may have the maildrop. Does not reject. */
  async #leave(maildrop: Maildrop): Promise<void> {
    this.#maildrop = null;
    maildrop.rest();
    this.#unlock?.();
    this.#unlock = null;
    const { config, log } = this.context;
    try {
      if (config().pop3.markSeen) await maildrop.markSeen();
    } catch (error) {
      log.warn('messages could not be marked as seen', { ...this.client.logFields, error: errorText(error) });
    }
  }

  closed(): void {
    // QUIT has been heard: it goes its way, and unlocks.
    if (this.#committing) return;
    if (this.#maildrop !== null) void this.#leave(this.#maildrop);
    else this.#unlock?.();
  }

  protected rest(): void {
    this.#maildrop?.rest();
  }
}

/** Null: there is such a message, and it has no mark. */
function missing(maildrop: Maildrop, message: number): Reply | null {
  if (!maildrop.has(message)) return replies.noSuchMessage;
  return maildrop.isMarked(message) ? replies.deletedMessage : null;
}

function* rows(maildrop: Maildrop, row: (message: number) => string): Generator<string> {
  for (let message = 1; message <= maildrop.length; message += 1) {
    if (!maildrop.isMarked(message)) yield row(message);
  }
}
