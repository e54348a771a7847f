/**
 * A thread that looks into contents, so that neither the event loop nor the process pays for what is in one: started with
 * the first job, ended when there was none for a while, killed when a job takes too long or too much memory, and then
 * started anew with the next.
 *
 * One job at a time, in the order in which they came. What the jobs are is the script's matter.
 */
import { Worker } from 'node:worker_threads';
import type { Clock, Timer } from '../../clock.ts';
import { errorText, MaildError } from '../../errors.ts';
import type { Logger } from '../../log/logger.ts';

/** Megabytes of JavaScript objects; a content passes through in pieces. */
const maxHeapMb = 192;
const maxYoungMb = 16;
/** A content of 50 MB takes less than a second, on a busy machine a few. */
const jobMs = 60_000;
const idleMs = 60_000;

/** The thread ended while it was at a job: it is the job's fault, most likely. */
export const threadDied = 'contents.thread_died';
/** The thread does not start, or maild is ending: no fault of the job. */
export const threadUnavailable = 'contents.thread_unavailable';

interface Waiting {
  readonly job: object;
  readonly transfer: readonly ArrayBuffer[];
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface ContentThreadNeeds {
  /** Path of the built content-worker.ts. */
  readonly script: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** For tests. */
  readonly jobMs?: number;
}

export class ContentThread {
  readonly #needs: ContentThreadNeeds;
  readonly #waiting: Waiting[] = [];
  #running: Waiting | null = null;
  #worker: Worker | null = null;
  #ready = false;
  #deadline: Timer | null = null;
  #idle: Timer | null = null;
  #closed = false;

  constructor(needs: ContentThreadNeeds) {
    this.#needs = needs;
  }

  get started(): boolean {
    return this.#worker !== null;
  }

  /** It runs, and whatever ends it now is the fault of its job. */
  get ready(): boolean {
    return this.#ready;
  }

  /**
   * @param transfer Buffers of the job, which the caller has no more afterwards.
   * @throws MaildError {@link threadDied}, {@link threadUnavailable} (temporary), or `contents.job_failed` with what the
   * script threw.
   */
  run(job: object, transfer: readonly ArrayBuffer[] = []): Promise<unknown> {
    if (this.#closed) return Promise.reject(unavailable('maild is ending'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, transfer, resolve, reject });
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#idle?.cancel();
    for (const { reject } of this.#waiting.splice(0)) reject(unavailable('maild is ending'));
    await this.#stop();
    this.#finish()?.reject(unavailable('maild is ending'));
  }

  /** From here on it is not ours: the next job gets another one. */
  async #stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  #next(): void {
    if (this.#running !== null) return;
    const next = this.#waiting.shift();
    this.#idle?.cancel();
    if (next === undefined) {
      this.#idle = this.#needs.clock.after(idleMs, () => void this.#stop());
      return;
    }
    this.#running = next;
    try {
      this.#worker ??= this.#start();
      this.#worker.postMessage(next.job, next.transfer);
    } catch (error) {
      // No thread to be had, or a job that cannot be handed over.
      this.#ready = false;
      void this.#stop();
      this.#ended(error);
      return;
    }
    this.#deadline = this.#needs.clock.after(this.#needs.jobMs ?? jobMs, () => {
      this.#needs.log.warn('thread for contents killed: a job took too long');
      void this.#stop();
      this.#ended('it took too long');
    });
  }

  #start(): Worker {
    const { script, log } = this.#needs;
    const worker = new Worker(script, {
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMb, maxYoungGenerationSizeMb: maxYoungMb },
      // Nothing of maild's environment is its business.
      env: {},
      argv: [],
    });
    let problem: unknown = null;
    this.#ready = false;
    worker.unref();
    worker.on('message', (message: ThreadMessage) => {
      if (worker === this.#worker) this.#hear(message);
    });
    worker.on('error', (error) => {
      problem = error;
    });
    worker.on('exit', () => {
      if (worker !== this.#worker) return;
      this.#worker = null;
      if (this.#ready) log.warn('thread for contents died', { error: errorText(problem) });
      this.#ended(problem);
    });
    return worker;
  }

  #hear(message: ThreadMessage): void {
    if (message.kind === 'ready') {
      this.#ready = true;
      return;
    }
    const running = this.#finish();
    if (message.kind === 'answer') running?.resolve(message.answer);
    else running?.reject(new MaildError('contents.job_failed', message.error));
    this.#next();
  }

  #ended(problem: unknown): void {
    const running = this.#finish();
    if (this.#ready)
      running?.reject(new MaildError(threadDied, 'the thread for contents died', { cause: problem }));
    else {
      // Each of the others would find the same.
      this.#needs.log.error('thread for contents does not start', { error: errorText(problem) });
      const error = unavailable(`the thread for contents does not start: ${errorText(problem)}`, problem);
      for (const { reject } of [...(running ? [running] : []), ...this.#waiting.splice(0)]) reject(error);
    }
    this.#next();
  }

  #finish(): Waiting | null {
    const running = this.#running;
    this.#running = null;
    this.#deadline?.cancel();
    return running;
  }
}

/** What a script says: `ready` once, then an answer or an error for each job. */
export type ThreadMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly answer: unknown }
  | { readonly kind: 'failed'; readonly error: string };

const unavailable = (reason: string, cause?: unknown): MaildError =>
  new MaildError(threadUnavailable, reason, { temporary: true, cause });
