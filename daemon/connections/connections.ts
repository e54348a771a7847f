/**
 * Connections as a worker of the server: starts their runs when they are due or when somebody asks, tells what each of
 * them does, and ends them with the server.
 *
 * A connection has one run at a time; who asks for another one joins it. Times are looked at once a minute at least, so
 * that a clock that is set brings no surprises.
 */
import type {
  Connection,
  ConnectionEvent,
  RunResult,
  ConnectionRun as RunView,
} from '../../shared/api/connections.ts';
import type { Pause, Status, Warning } from '../../shared/api/server.ts';
import { type Clock, isoTime, type Timer } from '../clock.ts';
import { errorText, MaildError } from '../errors.ts';
import { EventSource } from '../events.ts';
import type { Logger } from '../log/logger.ts';
import { failingText, isWorthWarning } from './backoff.ts';
import type { ConnectionList } from './connection-list.ts';
import { ConnectionRun, type RunNeeds } from './connection-run.ts';
import type { StoredConnection } from './connection-store.ts';
import { connectionView, runView } from './connection-view.ts';
import { type NextRun, nextRun } from './next-run.ts';
import { collectorName } from './poll-collector.ts';
import type { RunStore, StoredRun } from './run-store.ts';
import { Schedule } from './schedule.ts';

export interface ConnectionsNeeds extends Omit<RunNeeds, 'sentBy'> {
  readonly list: ConnectionList;
  readonly runs: RunStore;
  /** Of collecting; null while it is not paused. */
  readonly pause: () => Pause | null;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What is known of a connection while the service runs. */
interface Live {
  last: StoredRun | null;
  run: ConnectionRun | null;
  /** From the moment a run is asked for until it has ended. */
  running: Promise<unknown> | null;
  starting: Promise<ConnectionRun> | null;
  passedOverAt: number | null;
  /** Messages sent since the service started. */
  sent: number;
}

const LOOK_MS = 60_000;
/** Until mail that has come in shows in the queue as waiting for its connection. */
const SOON_MS = 1_000;
/** However early the clock says: never round and round. */
const MIN_WAIT_MS = 50;

export class Connections {
  readonly name = 'connections';
  readonly changes = new EventSource<ConnectionEvent>();
  readonly #needs: ConnectionsNeeds;
  readonly #live = new Map<number, Live>();
  #running = false;
  #timer: Timer | null = null;
  #soon: Timer | null = null;
  /** Rises with each look, so that only the newest decides when the next one is. */
  #looks = 0;

  constructor(needs: ConnectionsNeeds) {
    this.#needs = needs;
    needs.list.changed.on(({ name, removed }) => {
      this.#emit(name, null, removed ? 'removed' : 'changed', removed ? 'removed' : 'changed');
      this.wake();
    });
  }

  /** Before runs can begin. Throws StoreError. */
  async load(): Promise<void> {
    const { list, runs, clock } = this.#needs;
    await runs.endUnfinished(clock.now());
    await list.load();
    for (const [id, last] of await runs.latest()) this.#of(id).last = last;
    this.wake();
  }

  start(): void {
    this.#running = true;
    this.wake();
  }

  /** Polls are cut off: they lose nothing by it, and go on at the next. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#timer?.cancel();
    this.#soon?.cancel();
    const live = [...this.#live.values()];
    for (const { run } of live) run?.abort();
    await Promise.all(live.map(({ running }) => running));
  }

  /** Something that decides about the next run has changed. */
  wake(): void {
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#running) void this.#look();
  }

  /** Mail came into the queue: enough of it may wait for a connection now. Cheap, however often it is called. */
  queued(): void {
    const asked = this.#needs.list.all.some(({ schedule }) => / waiting\b/.test(schedule));
    if (!asked || !this.#running) return;
    this.#soon ??= this.#needs.clock.after(SOON_MS, () => {
      this.#soon = null;
      this.wake();
    });
  }

  /**
   * Without a name: the default connection, or all that are enabled. Resolves when the runs have begun.
   * @throws MaildError `connection.unknown`, `connection.disabled`, `server.stopped`; StoreError.
   */
  connectNow(name: string | undefined): Promise<{ run: RunView; joined: boolean }[]> {
    if (!this.#running) throw new MaildError('server.stopped', 'the server is stopped');
    return Promise.all(
      this.#meant(name).map(async (connection) => {
        const joined = this.#of(connection.id).starting !== null;
        const run = await this.#start(connection, 'manual', new Set());
        return { run: runView(connection.name, run.view(null, null)), joined };
      }),
    );
  }

  /** In the order of their names. */
  views(): Connection[] {
    return this.#needs.list.all.map((connection) => this.view(connection));
  }

  view(connection: StoredConnection): Connection {
    const { last, run } = this.#of(connection.id);
    return connectionView(connection, {
      state: run?.state ?? 'idle',
      detail: run?.detail ?? 'idle',
      last,
      next: this.#next(connection),
      fallback: this.#needs.list.byId(connection.fallbackId)?.name ?? null,
    });
  }

  /** The runs that are kept, newest first. @throws StoreError. */
  async runs(connection: StoredConnection): Promise<RunView[]> {
    const { run } = this.#of(connection.id);
    const stored = await this.#needs.runs.recent(connection.id);
    return stored.map((one) => runView(connection.name, one.id === run?.id ? run.view(null, null) : one));
  }

  /** All connections together, for the status. */
  status(): Status['connection'] {
    const views = this.views();
    const busy = views.find(({ state }) => state !== 'idle');
    const polled = views.filter(({ lastPollAt }) => lastPollAt !== null);
    const last = polled.toSorted((a, b) => (a.lastPollAt ?? '').localeCompare(b.lastPollAt ?? '')).at(-1);
    const next = views.flatMap(({ nextPollAt }) => nextPollAt ?? []).toSorted()[0];
    return {
      state: busy?.state ?? 'idle',
      name: busy?.name ?? null,
      lastPollAt: last?.lastPollAt ?? null,
      lastPollResult: last?.lastPollResult ?? null,
      nextPollAt: next ?? null,
    };
  }

  /** Collectors whose polls fail: at once when it is the login, as that does not get right by itself. */
  warnings(): Warning[] {
    const { list, clock } = this.#needs;
    const failing = list.all
      .filter(({ enabled }) => enabled)
      .flatMap(({ name, collectors }) => collectors.map((collector) => ({ name, collector })))
      .filter(({ collector }) => isWorthWarning(collector));
    return failing.map(({ name, collector }) => ({
      code: 'collector.failing',
      severity: 'warning',
      subject: `${name}: ${collectorName(collector)}`,
      evidence: `It ${failingText(collector.failures, collector.failingSince, clock.now())}: ${collector.lastError}`,
      remedy: `mailctl connections test ${name}`,
      since: isoTime(collector.failingSince ?? clock.now()),
    }));
  }

  /** Messages went out by this connection. */
  delivered(connection: StoredConnection, messages: number): void {
    this.#of(connection.id).sent += messages;
    this.#needs.runs.addSent(connection.id, messages).catch((error: unknown) => {
      this.#needs.log.debug('sent messages not counted', { error: errorText(error) });
    });
  }

  /** Whether it is connected: mail that waits for that may go out. */
  connected(connection: StoredConnection): boolean {
    return this.#of(connection.id).run?.state === 'sending';
  }

  #meant(name: string | undefined): readonly StoredConnection[] {
    const { list } = this.#needs;
    if (name === undefined) {
      const meant = list.default === null ? list.all.filter(({ enabled }) => enabled) : [list.default];
      if (meant.length === 0)
        throw new MaildError('connection.unknown', 'there is no connection that is enabled');
      return meant;
    }
    const connection = list.get(name);
    if (!connection.enabled)
      throw new MaildError('connection.disabled', `connection ${connection.name} is disabled`);
    return [connection];
  }

  #of(id: number): Live {
    let live = this.#live.get(id);
    if (live === undefined) {
      live = { last: null, run: null, running: null, starting: null, passedOverAt: null, sent: 0 };
      this.#live.set(id, live);
    }
    return live;
  }

  #next(connection: StoredConnection): NextRun {
    const { last, run, passedOverAt } = this.#of(connection.id);
    const past = { lastStartedAt: run?.startedAt ?? last?.startedAt ?? null, passedOverAt };
    const { clock, pause } = this.#needs;
    const surroundings = { now: clock.now(), running: this.#running, pause: pause() };
    return nextRun(connection, new Schedule(connection.schedule), past, surroundings);
  }

  /** Starts what is due, and sleeps until the next is. */
  async #look(): Promise<void> {
    const { list, clock, log } = this.#needs;
    let sleep = LOOK_MS;
    this.#looks += 1;
    const look = this.#looks;
    for (const connection of list.all) {
      if (this.#of(connection.id).starting !== null) continue;
      try {
        await this.#startIfDue(connection);
      } catch (error) {
        log.error('connection cannot be started', { connection: connection.name, error: errorText(error) });
      }
      const { at } = this.#next(connection);
      if (at !== null) sleep = Math.min(sleep, at - clock.now());
    }
    if (!this.#running || look !== this.#looks) return;
    this.#timer = clock.after(Math.max(MIN_WAIT_MS, sleep), () => {
      this.#timer = null;
      void this.#look();
    });
  }

  async #startIfDue(connection: StoredConnection): Promise<void> {
    const { clock, pause, outbox } = this.#needs;
    const { at, atLeast } = this.#next(connection);
    if (at !== null && at <= clock.now()) {
      if (atLeast === 0 || (await outbox.waiting(connection.name)) >= atLeast) {
        await this.#start(connection, 'schedule', new Set());
      } else this.#of(connection.id).passedOverAt = clock.now();
      return;
    }
    const waiting = new Schedule(connection.schedule).startsAtWaiting;
    if (waiting === null || !connection.enabled || pause() !== null) return;
    if ((await outbox.waiting(connection.name)) < waiting) return;
    await this.#start(connection, 'waiting messages', new Set());
  }

  /** `chain`: connections that failed on the way to this one, so that fallbacks do not go round. */
  #start(connection: StoredConnection, trigger: string, chain: ReadonlySet<number>): Promise<ConnectionRun> {
    const live = this.#of(connection.id);
    if (live.starting !== null) return live.starting;
    live.starting = this.#begin(connection, trigger, live);
    live.running = live.starting
      .then((run) => this.#complete(connection, run, live, chain))
      .catch(() => undefined)
      .finally(() => {
        live.run = null;
        live.starting = null;
        live.running = null;
        this.wake();
      });
    return live.starting;
  }

  async #begin(connection: StoredConnection, trigger: string, live: Live): Promise<ConnectionRun> {
    const startedAt = this.#needs.clock.now();
    const id = await this.#needs.runs.begin(connection.id, trigger, startedAt);
    const needs: RunNeeds = { ...this.#needs, sentBy: (connectionId) => this.#of(connectionId).sent };
    const run = new ConnectionRun({ id, trigger, startedAt }, connection, needs, (change, text) =>
      this.#emit(connection.name, run, change, text),
    );
    live.run = run;
    this.#needs.log.info('connection started', { connection: connection.name, run: id, trigger });
    this.#emit(connection.name, run, 'started', `Connecting, run ${id} (${trigger})`);
    if (!this.#running) run.abort();
    return run;
  }

  async #complete(
    connection: StoredConnection,
    run: ConnectionRun,
    live: Live,
    chain: ReadonlySet<number>,
  ): Promise<void> {
    const { clock, log, list, runs } = this.#needs;
    const now = clock.now();
    const manual = run.trigger !== 'schedule' && run.trigger !== 'waiting messages';
    const isDue = (retryAt: number | null) => manual || retryAt === null || retryAt <= now;
    const due = connection.collectors.filter(({ retryAt }) => isDue(retryAt));
    const result = await run.run(
      due,
      connection.collectors.filter((one) => !due.includes(one)),
    );
    const ended = run.view(clock.now(), result);
    await runs.end(connection.id, ended).catch((error: unknown) => {
      log.error('run of a connection not written', { connection: connection.name, error: errorText(error) });
    });
    await list.load().catch(() => undefined);
    live.last = ended;
    live.run = null;
    const { id, collected, sent, error } = ended;
    const level = result === 'ok' ? 'info' : 'warn';
    log[level]('connection finished', {
      connection: connection.name,
      run: id,
      result,
      collected,
      sent,
      durationMs: (ended.endedAt ?? 0) - ended.startedAt,
      ...(error === null ? {} : { error }),
    });
    this.#emitEnd(connection.name, ended, result);
    if (result === 'failed' && this.#running) this.#startFallback(connection, chain);
  }

  #startFallback(connection: StoredConnection, chain: ReadonlySet<number>): void {
    const { list, log } = this.#needs;
    const fallback = list.byId(connection.fallbackId);
    const failed = new Set([...chain, connection.id]);
    if (fallback === null || !fallback.enabled || failed.has(fallback.id)) return;
    this.#start(fallback, `fallback of ${connection.name}`, failed).catch((error: unknown) => {
      log.error('connection cannot be started', { connection: fallback.name, error: errorText(error) });
    });
  }

  #emit(name: string, run: ConnectionRun | null, change: ConnectionEvent['change'], text: string): void {
    if (this.changes.idle) return;
    const view = run === null ? null : runView(name, run.view(null, null));
    this.changes.emit({ change, connection: name, run: view, state: run?.state ?? 'idle', text });
  }

  #emitEnd(name: string, run: StoredRun, result: RunResult): void {
    if (this.changes.idle) return;
    const text = `Finished: ${result}, ${run.collected} collected, ${run.sent} sent`;
    this.changes.emit({ change: 'finished', connection: name, run: runView(name, run), state: 'idle', text });
  }
}
