/**
 * Connections to remote servers: makes them, keeps idle ones for the next message to the same destination, and ends
 * those that are old, too many, or no longer wanted. How many are busy at a time is the scheduler's matter.
 */
import type { Timer } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { ConnectionFailure } from './connection-failure.ts';
import { openSocket } from './open-socket.ts';
import type { Target } from './routes.ts';
import { type ClientNeeds, SmtpClient } from './smtp-client.ts';

/** Many servers end a session after some hundred messages, some without a word: better we do it first. */
const MAX_TRANSACTIONS = 100;

interface Idle {
  readonly client: SmtpClient;
  readonly timer: Timer;
}

export type PoolConfig = Pick<
  Config['delivery'],
  'concurrency' | 'connectTimeoutMs' | 'idleConnectionMs' | 'localAddress'
>;

export class ConnectionPool {
  readonly #config: PoolConfig;
  readonly #needs: ClientNeeds;
  readonly #all = new Set<SmtpClient>();
  /** By destination; the one used last comes last. */
  readonly #idle = new Map<string, Idle[]>();
  #idleCount = 0;
  readonly #stop = new AbortController();

  constructor(config: PoolConfig, needs: ClientNeeds) {
    this.#config = config;
    this.#needs = needs;
  }

  /** An idle connection to that destination, taken out of the pool; null without one. */
  take(destination: string): SmtpClient | null {
    const idle = this.#idle.get(destination)?.at(-1);
    if (idle === undefined) return null;
    this.#forget(destination, idle);
    return idle.client;
  }

  /**
   * A new connection, greeted, secured and logged in. Where TLS is opportunistic and fails, a second one in the clear
   * takes its place (RFC 7435: some protection when possible, mail in any case). Throws {@link ConnectionFailure}.
   */
  async open(target: Target, timeoutMs: number): Promise<SmtpClient> {
    const opportunistic = target.tls === 'opportunistic';
    try {
      // A handshake that hangs may have half of the time, so that the second connection gets its turn.
      return await this.#connect(target, opportunistic ? timeoutMs / 2 : timeoutMs, false);
    } catch (error) {
      const failedTls = error instanceof ConnectionFailure && error.code === 'delivery.tls';
      if (!failedTls || !opportunistic) throw error;
      this.#needs.log.info('TLS failed, going on in the clear', {
        host: target.host,
        remoteAddress: target.address,
        error: error.message,
      });
      return this.#connect(target, timeoutMs / 2, true);
    }
  }

  /** After use: kept for the next message, or ended. */
  release(destination: string, client: SmtpClient): void {
    const { idleConnectionMs, concurrency } = this.#config;
    if (!client.usable) return;
    const keep = idleConnectionMs > 0 && client.transactions < MAX_TRANSACTIONS && !this.#stop.signal.aborted;
    if (!keep || this.#idleCount >= concurrency) {
      client.quit();
      return;
    }
    const timer = this.#needs.clock.after(idleConnectionMs, () => {
      this.#forget(destination, idle);
      client.quit();
    });
    const idle = { client, timer };
    const list = this.#idle.get(destination) ?? [];
    this.#idle.set(destination, [...list, idle]);
    this.#idleCount += 1;
    client.onClosed(() => {
      this.#all.delete(client);
      this.#forget(destination, idle);
    });
  }

  /** Idle connections say goodbye. */
  quitIdle(): void {
    for (const [destination, list] of [...this.#idle]) {
      for (const idle of list) {
        this.#forget(destination, idle);
        idle.client.quit();
      }
    }
  }

  /** Ends everything at once: what is under way fails with `delivery.stopping`. */
  close(): void {
    this.#stop.abort();
    this.quitIdle();
    for (const client of [...this.#all]) {
      client.abort(new ConnectionFailure('delivery.stopping', 'connect', 'The server is stopping'));
    }
  }

  async #connect(target: Target, timeoutMs: number, clear: boolean): Promise<SmtpClient> {
    const socket = await openSocket(target, {
      timeoutMs: Math.min(timeoutMs, this.#config.connectTimeoutMs),
      localAddress: this.#config.localAddress,
      clock: this.#needs.clock,
      signal: this.#stop.signal,
    });
    const client = new SmtpClient(socket, target, this.#needs, clear);
    this.#all.add(client);
    client.onClosed(() => this.#all.delete(client));
    await client.start(timeoutMs);
    return client;
  }

  #forget(destination: string, idle: Idle): void {
    const list = this.#idle.get(destination);
    if (!list?.includes(idle)) return;
    idle.timer.cancel();
    this.#idleCount -= 1;
    if (list.length === 1) this.#idle.delete(destination);
    else {
      this.#idle.set(
        destination,
        list.filter((other) => other !== idle),
      );
    }
  }
}
