/** What the scheduler holds of one domain: jobs fetched ahead, jobs under way, and whether the queue may have more. */
import type { DeliveryJob } from '../queue/message.ts';
import type { Progress } from './deliver.ts';

export interface ActiveJob {
  readonly domain: string;
  /** ms since 1970. */
  readonly since: number;
  readonly detail: string;
  readonly sessionId: number | null;
}

export class Lane {
  readonly domain: string;
  /** The queue may hold due jobs that are not here. */
  more = true;
  /** Monotonic, in ms: the queue had nothing left for this lane a moment ago. */
  fetchNotBefore = Number.NEGATIVE_INFINITY;
  readonly #active = new Map<number, ActiveJob>();
  #buffer: DeliveryJob[] = [];
  /** Slots in use: fewer than the active ones, some of which only wait for their outcome to be on disk. */
  #busy = 0;
  /** Set while jobs are fetched: what finished since then may be in the answer all the same. */
  #finishedMeanwhile: Set<number> | null = null;

  constructor(domain: string) {
    this.domain = domain;
  }

  get busy(): number {
    return this.#busy;
  }
  get buffered(): number {
    return this.#buffer.length;
  }
  get fetching(): boolean {
    return this.#finishedMeanwhile !== null;
  }
  get active(): ReadonlyMap<number, ActiveJob> {
    return this.#active;
  }
  /** Nothing to do and nothing to come. */
  get idle(): boolean {
    return !this.more && !this.fetching && this.#buffer.length === 0 && this.#active.size === 0;
  }

  /** Messages that a query for more must leave out. */
  known(): readonly number[] {
    return [...this.#active.keys(), ...this.#buffer.map((job) => job.messageId)];
  }

  beginFetch(): void {
    this.#finishedMeanwhile = new Set();
  }

  /** `jobs`: null when the answer is of no use any more. */
  endFetch(jobs: readonly DeliveryJob[] | null): void {
    const finished = this.#finishedMeanwhile;
    this.#finishedMeanwhile = null;
    // Read before their outcome was written: due in the answer, and done in truth.
    this.#buffer.push(...(jobs ?? []).filter((job) => !finished?.has(job.messageId)));
  }

  start(now: number): { readonly job: DeliveryJob; readonly progress: Progress } | null {
    const job = this.#buffer.shift();
    if (job === undefined) return null;
    this.#busy += 1;
    const { domain } = this;
    const progress: Progress = (detail, sessionId) =>
      this.#active.set(job.messageId, { domain, since: now, detail, sessionId });
    progress('Starting', null);
    return { job, progress };
  }

  /** The connection is free for the next job; the message stays active until {@link finish}. */
  attempted(): void {
    this.#busy -= 1;
  }

  finish(messageId: number): void {
    this.#active.delete(messageId);
    this.#finishedMeanwhile?.add(messageId);
  }

  /** Gives back what was fetched ahead. */
  drop(): void {
    this.#buffer = [];
    this.more = true;
  }
}
