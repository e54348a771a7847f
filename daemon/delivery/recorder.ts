/**
 * Writes what an attempt came to: results and the reports they cause, in one transaction, and one log line for each
 * recipient. A delivery that happened must be written, however long the database is in trouble.
 */
import type { Clock } from '../clock.ts';
import { errorText } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { DeliveryJob } from '../queue/message.ts';
import type { DeliveryPort } from '../queue/queue-port.ts';
import type { JobAttempt } from './deliver.ts';
import { type RetryConfig, type Settled, settle } from './outcome.ts';
import type { Reporter } from './reporter.ts';
import { CautiousTime } from './retry.ts';

export interface RecorderNeeds {
  readonly queue: Pick<DeliveryPort, 'record'>;
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly log: Logger;
  /** 0 to 1. */
  readonly random: () => number;
}

/** While the database takes nothing: tried again after these times, the last repeats. */
const RETRY_MS = [1_000, 2_000, 5_000, 10_000, 30_000] as const;

const logged = { delivered: 'delivered', deferred: 'deferred', failed: 'bounced' } as const;

export class Recorder {
  readonly #config: RetryConfig;
  readonly #needs: RecorderNeeds;
  readonly #cautious: CautiousTime;
  readonly #stop = new AbortController();

  constructor(config: RetryConfig, needs: RecorderNeeds) {
    this.#config = config;
    this.#needs = needs;
    this.#cautious = new CautiousTime(needs.clock);
  }

  /** Resolves when it is on disk (or given up by {@link stop}), with when the earliest of it is due again. Never throws. */
  async record(job: DeliveryJob, attempt: JobAttempt): Promise<{ readonly nextDueAt: number | null }> {
    const { clock, random } = this.#needs;
    const moment = { now: clock.now(), cautious: this.#cautious.now(), random };
    const settled = settle(job, attempt, this.#config, moment).filter(
      // The stop of our server is no attempt: what it cut off stays due as it was.
      ({ result }) => attempt.interrupted !== 'stopping' || result.outcome !== 'deferred',
    );
    if (settled.length === 0) return { nextDueAt: null };
    for (const one of settled) this.#log(job, one);
    for (let tries = 0; !(await this.#written(job, attempt, settled, moment.now, tries)); tries += 1) {
      if (this.#stop.signal.aborted) break;
      await this.#wait(RETRY_MS[Math.min(tries, RETRY_MS.length - 1)] ?? 0);
    }
    const due = settled.flatMap(({ result }) => result.nextAttemptAt ?? []);
    return { nextDueAt: due.length === 0 ? null : Math.min(...due) };
  }

  /** Gives up what cannot be written: it will be delivered a second time. */
  stop(): void {
    this.#stop.abort();
  }

  async #written(
    job: DeliveryJob,
    { connection = null }: JobAttempt,
    settled: readonly Settled[],
    at: number,
    tries: number,
  ): Promise<boolean> {
    const { queue, reporter, log } = this.#needs;
    const { messageId, domain } = job;
    try {
      const reports = await reporter.reports(job, settled);
      const results = settled.map(({ result }) => result);
      await queue.record({ messageId, domain, at, results, connection }, reports);
      return true;
    } catch (error) {
      const lost = this.#stop.signal.aborted;
      if (tries === 0 || lost) {
        const message = lost ? 'outcome could not be written' : 'outcome cannot be written yet';
        log.error(message, { queueId: messageId, domain, error: errorText(error) });
      }
      return false;
    }
  }

  #wait(ms: number): Promise<void> {
    const { signal } = this.#stop;
    return new Promise((resolve) => {
      const end = () => {
        timer.cancel();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = this.#needs.clock.after(ms, end);
      signal.addEventListener('abort', end);
      if (signal.aborted) end();
    });
  }

  #log(job: DeliveryJob, { attempt, result }: Settled): void {
    this.#needs.log.info(logged[result.outcome], {
      queueId: job.messageId,
      ...(attempt.sessionId === null ? {} : { sessionId: attempt.sessionId }),
      ...(result.address === null ? {} : { remoteAddress: result.address }),
      from: job.envelope.from,
      to: attempt.recipient.address,
      host: result.host,
      reply: result.reply,
      durationMs: result.durationMs,
      tls: result.tls,
    });
  }
}
