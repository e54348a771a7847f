/**
 * Runs background tasks by their schedules and on demand, one at a time, and remembers what came of them.
 *
 * What a task does is in tasks/; when it is due is computed in timetable.ts. A time that passed while maild was down is
 * made up for once, after the start. One task that fails does not keep the others from running.
 */
import type { TaskName, TaskRun, Task as TaskView } from '../../shared/api/housekeeper.ts';
import type { Status } from '../../shared/api/server.ts';
import { type Clock, isoTimeOrNull, type Timer } from '../clock.ts';
import { errorText, MaildError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { Task } from './task.ts';
import { runView, type StoredRun, type TaskStore } from './task-store.ts';
import { nextRun } from './timetable.ts';

export interface HousekeeperNeeds {
  readonly tasks: readonly Task[];
  /** Cron expressions, as they are now; empty: never. */
  readonly schedules: () => Readonly<Record<TaskName, string>>;
  readonly store: TaskStore;
  readonly clock: Clock;
  readonly log: Logger;
}

type Trigger = TaskRun['trigger'];
type MutableRun = { -readonly [K in keyof StoredRun]: StoredRun[K] };

interface Entry {
  readonly task: Task;
  last: StoredRun | null;
  /** When it was last known not to be due, in ms since 1970. */
  base: number;
  /** Waiting for its turn, or running. */
  current: Promise<StoredRun> | null;
}

/** The start itself is busy enough; what was missed can wait so long. */
const firstLookMs = 15_000;
/** The clock may be set, so what is due is looked at anew this often. */
const lookMs = 30_000;

export class Housekeeper {
  readonly #needs: HousekeeperNeeds;
  readonly #entries: readonly Entry[];
  readonly #abort = new AbortController();
  #running: Entry | null = null;
  /** Runs come one after another. */
  #tail: Promise<unknown> = Promise.resolve();
  #timer: Timer | null = null;
  #loaded = false;

  constructor(needs: HousekeeperNeeds) {
    this.#needs = needs;
    const now = needs.clock.now();
    this.#entries = needs.tasks.map((task) => ({ task, last: null, base: now, current: null }));
  }

  start(): void {
    this.#lookAfter(firstLookMs);
  }

  /** Ends the task that runs as soon as it can be ended. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    this.#abort.abort();
    await this.#tail;
  }

  /** Runs it when its turn comes, or joins the run that is waiting or going on. Throws `housekeeper.unknown_task`. */
  run(name: TaskName, trigger: Trigger): Promise<TaskRun> {
    const entry = this.#entries.find(({ task }) => task.name === name);
    if (entry === undefined)
      return Promise.reject(new MaildError('housekeeper.unknown_task', `there is no task ${name}`));
    return this.#begin(entry, trigger).then(runView);
  }

  list(): TaskView[] {
    return this.#entries.map((entry) => {
      const { task, last, current } = entry;
      const ended = last !== null && last.endedAt !== null;
      return {
        name: task.name,
        summary: task.summary,
        state: this.#running === entry ? 'running' : current === null ? 'idle' : 'waiting',
        schedule: this.#needs.schedules()[task.name],
        lastRunAt: isoTimeOrNull(last?.startedAt ?? null),
        lastResult: last?.result ?? null,
        lastDetail: ended ? last.detail : null,
        lastDurationMs:
          last === null || last.endedAt === null ? null : Math.max(0, last.endedAt - last.startedAt),
        nextRunAt: isoTimeOrNull(this.#nextOf(entry)),
      };
    });
  }

  async history(task: TaskName | undefined, limit: number): Promise<TaskRun[]> {
    return (await this.#needs.store.list(task ?? null, limit)).map(runView);
  }

  status(): Status['housekeeper'] {
    const running = this.#running;
    const times = this.#entries.map((entry) => entry.last?.startedAt ?? 0);
    const next = this.#entries.map((entry) => this.#nextOf(entry)).filter((at) => at !== null);
    return {
      state: running === null ? 'idle' : 'running',
      task: running?.task.name ?? null,
      lastRunAt: isoTimeOrNull(Math.max(0, ...times) || null),
      nextRunAt: isoTimeOrNull(next.length === 0 ? null : Math.min(...next)),
    };
  }

  #nextOf({ task, base }: Entry): number | null {
    // A clock that was set back must not keep a task waiting until it is that late again.
    return nextRun(this.#needs.schedules()[task.name], Math.min(base, this.#needs.clock.now()));
  }

  #lookAfter(ms: number): void {
    this.#timer = this.#needs.clock.after(ms, () => {
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    const missed = await this.#load();
    const now = this.#needs.clock.now();
    for (const entry of this.#entries) {
      const next = this.#nextOf(entry);
      if (entry.current !== null || next === null || next > now) continue;
      entry.base = now;
      this.#begin(entry, missed ? 'missed' : 'schedule').catch((error: unknown) => {
        if (this.#abort.signal.aborted) return;
        this.#needs.log.error('task not run', { task: entry.task.name, error: errorText(error) });
      });
    }
    if (!this.#abort.signal.aborted) this.#lookAfter(Math.min(lookMs, this.#untilNext()));
  }

  /** How long until something is due, in ms. */
  #untilNext(): number {
    const now = this.#needs.clock.now();
    const next = this.#entries.map((entry) => this.#nextOf(entry)).filter((at) => at !== null);
    return Math.max(100, Math.min(...next) - now);
  }

  /** True the first time that the runs of earlier lives could be read: what is due then was missed. */
  async #load(): Promise<boolean> {
    if (this.#loaded) return false;
    try {
      for (const run of await this.#needs.store.last()) {
        const entry = this.#entries.find(({ task }) => task.name === run.task);
        if (entry === undefined || entry.last !== null) continue;
        entry.last = run;
        entry.base = run.startedAt;
      }
      this.#loaded = true;
      return true;
    } catch (error) {
      this.#needs.log.debug('history of tasks could not be read', { error: errorText(error) });
      return false;
    }
  }

  #begin(entry: Entry, trigger: Trigger): Promise<StoredRun> {
    entry.current ??= this.#inTurn(entry, trigger);
    return entry.current;
  }

  #inTurn(entry: Entry, trigger: Trigger): Promise<StoredRun> {
    const done = this.#tail.then(() => this.#runNow(entry, trigger));
    this.#tail = done.catch(() => undefined);
    return done.finally(() => {
      entry.current = null;
    });
  }

  async #runNow(entry: Entry, trigger: Trigger): Promise<StoredRun> {
    this.#abort.signal.throwIfAborted();
    const { store, clock, log } = this.#needs;
    const { name } = entry.task;
    const startedAt = clock.now();
    const run: MutableRun = { task: name, trigger, startedAt, endedAt: null, result: null, detail: '' };
    entry.last = run;
    entry.base = startedAt;
    this.#running = entry;
    // Without a database the work is done all the same: looking after the disk may be what is needed.
    const id = await store.begin(name, trigger, startedAt).catch(() => null);
    const began = clock.monotonic();
    try {
      const { result, detail } = await entry.task.run(this.#abort.signal);
      Object.assign(run, { result, detail });
    } catch (error) {
      Object.assign(run, { result: 'failed', detail: errorText(error) });
    }
    run.endedAt = startedAt + Math.round(clock.monotonic() - began);
    const level = run.result === 'failed' ? 'error' : run.result === 'warning' ? 'warn' : 'debug';
    log[level](run.result === 'failed' ? 'task failed' : 'task done', {
      task: name,
      trigger,
      result: run.result,
      detail: run.detail,
      durationMs: run.endedAt - startedAt,
    });
    if (id !== null) {
      await store.end(id, run.endedAt, run.result ?? 'failed', run.detail).catch((error: unknown) => {
        log.warn('run of a task not kept', { task: name, error: errorText(error) });
      });
    }
    this.#running = null;
    return run;
  }
}
