/** Minger over TCP: lines in, lines out, one after the other, on as many sockets as the limits of the server allow. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Clock, Timer } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { errorText } from '../errors.ts';
import { judgeClient } from '../listeners/refusal.ts';
import type { Logger } from '../log/logger.ts';
import { plainAddress } from '../net/network.ts';
import type { SessionRegistryPort } from '../sessions/registry-port.ts';
import type { Session } from '../sessions/session.ts';
import { maxQueryBytes } from './minger-query.ts';
import type { MingerService } from './minger-service.ts';
import { maskQuery } from './wire-text.ts';

export interface MingerNeeds {
  readonly service: MingerService;
  /** The configuration as it is now. */
  readonly config: () => Config;
  readonly registry: SessionRegistryPort;
  readonly log: Logger;
  readonly clock: Clock;
}

/** A client asks at once and knows its next question soon: one that waits for the end of the socket gets that, too. */
const idleMs = 5_000;
/** However busy: a client that trickles bytes must not hold a socket for ever. */
const lifetimeMs = 10 * 60_000;
/** For what was written last, with a client that does not read. */
const lingerMs = 1_000;
const lf = 0x0a;
const cr = 0x0d;

export class MingerTcp {
  readonly #needs: MingerNeeds;
  readonly #server: Server;
  readonly #dialogues = new Set<TcpDialogue>();

  constructor(needs: MingerNeeds) {
    this.#needs = needs;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  /** Answers the port. Throws the error of the system. */
  async listen(address: string, port: number): Promise<number> {
    const listening = once(this.#server, 'listening');
    this.#server.listen(port, address);
    await listening;
    this.#server.on('error', (error) => this.#needs.log.debug('accept failed', { error: errorText(error) }));
    const bound = this.#server.address();
    return typeof bound === 'object' && bound !== null ? bound.port : port;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    await Promise.all([closed, ...[...this.#dialogues].map((dialogue) => dialogue.end())]);
  }

  #accept(socket: Socket): void {
    const dialogue = new TcpDialogue(socket, this.#needs);
    this.#dialogues.add(dialogue);
    socket.once('close', () => this.#dialogues.delete(dialogue));
  }
}

class TcpDialogue {
  readonly #socket: Socket;
  readonly #needs: MingerNeeds;
  readonly #session: Session;
  readonly #remoteAddress: string;
  #idle: Timer;
  readonly #lifetime: Timer;
  #asked = 0;

  constructor(socket: Socket, needs: MingerNeeds) {
    const { registry, clock, log } = needs;
    this.#socket = socket;
    this.#needs = needs;
    this.#remoteAddress = plainAddress(socket.remoteAddress ?? '');
    this.#session = registry.open({
      type: 'minger',
      remoteAddress: this.#remoteAddress,
      remotePort: socket.remotePort ?? 0,
      localPort: socket.localPort ?? 0,
      state: 'query',
      detail: 'Waiting',
      bytes: () => ({ bytesIn: socket.bytesRead, bytesOut: socket.bytesWritten }),
      kill: () => socket.destroy(),
    });
    this.#idle = clock.after(idleMs, () => socket.destroy());
    this.#lifetime = clock.after(lifetimeMs, () => socket.destroy());
    socket.setNoDelay(true);
    socket.on('error', (error) => log.debug('connection failed', { error: errorText(error) }));
    socket.once('close', () => this.#closed());
    if (this.#refused()) socket.destroy();
    else this.#run().catch((error: unknown) => this.#failed(error));
  }

  /** Lets an answer that was given reach the client. Resolves when the socket has closed. */
  async end(): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.once('close', resolve));
    const late = this.#needs.clock.after(lingerMs, () => this.#socket.destroy());
    this.#socket.destroySoon();
    await closed;
    late.cancel();
  }

  async #run(): Promise<void> {
    let rest: Buffer = Buffer.alloc(0);
    // The socket is not read while an answer is made, so no more than a chunk of it is ever here.
    for await (const chunk of this.#socket as AsyncIterable<Buffer>) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf(lf); end !== -1; end = rest.indexOf(lf)) {
        const line = rest.subarray(0, end);
        rest = rest.subarray(end + 1);
        if (!(await this.#answer(line))) return;
      }
      if (rest.length > maxQueryBytes) break;
    }
    this.#socket.end();
  }

  async #answer(line: Buffer): Promise<boolean> {
    const { clock, service } = this.#needs;
    this.#idle.cancel();
    this.#idle = clock.after(idleMs, () => this.#socket.destroy());
    const crlf = line.at(-1) === cr;
    const query = crlf ? line.subarray(0, -1) : line;
    this.#session.received(maskQuery(query));
    const answer = await service.answer(query, this.#remoteAddress);
    if (answer === null) {
      this.#session.note('closed without an answer');
      this.#socket.destroySoon();
      return false;
    }
    this.#session.sent(answer.text);
    this.#asked += 1;
    this.#session.enter('query', `Waiting, ${this.#asked} answered`);
    if (!this.#socket.write(`${answer.text}${crlf ? '\r\n' : '\n'}`)) await this.#drained();
    return !this.#socket.destroyed;
  }

  /** A client that does not read is not read from, and ends by its idle time. */
  #drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.once('drain', resolve);
      this.#socket.once('close', resolve);
    });
  }

  #refused(): boolean {
    const { registry, config } = this.#needs;
    return judgeClient(registry, config().limits, this.#remoteAddress, false) !== null;
  }

  #failed(error: unknown): void {
    // The client has gone: nobody is left to be told.
    this.#needs.log.debug('session failed', { sessionId: this.#session.id, error: errorText(error) });
    this.#socket.destroy();
  }

  #closed(): void {
    this.#idle.cancel();
    this.#lifetime.cancel();
    this.#session.end();
  }
}
