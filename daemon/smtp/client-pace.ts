/**
 * Whether a client keeps pace: a limit for saying nothing, one for a whole message, and a least rate while a message comes.
 *
 * Bytes alone do not count as doing something, or one byte a minute would hold a session for ever: it is complete commands
 * that count, and in a message the rate on the whole. RFC 5321 4.5.3.2.
 */
import type { Config } from '../config/config.ts';
import { type Reply, replies } from './replies.ts';

type PaceLimits = Pick<Config['smtp'], 'idleTimeoutMs' | 'sessionTimeoutMs' | 'minBytesPerSecond'>;

/** All times are those of the monotonic clock. */
export class ClientPace {
  #activeAt: number;
  #dataSince: number | null = null;
  #bytesSeen = 0;

  constructor(now: number) {
    this.#activeAt = now;
  }

  /** A command was complete, or we have answered one. */
  active(now: number): void {
    this.#activeAt = now;
  }

  startData(now: number): void {
    this.#activeAt = now;
    this.#dataSince = now;
    this.#bytesSeen = 0;
  }

  endData(now: number): void {
    this.#activeAt = now;
    this.#dataSince = null;
  }

  isIdle(now: number, limits: PaceLimits): boolean {
    return now - this.#activeAt > limits.idleTimeoutMs;
  }

  /**
   * What to say to a client that is too slow; null when it is not. `transactionSince` is the time of MAIL, or null;
   * `receivedBytes` those of the message that is coming.
   */
  judge(
    now: number,
    limits: PaceLimits,
    transactionSince: number | null,
    receivedBytes: number,
  ): Reply | null {
    if (this.#dataSince !== null) {
      if (receivedBytes !== this.#bytesSeen) this.#activeAt = now;
      this.#bytesSeen = receivedBytes;
      // A client may be silent for the idle time once; each byte buys it more at the least rate.
      const { idleTimeoutMs, minBytesPerSecond } = limits;
      const boughtMs = minBytesPerSecond === 0 ? Infinity : (receivedBytes / minBytesPerSecond) * 1000;
      if (now - this.#dataSince > idleTimeoutMs + boughtMs) return replies.tooSlow;
    }
    if (this.isIdle(now, limits)) return replies.timeout;
    if (transactionSince !== null && now - transactionSince > limits.sessionTimeoutMs) return replies.timeout;
    return null;
  }
}
