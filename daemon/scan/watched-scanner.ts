/**
 * A scanner with its limits and its state: not too many scans at one time, none longer than its deadline, none of what is
 * too large for it; and whether it is there, from what happened last.
 *
 * A scan ends in a result, never in an error, and whatever is not a verdict is `unavailable`.
 */
import { type Clock, isoTimeOrNull } from '../clock.ts';
import { errorText } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import { ScanSlots } from './scan-slots.ts';
import {
  type ScanContent,
  type ScanFacts,
  type Scanner,
  ScannerError,
  type ScannerVersion,
  UnscannableError,
  type Verdict,
} from './scanner.ts';
import type { ScannerPolicy, ScannerStatus } from './scanner-policy.ts';

export type ScanOutcome =
  | Verdict
  /** Larger than the scanner is to be shown. */
  | { readonly kind: 'skipped'; readonly reason: string }
  | { readonly kind: 'unavailable'; readonly reason: string };

export interface WatchLimits {
  readonly concurrency: number;
  /** For a scan as a whole, the wait for its turn included. */
  readonly timeoutMs: number;
}

/** A healthy scanner says its version at once. */
const PROBE_TIMEOUT_MS = 5_000;
/** What is as young as this is true now. */
const FRESH_MS = 2_000;
/** Who asks for the state is not kept longer by a scanner that hangs. */
const STATE_WAIT_MS = 500;

export class WatchedScanner {
  readonly scanner: Scanner;
  readonly policy: ScannerPolicy;
  readonly #limits: WatchLimits;
  readonly #slots: ScanSlots;
  readonly #clock: Clock;
  readonly #log: Logger;
  #version: ScannerVersion = { version: null, signaturesAt: null };
  /** Null until something has been heard of it. */
  #available: boolean | null = null;
  #lastError: string | null = null;
  #probing: Promise<void> | null = null;
  #probedAt = Number.NEGATIVE_INFINITY;

  constructor(scanner: Scanner, policy: ScannerPolicy, limits: WatchLimits, clock: Clock, log: Logger) {
    this.scanner = scanner;
    this.policy = policy;
    this.#limits = limits;
    this.#slots = new ScanSlots(limits.concurrency);
    this.#clock = clock;
    this.#log = log;
  }

  /** Does not reject. */
  async scan(content: ScanContent, facts: ScanFacts): Promise<ScanOutcome> {
    if (content.sizeBytes > this.policy.maxBytes) {
      return { kind: 'skipped', reason: `larger than ${this.policy.maxBytes} bytes` };
    }
    try {
      const verdict = await this.#within(this.#limits.timeoutMs, (signal) =>
        this.#slots.run(() => this.scanner.scan(content, facts, signal), signal),
      );
      this.#heard(null);
      return verdict;
    } catch (error) {
      this.#heard(error instanceof UnscannableError ? null : errorText(error));
      return { kind: 'unavailable', reason: errorText(error) };
    }
  }

  /** As it is now, or as it was last when it does not say so soon. */
  async status(): Promise<ScannerStatus> {
    if (this.#clock.monotonic() - this.#probedAt > FRESH_MS) {
      const wait = { cancel: (): void => {} };
      const late = new Promise<void>((resolve) => {
        wait.cancel = this.#clock.after(STATE_WAIT_MS, resolve).cancel;
      });
      await Promise.race([this.probe(), late]);
      wait.cancel();
    }
    return this.lastStatus();
  }

  lastStatus(): ScannerStatus {
    const { version, signaturesAt } = this.#version;
    return {
      name: this.scanner.name,
      state: this.#available === null ? 'unknown' : this.#available ? 'ok' : 'unavailable',
      version,
      signaturesAt: isoTimeOrNull(signaturesAt),
      lastError: this.#lastError,
    };
  }

  /** Does not reject. Who asks while it is being asked shares the answer. */
  probe(): Promise<void> {
    this.#probing ??= this.#probe().finally(() => {
      this.#probing = null;
    });
    return this.#probing;
  }

  async #probe(): Promise<void> {
    try {
      this.#version = await this.#within(PROBE_TIMEOUT_MS, (signal) => this.scanner.probe(signal));
      this.#heard(null);
    } catch (error) {
      this.#heard(errorText(error));
    }
    this.#probedAt = this.#clock.monotonic();
  }

  async #within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const timer = this.#clock.after(ms, () =>
      controller.abort(new ScannerError(`it gave no answer within ${ms / 1_000} s`)),
    );
    try {
      return await work(controller.signal);
    } finally {
      timer.cancel();
    }
  }

  #heard(error: string | null): void {
    const available = error === null;
    if (error !== null) this.#lastError = error;
    if (this.#available === available) return;
    const before = this.#available;
    this.#available = available;
    const { name } = this.scanner;
    if (error !== null) this.#log.warn('scanner is not available', { scanner: name, error });
    else if (before === false) this.#log.info('scanner is available again', { scanner: name });
    else this.#log.info('scanner found', { scanner: name, version: this.#version.version });
  }
}
