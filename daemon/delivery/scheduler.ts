/**
 * Decides what is delivered when: takes what is due, fair between domains, within the limits.
 *
 * The queue knows `ready` and `deferred`; that a job is under way is known only here. Each domain has a lane with a
 * few jobs fetched ahead; lanes take turns. A job holds its slot until the remote server has answered; writing the
 * outcome goes on without it, bounded, so that a slow disk slows delivery down and never loses count of it.
 *
 * How an attempt is made and recorded is passed in as {@link Work}.
 */
import type { Clock, Timer } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { errorText } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { DeliveryJob } from '../queue/message.ts';
import type { DeliveryPort } from '../queue/queue-port.ts';
import type { Progress } from './deliver.ts';
import type { DomainHealth } from './domain-health.ts';
import { type ActiveJob, Lane } from './lane.ts';

export interface Work<Attempt> {
  /** Never throws. */
  attempt(job: DeliveryJob, progress: Progress): Promise<Attempt>;
  /** Resolves when the outcome is on disk, with the next time that something falls due by it. Never throws. */
  record(job: DeliveryJob, attempt: Attempt): Promise<{ readonly nextDueAt: number | null }>;
}

export interface SchedulerNeeds<Attempt> {
  readonly queue: Pick<DeliveryPort, 'dueDomains' | 'dueJobs' | 'nextDueAt'>;
  readonly work: Work<Attempt>;
  readonly health: DomainHealth;
  readonly clock: Clock;
  readonly log: Logger;
}

type Limits = Pick<Config['delivery'], 'concurrency' | 'concurrencyPerDomain'>;

/** Jobs fetched ahead, for each delivery that a domain may have at a time: the queue is asked once for several. */
const PREFETCH = 4;
/** Outcomes that may wait for the disk, for each slot. */
const UNRECORDED = 4;
const DOMAINS_PER_QUERY = 100;
/** Domains looked at in one round; the others wait until one of these is done. */
const MAX_LANES = 1_000;
/** At least so much time between two questions of the same kind, however often we are woken. */
const PACE_MS = 5;
/** However early the clock says: never round and round. */
const MIN_SLEEP_MS = 50;
/** However late the clock says: it may have been set back. */
const MAX_SLEEP_MS = 60_000;
/** After a failure of the database. */
const TROUBLE_MS = 5_000;

export class Scheduler<Attempt> {
  readonly #limits: Limits;
  readonly #needs: SchedulerNeeds<Attempt>;
  /** In the order of their turns. */
  readonly #lanes = new Map<string, Lane>();
  #running = false;
  #paused = false;
  /** Operators' verbs under way. */
  #quiet = 0;
  /** Rises when answers of queries under way lose their worth. */
  #epoch = 0;
  #busy = 0;
  #unrecorded = 0;
  /** Slots of deliveries to domains that could not be reached the last time. */
  #probing = 0;
  #woken = false;
  #moreDomains = false;
  #findingDomains = false;
  #domainsAskedAt = Number.NEGATIVE_INFINITY;
  #pumping = false;
  #alarm: Timer | null = null;
  #alarmAt = Number.POSITIVE_INFINITY;
  #pace: Timer | null = null;
  #onDrained: (() => void) | null = null;

  constructor(limits: Limits, needs: SchedulerNeeds<Attempt>) {
    this.#limits = limits;
    this.#needs = needs;
  }

  start(): void {
    this.#running = true;
    this.wake();
    this.#ask();
  }

  /** Something new is due: a message came in, or was made due. Cheap, however often it is called. */
  wake(): void {
    this.#woken = true;
    this.#schedulePump();
  }

  /** Starts nothing until {@link resume}; what is under way goes on. */
  pause(): void {
    this.#paused = true;
    this.#drop();
  }

  resume(): void {
    this.#paused = false;
    this.wake();
    this.#ask();
  }

  /** While `work` runs no delivery starts, and what had been fetched ahead is forgotten: the queue may change. */
  async quiesce<T>(work: () => Promise<T>): Promise<T> {
    this.#quiet += 1;
    this.#drop();
    try {
      return await work();
    } finally {
      this.#quiet -= 1;
      this.wake();
      this.#ask();
    }
  }

  /** Messages under way, until their outcome is on disk. */
  active(): ReadonlyMap<number, ActiveJob> {
    const jobs = [...this.#lanes.values()].flatMap((lane) => [...lane.active]);
    return new Map(jobs);
  }

  /** Domains with something under way, and how much. */
  busyDomains(): ReadonlyMap<string, number> {
    const busy = [...this.#lanes.values()].filter((lane) => lane.active.size > 0);
    return new Map(busy.map((lane) => [lane.domain, lane.active.size]));
  }

  /** Starts nothing any more; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#alarm?.cancel();
    this.#alarmAt = Number.POSITIVE_INFINITY;
    this.#pace?.cancel();
    this.#pace = null;
    this.#drop();
    if (this.#busy + this.#unrecorded === 0) return;
    await new Promise<void>((resolve) => {
      this.#onDrained = resolve;
    });
  }

  get #startable(): boolean {
    return this.#running && !this.#paused && this.#quiet === 0;
  }

  get #free(): boolean {
    const { concurrency } = this.#limits;
    return this.#busy < concurrency && this.#unrecorded < UNRECORDED * concurrency;
  }

  #drop(): void {
    this.#epoch += 1;
    for (const lane of this.#lanes.values()) lane.drop();
  }

  #schedulePump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  /** Lets the lanes take turns until there is no free slot or no lane that can use one. */
  #pump(): void {
    if (!this.#startable) return;
    if (this.#woken) {
      this.#woken = false;
      this.#moreDomains = true;
      for (const lane of this.#lanes.values()) lane.more = true;
    }
    for (let skipped = 0; this.#free && skipped < this.#lanes.size; ) {
      const lane = this.#nextLane();
      if (lane === null) break;
      const started = this.#mayStart(lane) && this.#startNext(lane);
      if (lane.idle) {
        // Not skipped: the turn would end before the last lane had it, and one that is new would never be filled.
        this.#lanes.delete(lane.domain);
        continue;
      }
      skipped = started ? 0 : skipped + 1;
      this.#refill(lane);
    }
    if (this.#free) this.#findDomains();
  }

  #nextLane(): Lane | null {
    for (const lane of this.#lanes.values()) {
      this.#lanes.delete(lane.domain);
      this.#lanes.set(lane.domain, lane);
      return lane;
    }
    return null;
  }

  #mayStart(lane: Lane): boolean {
    const { health } = this.#needs;
    if (lane.busy >= health.limit(lane.domain)) return false;
    // Domains that cannot be reached may hold half of the slots in all: the others are for those that can.
    const probes = Math.max(1, Math.floor(this.#limits.concurrency / 2));
    return this.#probing < probes || !health.failing(lane.domain);
  }

  #startNext(lane: Lane): boolean {
    const started = lane.start(this.#needs.clock.now());
    if (started === null) return false;
    this.#busy += 1;
    void this.#run(lane, started.job, started.progress);
    return true;
  }

  async #run(lane: Lane, job: DeliveryJob, progress: Progress): Promise<void> {
    const { work, health } = this.#needs;
    const probe = health.failing(lane.domain) ? 1 : 0;
    this.#probing += probe;
    const attempt = await work.attempt(job, progress);
    this.#probing -= probe;
    lane.attempted();
    this.#busy -= 1;
    this.#unrecorded += 1;
    progress('Writing the outcome', null);
    this.#pump();
    const { nextDueAt } = await work.record(job, attempt);
    this.#unrecorded -= 1;
    lane.finish(job.messageId);
    if (nextDueAt !== null) this.#wakeAt(nextDueAt);
    if (this.#busy + this.#unrecorded === 0) this.#onDrained?.();
    this.#pump();
  }

  #refill(lane: Lane): void {
    const limit = this.#needs.health.limit(lane.domain);
    if (!lane.more || lane.fetching || lane.buffered >= limit) return;
    if (this.#needs.clock.monotonic() < lane.fetchNotBefore) {
      this.#pumpLater();
      return;
    }
    lane.more = false;
    lane.beginFetch();
    void this.#fetch(lane, PREFETCH * limit - lane.buffered);
  }

  async #fetch(lane: Lane, wanted: number): Promise<void> {
    const { queue, clock } = this.#needs;
    const epoch = this.#epoch;
    let jobs: readonly DeliveryJob[] | null = null;
    try {
      jobs = await queue.dueJobs(lane.domain, clock.now(), lane.known(), wanted);
    } catch (error) {
      this.#troubled(error);
    }
    const stale = jobs === null || epoch !== this.#epoch;
    lane.endFetch(stale ? null : jobs);
    // A short answer does not mean that there is no more: the queue counts recipients, we count jobs.
    if (stale || (jobs ?? []).length > 0) lane.more = true;
    // Messages may trickle in, with a wake for each: together they are one question.
    if ((jobs ?? []).length < wanted) lane.fetchNotBefore = clock.monotonic() + PACE_MS;
    if (jobs !== null) this.#schedulePump();
  }

  #findDomains(): void {
    if (!this.#moreDomains || this.#findingDomains || this.#lanes.size >= MAX_LANES) return;
    if (this.#needs.clock.monotonic() - this.#domainsAskedAt < PACE_MS) {
      this.#pumpLater();
      return;
    }
    this.#findingDomains = true;
    this.#moreDomains = false;
    void this.#fetchDomains();
  }

  async #fetchDomains(): Promise<void> {
    const { queue, clock } = this.#needs;
    this.#domainsAskedAt = clock.monotonic();
    try {
      const domains = await queue.dueDomains(clock.now(), [...this.#lanes.keys()], DOMAINS_PER_QUERY);
      for (const domain of domains) {
        if (!this.#lanes.has(domain)) this.#lanes.set(domain, new Lane(domain));
      }
      if (domains.length === DOMAINS_PER_QUERY) this.#moreDomains = true;
      if (domains.length > 0) this.#schedulePump();
    } catch (error) {
      this.#troubled(error);
    } finally {
      this.#findingDomains = false;
    }
    if (this.#moreDomains) this.#pumpLater();
  }

  #pumpLater(): void {
    if (!this.#running) return;
    this.#pace ??= this.#needs.clock.after(PACE_MS, () => {
      this.#pace = null;
      this.#pump();
    });
  }

  /** The database does not answer: everything is asked again, later. */
  #troubled(error: unknown): void {
    this.#needs.log.error('queue cannot be read', { error: errorText(error), againInMs: TROUBLE_MS });
    this.#wakeAt(this.#needs.clock.now() + TROUBLE_MS);
  }

  /** Asks the queue when to get up. Between two such times nothing falls due that we are not told of. */
  #ask(): void {
    if (!this.#running) return;
    this.#wakeAt(this.#needs.clock.now() + MAX_SLEEP_MS);
    this.#needs.queue.nextDueAt().then(
      (at) => {
        if (at !== null) this.#wakeAt(at);
      },
      (error: unknown) => this.#troubled(error),
    );
  }

  #wakeAt(at: number): void {
    if (!this.#running) return;
    const { clock } = this.#needs;
    const ms = Math.min(MAX_SLEEP_MS, Math.max(MIN_SLEEP_MS, at - clock.now()));
    const alarmAt = clock.monotonic() + ms;
    if (alarmAt >= this.#alarmAt) return;
    this.#alarm?.cancel();
    this.#alarmAt = alarmAt;
    this.#alarm = clock.after(ms, () => {
      this.#alarmAt = Number.POSITIVE_INFINITY;
      this.wake();
      this.#ask();
    });
  }
}
