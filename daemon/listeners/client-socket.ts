/**
 * One client of a {@link ProtocolListener} from its first byte to its last, whatever is on top of its socket: first
 * nothing, then perhaps TLS, then the dialogue. Its session is in the registry for exactly as long as the socket is open.
 *
 * What is said on it is the dialogue's matter; the time that a dialogue takes is, too. Here are the TLS handshake, the
 * joining of small writes, and the client that does not take what it has asked for.
 */
import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import type { Clock, Timer } from '../clock.ts';
import type { Config, TlsMode } from '../config/config.ts';
import { errorText } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import { isLoopback, plainAddress } from '../net/network.ts';
import type { SessionRegistryPort } from '../sessions/registry-port.ts';
import type { Session } from '../sessions/session.ts';
import type { ClientDialogue } from './dialogue.ts';
import { JoinedWriter } from './joined-writer.ts';
import { judgeClient, type Refusal } from './refusal.ts';

/** A TLS handshake takes a few round trips; who needs longer holds a socket for nothing. */
const HANDSHAKE_MS = 60_000;
/** How long our last words have to reach a client before its socket goes. */
const LINGER_MS = 1_000;
/**
 * A client that has not taken one of our writes, some 64 KiB, in this time goes. Since it has to take all of a write, this
 * is also a least rate, of about 200 bytes a second.
 */
const STALLED_MS = 5 * 60_000;

export interface ClientSocketNeeds {
  readonly protocol: 'pop3' | 'imap';
  readonly tls: TlsMode;
  readonly config: () => Pick<Config, 'limits'>;
  /** Whether an address is in `relay_networks`, as they are now. */
  readonly isTrusted: (address: string) => boolean;
  /** That of the certificate that is in force now. Called only where `tls` is not `none`. */
  readonly secureContext: () => SecureContext;
  readonly registry: SessionRegistryPort;
  readonly log: Logger;
  readonly clock: Clock;
  /**
   * Begins the dialogue: the client has been accepted and, with implicit TLS, the handshake is done. Also called for one
   * that is refused: see {@link ClientSocket.refusal}.
   */
  readonly begin: (client: ClientSocket) => ClientDialogue;
}

export class ClientSocket {
  readonly session: Session;
  readonly remoteAddress: string;
  /** In `relay_networks`. */
  readonly trusted: boolean;
  readonly loopback: boolean;
  /** Why it is not served, for the dialogue to say so and end; null when it is served. */
  readonly refusal: Refusal | null;
  readonly #needs: ClientSocketNeeds;
  /** Names the client; its counters are those of the wire. */
  readonly #socket: Socket;
  /** The outermost socket: TLS once that has begun. Destroying it takes the inner one along; not so the other way. */
  #top: Socket;
  #writer: JoinedWriter;
  #dialogue: ClientDialogue | null = null;
  #handshakeSince: number | null = null;
  #secured: ((up: boolean) => void) | null = null;
  #secure = false;
  #ending = false;
  #closed = false;
  #linger: Timer | null = null;
  readonly #onClosed: () => void;

  constructor(socket: Socket, needs: ClientSocketNeeds, onClosed: (client: ClientSocket) => void) {
    const { protocol, tls, registry, log } = needs;
    this.#needs = needs;
    this.#socket = socket;
    this.#top = socket;
    this.#writer = new JoinedWriter(socket);
    this.#onClosed = () => onClosed(this);
    this.remoteAddress = plainAddress(socket.remoteAddress ?? '');
    this.trusted = needs.isTrusted(this.remoteAddress);
    this.loopback = isLoopback(this.remoteAddress);
    this.session = registry.open({
      type: protocol,
      remoteAddress: this.remoteAddress,
      remotePort: socket.remotePort ?? 0,
      localPort: socket.localPort ?? 0,
      state: 'greeting',
      detail: tls === 'implicit' ? 'TLS handshake' : 'Greeting',
      bytes: () => ({ bytesIn: socket.bytesRead, bytesOut: socket.bytesWritten }),
      kill: (reason) => this.#kill(reason),
    });
    this.refusal = judgeClient(registry, needs.config().limits, this.remoteAddress, this.trusted);
    log.debug('session opened', { sessionId: this.session.id, remoteAddress: this.remoteAddress });
    socket.once('close', () => this.#close());
    socket.on('error', (error) => this.#failed(error));
    if (tls !== 'implicit') this.#begin();
    // Nothing can be said before the handshake, and a flood of handshakes is what the limits are to spare us.
    else if (this.refusal === 'server_full' || this.refusal === 'address_full') socket.destroy();
    else void this.#handshake().then((up) => up && this.#begin());
  }

  // State

  /** TLS is up. */
  get secure(): boolean {
    return this.#secure;
  }

  /** Whether passwords may be sent: under TLS, or where nobody can listen. */
  get mayLogIn(): boolean {
    return this.#secure || this.loopback;
  }

  /** Whether `startTls` can be asked for now. */
  get offersTls(): boolean {
    return this.#needs.tls === 'starttls' && !this.#secure;
  }

  /** Neither ended by us nor closed: there is sense in saying something. */
  get open(): boolean {
    return !this.#ending && !this.#closed && this.#top.writable;
  }

  /** What belongs into each line of the log. */
  get logFields(): { readonly sessionId: number; readonly remoteAddress: string; readonly user?: string } {
    const { session, remoteAddress } = this;
    return { sessionId: session.id, remoteAddress, ...(session.user === null ? {} : { user: session.user }) };
  }

  // What it says, and what we say

  /** Notes a line of the client in the session and the log. Secrets have been masked in it. */
  heard(line: string): void {
    this.session.received(line);
    if (this.#needs.log.enabled('trace')) this.#needs.log.trace('received', { ...this.logFields, line });
  }

  /** Notes a line of ours, without its end, in the session and the log. */
  said(line: string): void {
    this.session.sent(line);
    if (this.#needs.log.enabled('trace')) this.#needs.log.trace('sent', { ...this.logFields, line });
  }

  /**
   * Sends text (as UTF-8) or bytes, which may not change any more. What is written in one turn of the event loop goes out
   * together. False: the client is behind, do not write more before {@link drained}; only a few lines may be written all
   * the same. Does nothing when the socket is not `open`.
   */
  write(data: string | Uint8Array): boolean {
    if (!this.open || this.#handshakeSince !== null) return true;
    return this.#writer.write(typeof data === 'string' ? Buffer.from(data) : data);
  }

  /** Resolves when the client has taken what was written, or will not take it any more: look at `open` after it. */
  drained(): Promise<void> {
    return this.#closed ? Promise.resolve() : this.#writer.drained();
  }

  /** No more `received` until `resume`, except perhaps one. */
  pause(): void {
    this.#top.pause();
  }

  resume(): void {
    if (this.#handshakeSince === null) this.#top.resume();
  }

  /**
   * Says `reply`, a whole line, and goes over to TLS. What the client has sent up to now and was not handed over yet is
   * thrown away, and what comes before the handshake breaks it: nothing that somebody has put in front of it runs inside
   * (RFC 3501 6.2.1, RFC 2595 4). The dialogue must throw away what it has of the client itself.
   *
   * True: TLS is up. False: it has failed, and the socket is closed or about to be.
   */
  async startTls(reply: string): Promise<boolean> {
    if (!this.offersTls || !this.open || this.#handshakeSince !== null) return false;
    this.#socket.removeAllListeners('data');
    this.#socket.pause();
    while (this.#socket.read() !== null);
    this.write(reply);
    this.#handshakeSince = this.#needs.clock.monotonic();
    // The reply goes out in the clear, after whatever is still in front of it.
    await this.#writer.drained();
    return this.#closed || this.#ending ? false : this.#handshake();
  }

  // The end

  /** Closes after what was written, and does not wait long for the client to take it. What it still says is ignored. */
  end(): void {
    if (!this.open) return;
    this.session.enter('closing', 'Closing');
    if (this.#handshakeSince !== null) {
      this.destroy();
      return;
    }
    this.#ending = true;
    this.#writer.flush();
    this.#top.end();
    // A socket that is closed with something unread in it is reset, and our last words with it.
    this.#top.resume();
    this.#linger = this.#needs.clock.after(LINGER_MS, () => this.destroy());
  }

  /** Closes at once. */
  destroy(): void {
    this.#top.destroy();
  }

  shutDown(): void {
    if (this.#dialogue === null || this.#handshakeSince !== null) this.destroy();
    else if (this.open) this.#dialogue.shutDown();
  }

  whenClosed(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => this.#socket.once('close', () => resolve()));
  }

  sweep(now: number): void {
    if (this.#handshakeSince !== null) {
      if (now - this.#handshakeSince > HANDSHAKE_MS) this.destroy();
    } else if (this.#writer.stalledMs(now) > STALLED_MS) {
      this.#needs.log.info('session ended: client does not take what it has asked for', this.logFields);
      this.destroy();
    } else if (this.open) this.#dialogue?.sweep(now);
  }

  #begin(): void {
    const dialogue = this.#needs.begin(this);
    this.#dialogue = dialogue;
    this.#listen();
  }

  #listen(): void {
    this.#top.on('data', (chunk: Buffer) => {
      if (this.open) this.#dialogue?.received(chunk);
    });
    this.#top.on('end', () => {
      if (this.open) this.#dialogue?.finished();
    });
  }

  #handshake(): Promise<boolean> {
    const { clock, secureContext } = this.#needs;
    this.#handshakeSince = clock.monotonic();
    const socket = new TLSSocket(this.#socket, { isServer: true, secureContext: secureContext() });
    this.#top = socket;
    this.#writer = new JoinedWriter(socket);
    socket.on('error', (error) => this.#failed(error));
    // The library tells of a failed handshake by this event alone.
    socket.on('_tlsError', (error: Error) => {
      this.#failed(error);
      socket.destroy();
    });
    socket.once('secure', () => this.#secureUp(socket));
    return new Promise((resolve) => {
      this.#secured = resolve;
    });
  }

  #secureUp(socket: TLSSocket): void {
    const version = socket.getProtocol() ?? 'TLS';
    this.#handshakeSince = null;
    this.#secure = true;
    this.session.secured(version);
    this.session.note(`${version} ${socket.getCipher().name}`);
    if (this.#dialogue !== null) this.#listen();
    this.#secured?.(true);
    this.#secured = null;
  }

  #kill(reason: string): void {
    this.#needs.log.info('session killed', { ...this.logFields, reason });
    // Before the dialogue, or during a handshake, there is no way to say anything.
    if (this.#dialogue === null || this.#handshakeSince !== null || !this.open) this.destroy();
    else this.#dialogue.kill(reason);
  }

  #failed(error: Error): void {
    this.#needs.log.debug('connection failed', { ...this.logFields, error: errorText(error) });
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#linger?.cancel();
    this.#top.destroy();
    this.#writer.close();
    this.#secured?.(false);
    this.#dialogue?.closed();
    this.session.end();
    this.#onClosed();
    this.#needs.log.debug('session closed', {
      ...this.logFields,
      bytesIn: this.#socket.bytesRead,
      bytesOut: this.#socket.bytesWritten,
    });
  }
}
