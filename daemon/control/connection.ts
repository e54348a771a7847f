/**
 * One client on the socket: takes its lines, has them answered, and keeps what it costs within the limits.
 *
 * Reading stops while the client has enough calls running or too much unread; its lines then wait in the system's
 * buffers, and nothing is dropped. What a line means is the dispatcher's matter.
 */
import type { Socket } from 'node:net';
import { rpcError } from '../../shared/rpc/errors.ts';
import { FrameSplitter } from '../../shared/rpc/frames.ts';
import type { Clock, Timer } from '../clock.ts';
import { errorText } from '../errors.ts';
import { EventSource, type Unsubscribe } from '../events.ts';
import type { Logger } from '../log/logger.ts';
import { encodeError } from './answer.ts';
import type { Caller, Dispatcher } from './dispatcher.ts';
import type { EventOutlet } from './event-outlet.ts';
import type { ControlLimits } from './limits.ts';
import { Outbox } from './outbox.ts';

export interface ConnectionNeeds {
  readonly dispatcher: Dispatcher;
  readonly limits: ControlLimits;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * For the calls of a client that sends no more. It may have closed only its sending side, as `nc -N` does, and wait for
 * its answers; or it is gone, which looks the same until something is written.
 */
const lingerMs = 10_000;
/** For a client that does not read its last answers. */
const closeGraceMs = 1_000;

export class ControlConnection implements EventOutlet, Caller {
  readonly id: number;
  client: string | null = null;
  user: string | null = null;
  readonly outlet: EventOutlet = this;
  readonly calls = new Set<AbortController>();
  readonly #socket: Socket;
  readonly #dispatcher: Dispatcher;
  readonly #limits: ControlLimits;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #splitter: FrameSplitter;
  readonly #outbox: Outbox;
  readonly #drained = new EventSource<void>();
  readonly #closed = new EventSource<void>();
  readonly #helloTimer: Timer;
  #frameTimer: Timer | null = null;
  #closeTimer: Timer | null = null;
  #framesInWork = 0;
  #workScheduled = false;
  /** The client sends no more: it is let go when its last answer is out. */
  #inputEnded = false;
  /** We have ended it. */
  #closing = false;

  constructor(id: number, socket: Socket, needs: ConnectionNeeds) {
    this.id = id;
    this.#socket = socket;
    this.#dispatcher = needs.dispatcher;
    this.#limits = needs.limits;
    this.#clock = needs.clock;
    this.#log = needs.log;
    this.#splitter = new FrameSplitter(needs.limits.lineBytes);
    this.#outbox = new Outbox(socket);
    this.#helloTimer = needs.clock.after(needs.limits.frameMs, () => {
      if (this.client === null) this.#refuse('timeout', 'no service.hello in time');
    });
    socket.on('data', (chunk) => {
      this.#splitter.push(chunk);
      this.#work();
    });
    socket.on('drain', () => {
      this.#drained.emit();
      this.#work();
    });
    socket.on('end', () => {
      this.#inputEnded = true;
      this.#closeTimer = needs.clock.after(lingerMs, () => this.close());
      this.#work();
    });
    // A client that goes away in the middle is nothing to report.
    socket.on('error', (error) => this.#log.debug('client lost', { clientId: id, error: errorText(error) }));
    socket.on('close', () => this.#onClose());
  }

  get congested(): boolean {
    return this.#outbox.unreadBytes > this.#limits.congestedBytes;
  }

  get unreadBytes(): number {
    return this.#outbox.unreadBytes;
  }

  send(line: string): void {
    this.#outbox.send(line);
  }

  onDrained(listener: () => void): Unsubscribe {
    return this.#drained.on(listener);
  }

  onClosed(listener: () => void): Unsubscribe {
    return this.#closed.on(listener);
  }

  /** Sends what is waiting, then closes; at the latest when the grace is over. Calls that are running are aborted. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#socket.pause();
    this.#outbox.flush();
    this.#socket.destroySoon();
    this.#closeTimer?.cancel();
    this.#closeTimer = this.#clock.after(closeGraceMs, () => this.#socket.destroy());
  }

  /** Begins what may be begun, and reads on when there is room for more. */
  #work(): void {
    try {
      while (this.#mayBegin()) {
        const line = this.#splitter.next();
        if (line === null) {
          this.#watchPartialLine();
          if (this.#inputEnded) this.#closeWhenDone();
          else this.#socket.resume();
          return;
        }
        this.#frameTimer?.cancel();
        this.#frameTimer = null;
        if (line.length > 0) void this.#answer(line);
      }
      this.#socket.pause();
    } catch {
      this.#refuse('limit.exceeded', `a line has at most ${this.#limits.lineBytes} bytes`);
    }
  }

  #mayBegin(): boolean {
    if (this.#closing || this.congested) return false;
    // Until the client is known its frames run one by one: whoever sends hello and a call at once is served, too.
    return this.#framesInWork < (this.client === null ? 1 : this.#limits.callsInFlight);
  }

  async #answer(line: Buffer): Promise<void> {
    const afterAnswer: (() => void)[] = [];
    this.#framesInWork += 1;
    const answer = await this.#dispatcher.answer(line, this, afterAnswer);
    this.#framesInWork -= 1;
    if (this.#closing) return;
    if (this.#outbox.unreadBytes > this.#limits.unreadBytes) {
      this.#log.warn('client closed: it does not read its answers', {
        clientId: this.id,
        client: this.client,
      });
      this.#closing = true;
      this.#socket.destroy();
      return;
    }
    if (answer !== null) this.send(answer);
    for (const callback of afterAnswer) callback();
    this.#workSoon();
  }

  /** In a turn of its own, so that a client with many small calls does not hold the event loop. */
  #workSoon(): void {
    if (this.#workScheduled) return;
    this.#workScheduled = true;
    setImmediate(() => {
      this.#workScheduled = false;
      this.#work();
    });
  }

  #watchPartialLine(): void {
    if (this.#splitter.partialBytes === 0 || this.#frameTimer) return;
    this.#frameTimer = this.#clock.after(this.#limits.frameMs, () =>
      this.#refuse('timeout', 'the line was not ended in time'),
    );
  }

  #closeWhenDone(): void {
    if (this.#framesInWork === 0) this.close();
  }

  /** One last line, then the end. */
  #refuse(code: string, message: string): void {
    if (this.#closing) return;
    this.#log.info('client closed', { clientId: this.id, client: this.client, code, reason: message });
    this.send(encodeError(null, rpcError(code, message)));
    this.close();
  }

  #onClose(): void {
    this.#closing = true;
    this.#helloTimer.cancel();
    this.#frameTimer?.cancel();
    this.#closeTimer?.cancel();
    for (const call of this.calls) call.abort(new Error('the client is gone'));
    this.#closed.emit();
  }
}
