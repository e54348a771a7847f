/**
 * One client from its first byte to its last, whatever is on top of its socket: first nothing, then perhaps TLS, then the
 * SMTP dialogue. Holds the session in the registry for exactly as long as the socket is open.
 */
import type { Socket } from 'node:net';
import type { Timer } from '../clock.ts';
import type { Dialogue } from '../listeners/dialogue.ts';
import { judgeClient, type Refusal } from '../listeners/refusal.ts';
import { isLoopback, plainAddress } from '../net/network.ts';
import type { Session } from '../sessions/session.ts';
import { type Reply, replies } from './replies.ts';
import type { SmtpContext } from './smtp-context.ts';

/** A TLS handshake takes a few round trips; who needs longer holds a socket for nothing. */
const HANDSHAKE_MS = 60_000;
/** How long a reply of ours, such as 421, has to reach a client before its socket goes. */
const LINGER_MS = 1_000;

const refusals = {
  blocked: replies.blocked,
  server_full: replies.serverBusy,
  address_full: replies.tooManyConnections,
} as const satisfies Record<Refusal, Reply>;

export class AcceptedSocket {
  readonly session: Session;
  readonly socket: Socket;
  readonly remoteAddress: string;
  /** In `relay_networks`. */
  readonly trusted: boolean;
  readonly loopback: boolean;
  /** Why it is not served; null when it is. */
  readonly refusal: Reply | null;
  /** The outermost socket: TLS once that has begun. Destroying it takes the inner one along; not so the other way. */
  top: Socket;
  dialogue: Dialogue | null = null;
  readonly #context: SmtpContext;
  readonly #acceptedAt: number;
  readonly #onClosed: (accepted: AcceptedSocket) => void;
  readonly #timers = new Set<Timer>();
  #closed = false;

  constructor(socket: Socket, context: SmtpContext, onClosed: (accepted: AcceptedSocket) => void) {
    this.socket = socket;
    this.top = socket;
    this.#context = context;
    this.#onClosed = onClosed;
    this.#acceptedAt = context.clock.monotonic();
    this.remoteAddress = plainAddress(socket.remoteAddress ?? '');
    this.trusted = context.isTrusted(this.remoteAddress);
    this.loopback = isLoopback(this.remoteAddress);
    this.session = context.registry.open({
      type: context.protocol,
      remoteAddress: this.remoteAddress,
      remotePort: socket.remotePort ?? 0,
      localPort: socket.localPort ?? 0,
      state: 'greeting',
      detail: context.tls === 'implicit' ? 'TLS handshake' : 'Greeting',
      bytes: () => ({ bytesIn: socket.bytesRead, bytesOut: socket.bytesWritten }),
      kill: (reason) => this.#kill(reason),
    });
    this.refusal = this.#judge();
    this.watchClose();
    context.log.debug('session opened', { sessionId: this.session.id, remoteAddress: this.remoteAddress });
  }

  /** To be called again when somebody has taken all listeners off the socket. */
  watchClose(): void {
    this.socket.once('close', () => this.#close());
  }

  whenClosed(): Promise<void> {
    return new Promise((resolve) => this.socket.once('close', () => resolve()));
  }

  /** Gives what was written last a moment to arrive, then closes for good. */
  linger(): void {
    this.after(LINGER_MS, () => this.top.destroy());
  }

  /** Calls `callback` in a while, unless the socket has closed by then. */
  after(ms: number, callback: () => void): void {
    const timer = this.#context.clock.after(ms, () => {
      this.#timers.delete(timer);
      callback();
    });
    this.#timers.add(timer);
  }

  sweep(now: number): void {
    if (this.dialogue !== null) this.dialogue.sweep(now);
    else if (this.#handshakeOverdue(now)) this.top.destroy();
  }

  shutDown(): void {
    if (this.dialogue !== null) this.dialogue.shutDown();
    else this.top.destroy();
  }

  #handshakeOverdue(now: number): boolean {
    const limit = Math.min(HANDSHAKE_MS, this.#context.config().smtp.idleTimeoutMs);
    return now - this.#acceptedAt > limit;
  }

  #kill(reason: string): void {
    this.#context.log.info('session killed', { sessionId: this.session.id, reason });
    // Before the dialogue, or during a handshake, there is no way to say anything.
    if (this.dialogue !== null) this.dialogue.kill(reason);
    else this.top.destroy();
  }

  #judge(): Reply | null {
    const { registry, config } = this.#context;
    const refusal = judgeClient(registry, config().limits, this.remoteAddress, this.trusted);
    return refusal === null ? null : refusals[refusal];
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#timers) timer.cancel();
    this.dialogue?.closed();
    this.session.end();
    this.#onClosed(this);
    this.#context.log.debug('session closed', {
      sessionId: this.session.id,
      remoteAddress: this.remoteAddress,
      bytesIn: this.socket.bytesRead,
      bytesOut: this.socket.bytesWritten,
    });
  }
}
