/**
 * One SMTP connection to a remote server, from TCP to QUIT, and its entry in the session registry.
 *
 * Sends one message at a time and says of each recipient what the server answered. Which servers to try, and what an
 * answer means for the queue, is decided elsewhere. RFC 5321 (4.5.3.2 for the times), 3207, 3461, 4954, 6531.
 */
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Clock, Timer } from '../clock.ts';
import type { Logger } from '../log/logger.ts';
import { isLoopback } from '../net/own-addresses.ts';
import type { Envelope, EnvelopeRecipient } from '../queue/message.ts';
import type { SessionRegistryPort } from '../sessions/registry-port.ts';
import type { Session } from '../sessions/session.ts';
import { ConnectionFailure, type FailureCode, type Stage } from './connection-failure.ts';
import { failureCode, type LibraryError, plainText, refusal } from './library-error.ts';
import { OutgoingConnection } from './outgoing-connection.ts';
import { isPositive, parseReply, type Reply } from './reply.ts';
import type { Target } from './routes.ts';

export interface ClientNeeds {
  readonly hostname: string;
  readonly sessions: SessionRegistryPort;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Outgoing {
  readonly messageId: number;
  readonly envelope: Envelope;
  readonly recipients: readonly EnvelopeRecipient[];
  readonly sizeBytes: number;
  readonly content: Buffer | Readable;
}

export interface Transaction {
  /** The reply to each RCPT, as far as they came. */
  readonly recipients: readonly Reply[];
  /** What ended it: the reply to the final dot (or to MAIL or DATA when refused there), or a broken connection. */
  readonly end: Reply | ConnectionFailure;
}

/** RFC 5321 4.5.3.2.6: a client that gives up sooner after the dot makes duplicates. */
export const DOT_TIMEOUT_MS = 10 * 60_000;
/** RFC 5321 has no time for QUIT: whatever the server does with it, the mail is through. */
const QUIT_TIMEOUT_MS = 5_000;
/** The library's own timers must never be the first: ours go by the clock of the tests and know the stage. */
const LIBRARY_TIMEOUT_MS = 24 * 60 * 60_000;

export class SmtpClient {
  readonly target: Target;
  /** Transactions so far, whatever became of them. */
  transactions = 0;
  readonly #needs: ClientNeeds;
  readonly #socket: Socket;
  readonly #connection: OutgoingConnection;
  readonly #session: Session;
  #stage: Stage = 'greeting';
  #tls: string | null = null;
  #fail: ((failure: ConnectionFailure) => void) | null = null;
  #timer: Timer | null = null;
  #open = true;
  #closed: () => void = () => {};

  /** Takes the socket over, connected. `clear`: no STARTTLS even when offered. */
  constructor(socket: Socket, target: Target, needs: ClientNeeds, clear = false) {
    this.target = target;
    this.#needs = needs;
    this.#socket = socket;
    this.#session = needs.sessions.open({
      type: 'smtp-client',
      remoteAddress: target.address,
      remotePort: target.port,
      localPort: socket.localPort ?? 0,
      state: 'greeting',
      detail: `Connecting to ${target.host}`,
      bytes: () => ({ bytesIn: socket.bytesRead, bytesOut: socket.bytesWritten }),
      kill: (reason) => this.#kill(reason),
    });
    this.#connection = new OutgoingConnection(connectionOptions(socket, target, needs.hostname, clear), {
      sent: (line) => this.#record('sent', line),
      received: (line) => this.#record('received', line),
      dataStarted: () => this.#dataStarted(),
      dotSent: () => this.#dotSent(),
    });
    this.#connection.on('error', (error: LibraryError) => this.#broken(error));
    this.#connection.on('end', () => this.#ended());
    socket.once('close', () => {
      this.#ended();
      this.#session.end();
    });
  }

  get sessionId(): number {
    return this.#session.id;
  }

  /** `TLSv1.3`, or null in the clear. Known once started. */
  get tls(): string | null {
    return this.#tls;
  }

  /** False once nothing can be sent on it any more. */
  get usable(): boolean {
    return this.#open;
  }

  get connection(): Pick<OutgoingConnection, 'supports' | 'maxSizeBytes'> {
    return this.#connection;
  }

  /** Called once when the connection is gone. */
  onClosed(callback: () => void): void {
    this.#closed = callback;
  }

  /** Greeting, EHLO, TLS and login. Throws {@link ConnectionFailure}, and then the connection is gone. */
  async start(timeoutMs: number): Promise<void> {
    try {
      await this.#within<void>(timeoutMs, (done) => this.#connection.connect((error) => done(error ?? null)));
      if (this.#connection.secure) {
        this.#tls = (this.#connection._socket as TLSSocket).getProtocol();
        this.#session.secured(this.#tls ?? 'TLS');
      }
      if (this.target.auth !== null) await this.#login(timeoutMs);
      this.#stage = 'ready';
    } catch (failure) {
      this.abort();
      throw failure;
    }
  }

  /** Sends one message. Afterwards the connection is ready for the next, unless it is no longer {@link usable}. */
  async send(message: Outgoing, timeoutMs: number): Promise<Transaction> {
    const { envelope, recipients } = message;
    this.transactions += 1;
    this.#stage = 'envelope';
    this.#session.enter('mail', () => `Delivering message ${message.messageId} to ${this.target.host}`);
    this.#connection.begin(envelope, recipients, message.sizeBytes);
    const end = await this.#transaction(message, timeoutMs);
    const replies = this.#connection.recipientReplies;
    if (end instanceof ConnectionFailure) this.abort();
    else if (isPositive(end)) this.#session.addMessage();
    else await this.#reset(timeoutMs);
    if (this.#open) {
      this.#stage = 'ready';
      this.#session.enter('idle', 'Waiting');
    }
    return { recipients: replies, end };
  }

  /** Says goodbye; the socket goes when the server has answered, or after a short time. */
  quit(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#session.enter('closing', 'Closing');
    this.#connection.quit();
    const timer = this.#needs.clock.after(QUIT_TIMEOUT_MS, () => this.#socket.destroy());
    this.#socket.once('close', () => timer.cancel());
  }

  /** Ends the connection at once; what is going on fails with `failure`. */
  abort(failure?: ConnectionFailure): void {
    if (failure !== undefined) this.#fail?.(failure);
    this.#connection.close();
    this.#socket.destroy();
    this.#ended();
  }

  async #login(timeoutMs: number): Promise<void> {
    const { auth, address, host } = this.target;
    if (auth === null) return;
    this.#stage = 'auth';
    // Never in the clear where anybody could listen (design, promise 4).
    if (this.tls === null && !isLoopback(address)) {
      throw new ConnectionFailure(
        'delivery.refused',
        'auth',
        `${host} offers no TLS: no password is sent to it`,
      );
    }
    if (!this.#connection.allowsAuth) {
      throw new ConnectionFailure('delivery.refused', 'auth', `${host} offers no AUTH`);
    }
    this.#session.enter('auth', `Logging in at ${host}`);
    this.#connection.beginAuth(auth.user, auth.password);
    await this.#within<void>(timeoutMs, (done) =>
      this.#connection.login({ user: auth.user, pass: auth.password }, (error) => done(error)),
    );
    this.#connection.endAuth();
    this.#session.login(auth.user);
  }

  async #transaction(message: Outgoing, timeoutMs: number): Promise<Reply | ConnectionFailure> {
    const { envelope, recipients, sizeBytes, content } = message;
    try {
      return await this.#within<Reply>(timeoutMs, (done) => {
        this.#connection.send(
          {
            from: envelope.from,
            to: recipients.map((recipient) => recipient.address),
            size: sizeBytes,
            use8BitMime: envelope.bodyType === '8bitmime',
            dsn: { envid: envelope.envelopeId, ret: returnParameter(envelope) },
          },
          content,
          (error, info) => {
            const refused = refusal(error);
            if (refused !== null) done(null, parseReply(this.#connection.masked(refused)));
            else if (error) done(error);
            else done(null, parseReply(info?.response ?? ''));
          },
        );
      });
    } catch (failure) {
      if (failure instanceof ConnectionFailure) return failure;
      throw failure;
    }
  }

  /** After a transaction that the server refused in part or whole, nothing of it may be left (RFC 5321 4.1.1.5). */
  async #reset(timeoutMs: number): Promise<void> {
    if (!this.#open || this.#connection.destroyed) {
      this.abort();
      return;
    }
    try {
      await this.#within<void>(timeoutMs, (done) => this.#connection.reset((error) => done(error)));
    } catch {
      this.abort(); // the mail's fate is known; only the connection is lost
    }
  }

  /** Runs one step of the dialogue against the time, a broken connection, and an abort. */
  #within<T>(timeoutMs: number, step: (done: (error: Error | null, value?: T) => void) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let settled = false;
      const settle = () => {
        settled = true;
        this.#timer?.cancel();
        this.#timer = null;
        this.#fail = null;
      };
      this.#fail = (failure) => {
        settle();
        reject(failure);
      };
      this.#limit(timeoutMs);
      step((error, value) => {
        if (settled) return; // failed already: the library reports it here as well
        if (error) this.#broken(error);
        else {
          settle();
          resolve(value as T);
        }
      });
    });
  }

  #limit(timeoutMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#needs.clock.after(timeoutMs, () => {
      const seconds = Math.round(timeoutMs / 1_000);
      this.abort(this.#failure('delivery.timeout', `${this.target.host} did not finish in ${seconds} s`));
    });
  }

  #broken(error: LibraryError): void {
    const fail = this.#fail;
    if (fail === null) {
      this.#ended();
      return;
    }
    const text = this.#connection.masked(error.response ?? '');
    const reply = text === '' ? undefined : parseReply(text);
    const said = reply === undefined ? '' : `: ${reply.text}`;
    fail(this.#failure(failureCode(error), `${this.target.host}: ${plainText(error)}${said}`, reply, error));
  }

  #failure(code: FailureCode, message: string, reply?: Reply, cause?: unknown): ConnectionFailure {
    const inTls = this.#connection.securing || (this.target.tls === 'implicit' && this.#stage === 'greeting');
    const isTls = inTls && code !== 'delivery.killed' && code !== 'delivery.stopping';
    const stage = isTls ? 'starttls' : this.#stage;
    return new ConnectionFailure(isTls ? 'delivery.tls' : code, stage, message, {
      ...(reply === undefined ? {} : { reply }),
      cause,
    });
  }

  #kill(reason: string): void {
    if (this.#fail === null) this.quit();
    else this.abort(this.#failure('delivery.killed', `Session ended by an operator: ${reason}`));
  }

  #ended(): void {
    if (this.#open) {
      this.#open = false;
      this.#fail?.(this.#failure('delivery.lost', `${this.target.host} closed the connection`));
    }
    const closed = this.#closed;
    this.#closed = () => {};
    closed();
  }

  #dataStarted(): void {
    if (this.#stage !== 'envelope') return;
    this.#stage = 'data';
    const before = this.#socket.bytesWritten;
    this.#session.enter('data', () => `DATA, ${sizeText(this.#socket.bytesWritten - before)} so far`);
  }

  #dotSent(): void {
    this.#stage = 'dot';
    this.#session.enter('data', `Waiting for ${this.target.host} to take the message`);
    this.#limit(DOT_TIMEOUT_MS);
  }

  #record(direction: 'sent' | 'received', line: string): void {
    this.#session[direction](line);
    const { log } = this.#needs;
    if (log.enabled('trace')) {
      log.trace(direction, { sessionId: this.#session.id, remoteAddress: this.target.address, line });
    }
  }
}

function connectionOptions(socket: Socket, target: Target, hostname: string, clear: boolean) {
  const { host, address, port, tls, verify } = target;
  const literal = host.startsWith('[');
  return {
    connection: socket,
    host: literal ? address : host,
    port,
    name: hostname,
    secure: tls === 'implicit',
    requireTLS: tls === 'required',
    opportunisticTLS: tls === 'opportunistic',
    ignoreTLS: tls === 'none' || clear,
    tls: { rejectUnauthorized: verify },
    connectionTimeout: LIBRARY_TIMEOUT_MS,
    greetingTimeout: LIBRARY_TIMEOUT_MS,
    socketTimeout: LIBRARY_TIMEOUT_MS,
  };
}

function returnParameter({ returnContent }: Envelope): string | null {
  if (returnContent === null) return null;
  return returnContent === 'full' ? 'FULL' : 'HDRS';
}

function sizeText(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.round(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
