/**
 * One POP3 dialogue with a server elsewhere: commands go out, answers come back in their order. RFC 1939, RFC 2449.
 *
 * With PIPELINING (RFC 2449 6.6) commands leave at once, however many wait for their answer. What is said, and what an
 * answer means for the mail, is decided in `pop3-mailbox.ts`.
 */
import type { Socket } from 'node:net';
import type { Clock, Timer } from '../clock.ts';
import { errorText } from '../errors.ts';
import type { Session } from '../sessions/session.ts';
import { CollectorFailure } from './collector-failure.ts';
import { Pop3Parser, type Pop3Token } from './pop3-parser.ts';

/** Where the body of an answer goes. */
export interface BodySink {
  write(chunk: Buffer): Promise<void> | undefined;
  end(): Promise<void> | undefined;
}

/** `-ERR`: the dialogue goes on. */
export class Pop3Refusal extends Error {}

interface Command {
  readonly line: string;
  /** Without secrets. */
  readonly shown: string;
  /** Given when there is an answer of several lines, at its begin. */
  readonly body: (() => BodySink) | null;
  readonly resolve: (reply: string) => void;
  readonly reject: (error: Error) => void;
  sent: boolean;
}

const MASK = '********';
/** Nothing at all comes for so long: the server or the way to it is dead. RFC 1939 3 gives servers 10 minutes. */
const SILENCE_MS = 90_000;
/** LIST and UIDL of a million messages; CAPA is nothing beside them. */
const MAX_LISTING_BYTES = 64 * 1024 * 1024;

export class Pop3Client {
  pipelining = false;
  readonly #host: string;
  readonly #clock: Clock;
  readonly #session: Session;
  #socket: Socket;
  #parser = new Pop3Parser();
  /** Those whose answer has not come yet, oldest first. */
  #commands: Command[] = [];
  #unsent = 0;
  #flushing = false;
  /** Of the answer that is being read. */
  #secrets: readonly string[] = [];
  #sink: BodySink | null = null;
  #reply = '';
  #held = false;
  #silence: Timer | null = null;
  #failure: Error | null = null;
  readonly #onData = (chunk: Buffer): void => this.#read(chunk);
  readonly #onClose = (): void => this.fail(this.#lost());
  readonly #onError = (error: Error): void => this.fail(this.#lost(error));

  /** Takes the socket over, connected. */
  constructor(socket: Socket, host: string, session: Session, clock: Clock) {
    this.#socket = socket;
    this.#host = host;
    this.#session = session;
    this.#clock = clock;
    this.#listen(socket);
  }

  get socket(): Socket {
    return this.#socket;
  }

  /** What must never be shown, should the server repeat it. */
  hide(secrets: readonly string[]): void {
    this.#secrets = secrets.filter((secret) => secret !== '');
  }

  /** Resolves with the server's greeting. Throws CollectorFailure. */
  greeting(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#commands.push({ line: '', shown: '', body: null, resolve, reject, sent: true });
      this.#watch();
    });
  }

  /** Resolves with the text behind `+OK`, or `+`. Throws Pop3Refusal and CollectorFailure. */
  command(line: string, shown = line): Promise<string> {
    return this.#send(line, shown, null);
  }

  /** The lines of an answer of several lines. Throws Pop3Refusal and CollectorFailure. */
  async lines(line: string): Promise<string[]> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const write = (chunk: Buffer): undefined => {
      bytes += chunk.length;
      if (bytes > MAX_LISTING_BYTES) {
        this.fail(
          new CollectorFailure('collector.protocol', `${this.#host}: the answer to ${line} has no end`),
        );
      } else chunks.push(chunk);
    };
    await this.#send(line, line, () => ({ write, end: () => undefined }));
    const text = Buffer.concat(chunks).toString('utf8');
    return text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/);
  }

  /** Resolves when the sink has all of the answer. Throws Pop3Refusal and CollectorFailure. */
  stream(line: string, sink: () => BodySink): Promise<string> {
    return this.#send(line, line, sink);
  }

  /** Hands the socket out for TLS. Throws CollectorFailure when bytes came behind the answer to STLS. */
  release(): Socket {
    // What came in the clear must not be taken for something that came under TLS (RFC 2595 4).
    if (this.#parser.waiting > 0 || this.#socket.readableLength > 0) {
      throw new CollectorFailure('collector.tls', `${this.#host} said more in the clear after STLS`);
    }
    this.#deafen();
    this.#socket.on('error', () => {}); // whatever comes of it now comes of TLS as well
    return this.#socket;
  }

  /** Goes on with the same connection, now under TLS. */
  resume(socket: Socket): void {
    this.#socket = socket;
    this.#parser = new Pop3Parser();
    this.#listen(socket);
  }

  /** Ends it at once: all that waits fails with this. The first reason counts. */
  fail(failure: Error): void {
    if (this.#failure !== null) return;
    this.#failure = failure;
    this.#silence?.cancel();
    this.#socket.destroy();
    this.#session.end();
    const commands = this.#commands;
    this.#commands = [];
    for (const command of commands) command.reject(failure);
  }

  #send(line: string, shown: string, body: Command['body']): Promise<string> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#commands.push({ line, shown, body, resolve, reject, sent: false });
      this.#unsent += 1;
      this.#flushSoon();
    });
  }

  /** Commands given in one turn leave in one packet. */
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#unsent === 0 || this.#failure !== null) return;
    const first = this.#commands.length - this.#unsent;
    if (!this.pipelining && first > 0) return;
    const ready = this.pipelining ? this.#commands.slice(first) : this.#commands.slice(first, first + 1);
    let text = '';
    for (const command of ready) {
      command.sent = true;
      text += `${command.line}\r\n`;
      this.#session.sent(command.shown);
    }
    this.#unsent -= ready.length;
    this.#socket.write(text);
    this.#watch();
  }

  #read(chunk: Buffer): void {
    this.#watch();
    this.#parser.push(chunk);
    if (!this.#held) this.#pump();
  }

  #pump(): void {
    try {
      while (this.#failure === null) {
        const token = this.#parser.next();
        if (token === null) return;
        const wait = this.#take(token);
        if (wait === undefined) continue;
        this.#hold(wait);
        return;
      }
    } catch (error) {
      this.fail(new CollectorFailure('collector.protocol', `${this.#host}: ${errorText(error)}`, error));
    }
  }

  /** What is read has nowhere to go yet: nothing more is read until it has. */
  #hold(wait: Promise<void>): void {
    this.#held = true;
    this.#socket.pause();
    this.#silence?.cancel();
    const goOn = () => {
      this.#held = false;
      if (this.#failure !== null) return;
      this.#watch();
      this.#socket.resume();
      this.#pump();
    };
    wait.then(goOn, (error: unknown) =>
      this.fail(error instanceof Error ? error : new Error(errorText(error))),
    );
  }

  #take(token: Pop3Token): Promise<void> | undefined {
    switch (token.kind) {
      case 'line':
        return this.#status(token.line);
      case 'body':
        return this.#sink?.write(token.chunk);
      default: {
        const wait = this.#sink?.end();
        this.#sink = null;
        this.#answered(null);
        return wait;
      }
    }
  }

  #status(line: string): undefined {
    const shown = this.#secrets.reduce((text, secret) => text.replaceAll(secret, MASK), line);
    this.#session.received(shown);
    const command = this.#commands[0];
    if (command === undefined || !command.sent) {
      throw new Error(`the server speaks without being asked: ${shown.slice(0, 100)}`);
    }
    const [, word, text = ''] = /^(\+OK|-ERR|\+)(?: (.*))?$/is.exec(shown) ?? [];
    this.#reply = text;
    if (word === undefined) throw new Error(`no POP3 answer: ${shown.slice(0, 100)}`);
    if (word.toUpperCase() === '-ERR') this.#answered(new Pop3Refusal(text || 'no reason given'));
    else if (command.body !== null) {
      this.#parser.expectBody();
      this.#sink = command.body();
    } else this.#answered(null);
    return undefined;
  }

  #answered(refusal: Pop3Refusal | null): void {
    const command = this.#commands.shift();
    if (refusal === null) command?.resolve(this.#reply);
    else command?.reject(refusal);
    if (this.#commands.length === 0) this.#silence?.cancel();
    this.#flush();
  }

  /** A server that says nothing while it should. */
  #watch(): void {
    this.#silence?.cancel();
    this.#silence =
      this.#commands.length === 0
        ? null
        : this.#clock.after(SILENCE_MS, () =>
            this.fail(
              new CollectorFailure(
                'collector.timeout',
                `${this.#host} said nothing for ${SILENCE_MS / 1_000} s`,
              ),
            ),
          );
  }

  #listen(socket: Socket): void {
    socket.on('data', this.#onData).on('close', this.#onClose).on('error', this.#onError);
  }

  #deafen(): void {
    this.#socket.off('data', this.#onData).off('close', this.#onClose).off('error', this.#onError);
    this.#silence?.cancel();
  }

  #lost(error?: Error): CollectorFailure {
    const why = error === undefined ? '' : `: ${errorText(error)}`;
    return new CollectorFailure('collector.lost', `${this.#host} closed the connection${why}`, error);
  }
}
