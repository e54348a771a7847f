/**
 * The line to one client beneath the commands: lines in their order, one command at a time, replies and their transcript,
 * limits on errors and time, and every way in which the dialogue ends. What the commands mean is in `pop3-dialogue.ts`.
 */
import { errorText } from '../errors.ts';
import type { ClientSocket } from '../listeners/client-socket.ts';
import type { ClientDialogue } from '../listeners/dialogue.ts';
import { MAX_SASL_CHARACTERS } from '../listeners/sasl.ts';
import { CommandLines } from './command-lines.ts';
import type { Pop3Context } from './pop3-context.ts';
import { isRefusal, killed, type Reply, replies } from './replies.ts';

/** RFC 2449 4 allows a command 255 octets; names and passwords may be a little longer than that. */
const MAX_LINE_BYTES = 512;
/** AUTH with its initial response, or an answer to a challenge. */
const MAX_SASL_LINE_BYTES = MAX_SASL_CHARACTERS + 32;
/** A client that sends more while a command is in hand is not read on. */
const MAX_WAITING_BYTES = 16 * 1024;
/** Pipelined commands are done at once, but others have their turn, too. */
const COMMANDS_A_TURN = 200;
/** What was read ahead of a client that goes on is kept for so long. */
const REST_MS = 10_000;
/** Lines of a listing that are written at once. */
const LISTING_STEP = 500;

export abstract class Pop3Channel implements ClientDialogue {
  protected readonly client: ClientSocket;
  protected readonly context: Pop3Context;
  /** What the client waits for us to do; null: we wait for it. */
  protected busy: string | (() => string) | null = null;
  /** An answer of several lines has begun: nothing else can be said before its end. */
  protected inAnswer = false;
  readonly #lines = new CommandLines();
  readonly #startedAt: number;
  #activeAt: number;
  #running = false;
  #behind = false;
  #errors = 0;
  #finished = false;
  #paused = false;
  /** To be said when the command in hand is through. */
  #farewell: Reply | null = null;
  readonly #detail = (): string => (typeof this.busy === 'function' ? this.busy() : (this.busy ?? 'Waiting'));

  constructor(client: ClientSocket, context: Pop3Context) {
    this.client = client;
    this.context = context;
    this.#startedAt = context.clock.monotonic();
    this.#activeAt = this.#startedAt;
  }

  protected abstract get loggedIn(): boolean;
  /** A login that goes over several lines is going on. */
  protected abstract get inLogin(): boolean;
  /** The change that the client has asked for is being written: it is told what became of it, whatever else happens. */
  protected abstract get committing(): boolean;
  /** Does what a line asks for, and answers it. */
  protected abstract takeLine(line: string): Promise<void> | void;
  /** Nothing was heard of the client for some time. */
  protected abstract rest(): void;
  abstract closed(): void;

  // What the client says

  received(chunk: Buffer): void {
    this.#lines.push(chunk);
    if (!this.#running) void this.#run();
    else if (this.#lines.waiting > MAX_WAITING_BYTES && !this.#paused) {
      this.#paused = true;
      this.client.pause();
    }
  }

  finished(): void {
    this.#finished = true;
    if (!this.#running) this.client.end();
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      await this.#takeLines();
    } catch (error) {
      // It is not known how far the answer has come.
      this.context.log.error('command failed', { ...this.client.logFields, error: errorText(error) });
      this.client.destroy();
    }
    this.#running = false;
    this.#active();
    if (this.#finished) this.client.end();
    else if (this.#paused) {
      this.#paused = false;
      this.client.resume();
    }
  }

  async #takeLines(): Promise<void> {
    for (let taken = 1; this.client.open; taken += 1) {
      const limit = this.inLogin || this.#mayBeAuth() ? MAX_SASL_LINE_BYTES : MAX_LINE_BYTES;
      const line = this.#lines.next(limit);
      if (line === null) return;
      if (line === 'too_long') {
        this.dismiss(replies.lineTooLong);
        return;
      }
      this.#active();
      const doing = this.takeLine(line);
      if (doing !== undefined) await doing;
      this.busy = null;
      if (this.#farewell !== null) this.dismiss(this.#farewell);
      else if (this.#behind || taken % COMMANDS_A_TURN === 0) {
        this.#behind = false;
        await this.client.drained();
      }
    }
  }

  #mayBeAuth(): boolean {
    return !this.loggedIn && this.#lines.startsWith('AUTH ');
  }

  /** What has come and was not taken yet goes: it was said before TLS. */
  protected forgetInput(): void {
    this.#lines.clear();
  }

  // What we say

  protected answer(reply: Reply): void {
    if (!this.client.open) return;
    this.client.said(reply);
    this.send(`${reply}\r\n`);
    if (isRefusal(reply)) this.#countError(reply);
    else if (this.loggedIn) this.#errors = 0;
  }

  /** Rows of a listing, after its first line and with the dot at its end. */
  protected async answerListing(reply: Reply, rows: Iterable<string>): Promise<void> {
    this.answer(reply);
    this.inAnswer = true;
    let step: string[] = [];
    for (const row of rows) {
      step.push(row);
      if (step.length < LISTING_STEP) continue;
      if (!this.client.write(`${step.join('\r\n')}\r\n`)) await this.client.drained();
      step = [];
    }
    step.push('.');
    this.send(`${step.join('\r\n')}\r\n`);
    this.inAnswer = false;
  }

  protected send(text: string): void {
    if (!this.client.write(text)) this.#behind = true;
  }

  protected enter(state: string): void {
    this.client.session.enter(state, this.#detail);
  }

  #countError(reply: Reply): void {
    if (reply === replies.tooManyErrors) return;
    this.#errors += 1;
    if (this.#errors >= this.context.config().pop3.maxErrors) this.dismiss(replies.tooManyErrors);
  }

  // The end

  /** Says it, and closes. */
  protected dismiss(reply: Reply): void {
    if (!this.client.open) return;
    this.client.said(reply);
    this.client.write(`${reply}\r\n`);
    this.client.end();
  }

  kill(reason: string): void {
    if (this.committing) this.#farewell = killed(reason);
    // In the middle of a message it would be a part of the message; an answer without its end says enough.
    else if (this.inAnswer) this.client.destroy();
    else this.dismiss(killed(reason));
  }

  shutDown(): void {
    if (this.#running) this.#farewell = replies.shuttingDown;
    else this.dismiss(replies.shuttingDown);
  }

  sweep(now: number): void {
    if (this.#running) return;
    const { pop3 } = this.context.config();
    const idleMs = now - this.#activeAt;
    const late = this.loggedIn ? idleMs > pop3.idleTimeoutMs : now - this.#startedAt > pop3.loginTimeoutMs;
    if (!late) {
      if (idleMs > REST_MS) this.rest();
      return;
    }
    this.context.log.info('session timed out', this.client.logFields);
    // RFC 1939 3: without a word, and nothing is deleted.
    this.client.end();
  }

  #active(): void {
    this.#activeAt = this.context.clock.monotonic();
  }
}
