/**
 * What each thing that a client says comes to: commands are obeyed and answered, those of more than one line are taken step
 * by step (AUTHENTICATE, IDLE, APPEND, STARTTLS). What a command means is in `commands.ts` and beside it; when the next thing
 * is taken, and how the dialogue ends, in `imap-dialogue.ts`.
 */
import { errorCode, errorText } from '../errors.ts';
import { MAX_SASL_CHARACTERS, type SaslStep } from '../listeners/sasl.ts';
import { Authentication, exchangeFailed, logIn, noSuchMechanism, refusalOfLogin } from './authentication.ts';
import { obey } from './commands.ts';
import { CONTENT_CUT } from './fetch/message-bytes.ts';
import { Idling } from './idling.ts';
import { ClientGoneError, type ImapClient } from './imap-client.ts';
import { IncomingMessage, refusalOf } from './incoming-message.ts';
import { bad, type Outcome, ok, outcomeOf, outcomeText } from './outcome.ts';
import type { ImapCommand } from './parse/imap-command.ts';
import {
  type CommandReaderPort,
  limitsAfterLogin,
  limitsBeforeLogin,
  type ReaderEvent,
} from './parse/reader-event.ts';
import { RunningCommand } from './running-command.ts';
import { deselect } from './select-command.ts';
import type { SelectedMailbox } from './selected-mailbox.ts';

/** Who has not logged in has little to ask. */
const MAX_COMMANDS_BEFORE_LOGIN = 100;
/** `DONE` */
const MAX_DONE_CHARACTERS = 16;

const selects = /^\S+ (?:SELECT|EXAMINE) /i;

type EventOf<K extends ReaderEvent['kind']> = Extract<ReaderEvent, { readonly kind: K }>;
type Answer = Outcome | Promise<Outcome>;

/** RFC 2180 3.3: others may go on with a mailbox that is no longer there; here they are sent away. */
const mailboxGone = 'The mailbox is no longer there';
const logInFirst = bad('Log in first');

export class Conversation {
  readonly #client: ImapClient;
  /** Throws away what has come and was not read yet. */
  readonly #discardInput: () => void;
  #reader: CommandReaderPort;
  #running: RunningCommand | null = null;
  #message: IncomingMessage | null = null;
  #authentication: Authentication | null = null;
  #idling: Idling | null = null;
  #errors = 0;
  #commands = 0;
  #state = '';
  #folder: string | null = null;

  constructor(client: ImapClient, discardInput: () => void) {
    this.#client = client;
    this.#discardInput = discardInput;
    this.#reader = this.#newReader();
    this.#noteState();
  }

  // For the dialogue

  push(chunk: Buffer): void {
    this.#reader.push(chunk);
  }

  next(): ReaderEvent | null {
    return this.#reader.next();
  }

  /** A command has begun and is not whole yet. */
  get partial(): boolean {
    return this.#reader.midCommand;
  }

  /** A message is coming. */
  get receiving(): boolean {
    return this.#message !== null;
  }

  /** Of the message that is coming. */
  get receivedBytes(): number {
    return this.#message?.receivedBytes ?? 0;
  }

  /** Nobody waits for the answer any more. */
  cutShort(): void {
    this.#running?.cutShort();
  }

  close(): void {
    this.cutShort();
    void this.#endIdling();
    void this.#message?.abort();
    this.#message = null;
    this.#client.unselect();
  }

  /** Undefined: it is done. */
  take(event: ReaderEvent): Promise<void> | undefined {
    switch (event.kind) {
      case 'command':
        this.#client.socket.heard(event.text);
        return this.#obey(event);
      case 'rejected':
        this.#client.socket.heard(event.text);
        return this.#reject(event);
      case 'continue':
        this.#client.send('+ OK');
        return undefined;
      case 'message':
        this.#client.socket.heard(event.text);
        return this.#offer(event);
      case 'data':
        return this.#message?.write(event.bytes);
      case 'line':
        return this.#answer(event.line);
    }
  }

  // What is done

  #obey({ tag, command, text }: EventOf<'command'>): Promise<void> | undefined {
    if (this.#client.account === null) {
      this.#commands += 1;
      if (this.#commands > MAX_COMMANDS_BEFORE_LOGIN)
        this.#client.farewell = 'Too many commands without a login';
    }
    switch (command.name) {
      case 'LOGOUT':
        this.#client.untagged('BYE Logging out');
        this.#client.send(`${tag} OK Logout completed`);
        this.#client.socket.end();
        return undefined;
      case 'STARTTLS':
        return this.#startTls(tag, command);
      case 'AUTHENTICATE':
        return this.#authenticate(tag, command);
      case 'IDLE':
        return this.#idle(tag, command);
    }
    const running = new RunningCommand(tag, command, text);
    return this.#run(running, () => this.#answerTo(running));
  }

  #answerTo(running: RunningCommand): Answer {
    const { command } = running;
    const client = this.#client;
    switch (command.name) {
      case 'LOGIN':
        return refusalOfLogin(client) ?? logIn(client, command.user, command.password);
      case 'APPEND':
        return this.#file();
      default:
        return obey(client, running);
    }
  }

  #run(running: RunningCommand, work: () => Answer): Promise<void> | undefined {
    this.#running = running;
    try {
      const answer = work();
      if (!(answer instanceof Promise)) return this.#finish(running, answer);
      return answer
        .catch((error: unknown) => this.#failed(running, error))
        .then((outcome) => (outcome === null ? undefined : this.#finish(running, outcome)));
    } catch (error) {
      const outcome = this.#failed(running, error);
      return outcome === null ? undefined : this.#finish(running, outcome);
    }
  }

  /** Null: there is nobody left to answer. */
  #failed(running: RunningCommand, error: unknown): Outcome | null {
    if (error instanceof ClientGoneError || !this.#client.socket.open) return null;
    if (this.#client.farewell !== null && running.isCutShort) return null;
    // The client takes what is said next for the rest of a literal: there is nothing to say but to go.
    if (errorCode(error) === CONTENT_CUT) throw error;
    const { outcome, unexpected } = outcomeOf(error);
    if (unexpected) {
      const { name } = running.command;
      this.#client.context.log.error('command failed', {
        ...this.#client.socket.logFields,
        command: name,
        error: errorText(error),
      });
    }
    return outcome;
  }

  #finish(running: RunningCommand, outcome: Outcome): Promise<void> | undefined {
    this.#running = null;
    const { tag, command } = running;
    if (command.name === 'SELECT' || command.name === 'EXAMINE') {
      // Numbers in its answers are those of the mailbox as it was opened.
      return this.#conclude(
        tag,
        outcome,
        this.#resyncPoint((selected) => selected.firstResyncPoint()),
      );
    }
    return this.#reply(tag, outcome, mayRenumber(command));
  }

  /** Ends a command: what others have changed, then the tagged response, then what comes of it. */
  #reply(tag: string, outcome: Outcome, renumber: boolean): Promise<void> | undefined {
    const told = this.#client.update(renumber);
    const resyncPoint = this.#resyncPoint((selected) => selected.resyncPoint());
    if (told === undefined) return this.#conclude(tag, outcome, resyncPoint);
    return told.then(() => this.#conclude(tag, outcome, resyncPoint));
  }

  #resyncPoint(of: (selected: SelectedMailbox) => number | null): number | null {
    const { qresync, selected } = this.#client;
    return qresync && selected !== null ? of(selected) : null;
  }

  #conclude(tag: string, outcome: Outcome, resyncPoint: number | null): Promise<void> | undefined {
    const client = this.#client;
    if (resyncPoint !== null) client.untagged(`OK [HIGHESTMODSEQ ${resyncPoint}] You know all up to it`);
    client.send(`${tag} ${outcomeText(outcome)}`);
    this.#reader.utf8 = client.utf8;
    if (client.account !== null && this.#reader.limits === limitsBeforeLogin) {
      this.#reader.limits = {
        ...limitsAfterLogin,
        commandBytes: this.#client.context.config().imap.maxLineBytes,
      };
    }
    this.#judge(outcome);
    this.#noteState();
    if (client.selected?.view.gone === true) client.farewell ??= mailboxGone;
    return client.keepsUp();
  }

  #judge({ status }: Outcome): void {
    if (status === 'OK') this.#errors = Math.max(0, this.#errors - 1);
    else if (status === 'BAD' || this.#client.account === null) this.#errors += 1;
    if (this.#errors >= this.#client.context.config().imap.maxErrors)
      this.#client.farewell = 'Too many errors';
  }

  #reject({ tag, status, code, reason, fatal, text }: EventOf<'rejected'>): Promise<void> | undefined {
    void this.#message?.abort();
    this.#message = null;
    this.#authentication = null;
    if (fatal) this.#client.farewell = 'Cannot follow you';
    // RFC 3501 6.3.1: with NO to SELECT nothing is selected, also when it is a name that no mailbox can have.
    if (status === 'NO' && selects.test(text)) deselect(this.#client);
    const outcome: Outcome = { status, code, text: reason };
    const telling = this.#endIdling();
    if (telling === undefined) return this.#reply(tag ?? '*', outcome, false);
    return telling.then(() => this.#reply(tag ?? '*', outcome, false));
  }

  // Commands of more than one line

  async #startTls(tag: string, command: ImapCommand): Promise<void> {
    if (this.#client.account !== null || !this.#client.socket.offersTls) {
      return this.#run(new RunningCommand(tag, command, ''), () => bad('Not possible now'));
    }
    // What has been said up to here may have been said by somebody else (RFC 3501 6.2.1).
    this.#discardInput();
    this.#reader = this.#newReader();
    const reply = `${tag} OK Begin TLS now`;
    this.#client.socket.said(reply);
    await this.#client.socket.startTls(`${reply}\r\n`);
  }

  #authenticate(
    tag: string,
    command: Extract<ImapCommand, { name: 'AUTHENTICATE' }>,
  ): Promise<void> | undefined {
    const running = new RunningCommand(tag, command, '');
    const refusal = refusalOfLogin(this.#client);
    if (refusal !== null) return this.#run(running, () => refusal);
    const authentication = Authentication.begin(running, command.mechanism);
    if (authentication === null) return this.#run(running, () => noSuchMechanism);
    return this.#step(authentication, authentication.first(command.initialResponse));
  }

  #step(authentication: Authentication, step: SaslStep): Promise<void> | undefined {
    const { running } = authentication;
    this.#authentication = null;
    switch (step.kind) {
      case 'challenge':
        this.#authentication = authentication;
        this.#reader.expectLine(MAX_SASL_CHARACTERS);
        this.#client.send(`+ ${step.challenge}`);
        return undefined;
      case 'failed':
        return this.#run(running, () => exchangeFailed(step.reason));
      case 'credentials':
        return this.#run(running, () => logIn(this.#client, step.user, step.password));
    }
  }

  #idle(tag: string, command: ImapCommand): Promise<void> | undefined {
    if (this.#client.account === null) {
      return this.#run(new RunningCommand(tag, command, ''), () => logInFirst);
    }
    this.#reader.expectLine(MAX_DONE_CHARACTERS);
    this.#client.send('+ idling');
    this.#idling = new Idling(tag, this.#client, () => this.#client.bye(mailboxGone));
    return undefined;
  }

  #answer(line: string): Promise<void> | undefined {
    if (this.#authentication !== null) {
      this.#client.socket.heard('***');
      return this.#step(this.#authentication, this.#authentication.next(line));
    }
    this.#client.socket.heard(line);
    const tag = this.#idling?.tag ?? '*';
    const telling = this.#endIdling();
    const outcome = line.toUpperCase() === 'DONE' ? ok('Idle completed') : bad('Expected DONE');
    if (telling === undefined) return this.#reply(tag, outcome, true);
    return telling.then(() => this.#reply(tag, outcome, true));
  }

  /** A promise when it is in the middle of telling something. */
  #endIdling(): Promise<void> | undefined {
    const telling = this.#idling?.end();
    this.#idling = null;
    return telling;
  }

  // APPEND

  async #offer({ tag, command, synchronising, text }: EventOf<'message'>): Promise<void> {
    const { account } = this.#client;
    const running = new RunningCommand(tag, command, text);
    let refusal: Outcome | null = logInFirst;
    try {
      if (account !== null) refusal = await refusalOf(command, account, this.#client);
    } catch (error) {
      refusal = this.#failed(running, error);
    }
    if (!this.#client.socket.open) return;
    if (refusal !== null) {
      this.#reader.refuseMessage();
      await this.#finish(running, refusal);
      return;
    }
    this.#message = new IncomingMessage(command, this.#client);
    this.#reader.acceptMessage();
    if (synchronising) this.#client.send('+ OK');
  }

  #file(): Answer {
    const message = this.#message;
    const { account } = this.#client;
    this.#message = null;
    if (message === null || account === null) return bad('There is no message');
    return message.finish(account);
  }

  // What people see

  #noteState(): void {
    const { account, selected } = this.#client;
    const state = account === null ? 'not authenticated' : selected === null ? 'authenticated' : 'selected';
    const folder = selected?.name ?? null;
    if ((state === this.#state && folder === this.#folder) || !this.#client.socket.open) return;
    this.#state = state;
    this.#folder = folder;
    const { session } = this.#client.socket;
    session.select(() => this.#client.selected?.name ?? null);
    session.enter(state, () => this.#detail());
  }

  #detail(): string {
    const folder = this.#client.selected?.name;
    if (this.#idling !== null) return 'IDLE';
    if (this.#message !== null) return this.#message.describe();
    if (this.#running === null) return 'Waiting';
    const { shown, inMailbox } = this.#running;
    return folder === undefined || !inMailbox ? shown : `${shown} in ${folder}`;
  }

  #newReader(): CommandReaderPort {
    const reader = this.#client.context.newReader();
    reader.limits = limitsBeforeLogin;
    return reader;
  }
}

/** RFC 3501 7.4.1: sequence numbers stay while FETCH, STORE or SEARCH count by them. */
function mayRenumber(command: ImapCommand): boolean {
  if (command.name !== 'FETCH' && command.name !== 'STORE' && command.name !== 'SEARCH') return true;
  return command.uid;
}
