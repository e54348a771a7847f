/**
 * One run of one connection: all its collectors, then what waits to be sent by it. Tells each step as it happens.
 *
 * Whoever asks for it and whoever watches, it goes on to its end, or until the server stops.
 */
import type { ConnectionEvent, ConnectionState, RunResult } from '../../shared/api/connections.ts';
import { isoTimeOrNull, type Timer } from '../clock.ts';
import { errorText } from '../errors.ts';
import { type CollectCounts, newCounts } from './collect.ts';
import type { StoredCollector, StoredConnection } from './connection-store.ts';
import type { Outbox } from './outbox.ts';
import { collectorName, type PollNeeds, pollCollector } from './poll-collector.ts';
import type { StoredRun } from './run-store.ts';

export interface RunNeeds extends PollNeeds {
  readonly outbox: Outbox;
  /** Messages delivered by a connection so far. */
  readonly sentBy: (connectionId: number) => number;
}

export type RunStep = (change: ConnectionEvent['change'], text: string) => void;

/** Servers polled at the same time: one that hangs must not keep the others waiting. */
const PARALLEL_POLLS = 4;
/** Progress is told so often, however fast messages come. */
const PROGRESS_MS = 250;

export class ConnectionRun {
  readonly id: number;
  readonly trigger: string;
  readonly startedAt: number;
  readonly #connection: StoredConnection;
  readonly #needs: RunNeeds;
  readonly #step: RunStep;
  readonly #stop = new AbortController();
  readonly #counts = new Map<number, CollectCounts>();
  readonly #problems: string[] = [];
  readonly #sentBefore: number;
  #parts = 0;
  #failedParts = 0;
  #state: ConnectionState = 'connecting';
  #progressTimer: Timer | null = null;

  constructor(
    { id, trigger, startedAt }: Pick<StoredRun, 'id' | 'trigger' | 'startedAt'>,
    connection: StoredConnection,
    needs: RunNeeds,
    step: RunStep,
  ) {
    this.id = id;
    this.trigger = trigger;
    this.startedAt = startedAt;
    this.#connection = connection;
    this.#needs = needs;
    this.#step = step;
    this.#sentBefore = needs.sentBy(connection.id);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** `collecting 3 of 12`. */
  get detail(): string {
    if (this.#state === 'sending') return `sending, ${this.#sent} sent so far`;
    if (this.#state !== 'collecting') return this.#state;
    const { done, wanted } = this.#collected;
    return `collecting ${done} of ${wanted}`;
  }

  /** Ends it soon; what is on its way to the disk gets there. */
  abort(): void {
    this.#stop.abort();
  }

  /** As it is now, or was at its end. */
  view(endedAt: number | null, result: RunResult | null): StoredRun {
    const { collected, collectedBytes } = this.#collected;
    const { id, trigger, startedAt } = this;
    const error = this.#problems.length === 0 ? null : this.#problems.join('; ');
    return { id, trigger, startedAt, endedAt, result, error, collected, collectedBytes, sent: this.#sent };
  }

  /** Never throws. `putOff`: those that failed too lately to be tried again by the schedule. */
  async run(collectors: readonly StoredCollector[], putOff: readonly StoredCollector[]): Promise<RunResult> {
    for (const one of putOff) {
      this.#parts += 1;
      this.#failedParts += 1;
      const until = isoTimeOrNull(one.retryAt);
      this.#problem(`${collectorName(one)}: not tried before ${until}: ${one.lastError}`);
    }
    const waiting = [...collectors];
    const poll = async () => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await this.#poll(one);
    };
    await Promise.all(Array.from({ length: PARALLEL_POLLS }, poll));
    if (this.#connection.sender !== null && !this.#stop.signal.aborted) await this.#send();
    this.#progressTimer?.cancel();
    this.#state = 'idle';
    if (this.#problems.length === 0) return 'ok';
    return this.#failedParts === this.#parts && this.#collected.collected + this.#sent === 0
      ? 'failed'
      : 'partial';
  }

  get #sent(): number {
    return this.#needs.sentBy(this.#connection.id) - this.#sentBefore;
  }

  /** All collectors together. */
  get #collected(): CollectCounts {
    const sum = newCounts();
    for (const counts of this.#counts.values()) {
      sum.wanted += counts.wanted;
      sum.done += counts.done;
      sum.collected += counts.collected;
      sum.collectedBytes += counts.collectedBytes;
      sum.deleted += counts.deleted;
      sum.left += counts.left;
    }
    return sum;
  }

  async #poll(collector: StoredCollector): Promise<void> {
    const name = collectorName(collector);
    const counts = newCounts();
    this.#counts.set(collector.id, counts);
    this.#parts += 1;
    this.#step('step', `Connecting: ${name}`);
    let listed = false;
    const progress = () => {
      this.#state = 'collecting';
      if (!listed) this.#step('step', `Connected: ${name}, ${counts.wanted} new messages`);
      listed = true;
      this.#progressSoon();
    };
    try {
      await pollCollector(collector, counts, this.#needs, this.#stop.signal, progress);
      this.#step('step', `Collected: ${name}, ${summary(counts)}`);
    } catch (error) {
      this.#failedParts += 1;
      this.#problem(`${name}: ${errorText(error)}`);
    }
    if (counts.left > 0) this.#problem(`${name}: ${counts.left} left on the server: ${counts.leftReason}`);
  }

  async #send(): Promise<void> {
    const { outbox } = this.#needs;
    const { name } = this.#connection;
    this.#state = 'sending';
    try {
      const due = await outbox.sendNow(name);
      if (due === 0) return;
      this.#parts += 1;
      this.#step('step', `Sending: ${due} messages`);
      const left = await outbox.drained(name, this.#stop.signal, () => this.#progressSoon());
      this.#step('step', `Sent: ${this.#sent} of ${due} messages`);
      if (left === null) return;
      if (this.#sent === 0) this.#failedParts += 1;
      this.#problem(left);
    } catch (error) {
      this.#parts += 1;
      this.#failedParts += 1;
      this.#problem(`sending: ${errorText(error)}`);
    }
  }

  #problem(text: string): void {
    this.#problems.push(text);
    this.#step('step', `Failed: ${text}`);
  }

  #progressSoon(): void {
    this.#progressTimer ??= this.#needs.clock.after(PROGRESS_MS, () => {
      this.#progressTimer = null;
      this.#step('progress', this.detail);
    });
  }
}

function summary({ collected, deleted, left }: CollectCounts): string {
  const parts = [`${collected} collected`];
  if (deleted > 0) parts.push(`${deleted} deleted there`);
  if (left > 0) parts.push(`${left} left there`);
  return parts.join(', ');
}
