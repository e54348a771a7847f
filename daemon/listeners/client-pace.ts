/**
 * Whether a client keeps pace: a limit for saying nothing, one for a whole transaction, and a least rate while data comes.
 *
 * Bytes alone do not count as doing something, or one byte a minute would hold a session for ever: it is complete commands
 * that count, and in a message or a literal the rate on the whole. RFC 5321 4.5.3.2.
 */
export interface PaceLimits {
  readonly idleTimeoutMs: number;
  /** Longest time of one transaction. */
  readonly sessionTimeoutMs: number;
  /** 0: none. */
  readonly minBytesPerSecond: number;
}

/** Why a client has to go: what it sends comes too slowly, or it has had its time. */
export type Dawdling = 'slow' | 'timeout';

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

  isIdle(now: number, limits: Pick<PaceLimits, 'idleTimeoutMs'>): boolean {
    return now - this.#activeAt > limits.idleTimeoutMs;
  }

  /**
   * Null while it keeps pace. `transactionSince` is when its transaction began, or null; `receivedBytes` those of the
   * message that is coming.
   */
  judge(
    now: number,
    limits: PaceLimits,
    transactionSince: number | null,
    receivedBytes: number,
  ): Dawdling | null {
    if (this.#dataSince !== null) {
      if (receivedBytes !== this.#bytesSeen) this.#activeAt = now;
      this.#bytesSeen = receivedBytes;
      // A client may be silent for the idle time once; each byte buys it more at the least rate.
      const { idleTimeoutMs, minBytesPerSecond } = limits;
      const boughtMs = minBytesPerSecond === 0 ? Infinity : (receivedBytes / minBytesPerSecond) * 1000;
      if (now - this.#dataSince > idleTimeoutMs + boughtMs) return 'slow';
    }
    if (this.isIdle(now, limits)) return 'timeout';
    if (transactionSince !== null && now - transactionSince > limits.sessionTimeoutMs) return 'timeout';
    return null;
  }
}
