/**
 * Whether a client keeps pace: limits for the login, for saying nothing, and for a command that comes slowly. Bytes alone do
 * not count as doing something, or one byte a minute would hold a session for ever. RFC 3501 5.4.
 */
import type { Config } from '../config/config.ts';

type PaceLimits = Config['imap'];

/** All times are those of the monotonic clock. */
export class ImapPace {
  readonly #startedAt: number;
  #activeAt: number;
  /** Since when a command is on its way; null: none is. */
  #partialSince: number | null = null;

  constructor(now: number) {
    this.#startedAt = now;
    this.#activeAt = now;
  }

  /** Bytes have come. */
  heard(now: number): void {
    this.#activeAt = now;
  }

  /** We are done with what the client has said; `partial`: but for the beginning of a command. */
  rests(now: number, partial: boolean): void {
    this.#activeAt = now;
    if (!partial) this.#partialSince = null;
    else this.#partialSince ??= now;
  }

  /** A command is over: the next one has its own time. */
  commandOver(): void {
    this.#partialSince = null;
  }

  /** What to say to a client that is too slow; null when it is not. `receivedBytes`: of a message that is coming. */
  judge(now: number, limits: PaceLimits, loggedIn: boolean, receivedBytes: number): string | null {
    if (!loggedIn && now - this.#startedAt > limits.loginTimeoutMs) return 'Login takes too long';
    if (this.#partialSince === null) {
      return now - this.#activeAt > limits.idleTimeoutMs ? 'Idle for too long' : null;
    }
    const { minBytesPerSecond, commandTimeoutMs } = limits;
    const boughtMs = minBytesPerSecond === 0 ? Infinity : (receivedBytes / minBytesPerSecond) * 1_000;
    const silent = now - this.#activeAt > commandTimeoutMs;
    // A message that has not begun has bought nothing, whatever the rate.
    const late = now - this.#partialSince > commandTimeoutMs + (receivedBytes === 0 ? 0 : boughtMs);
    return silent || late ? 'Command takes too long' : null;
  }
}
