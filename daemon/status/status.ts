/**
 * The status, put together at the moment of asking from those whose matter each part is.
 */
import { hostname } from 'node:os';
import type { LogEntry } from '../../shared/api/log.ts';
import type { Counters, ListenerStatus, ServerState, Status } from '../../shared/api/server.ts';
import { version } from '../../shared/version.ts';
import { isoTime } from '../clock.ts';
import type { Config } from '../config/config.ts';
import type { StoreHealth } from '../store/store.ts';
import type { Warnings } from './warnings.ts';

export interface StatusSources {
  readonly startedAt: number;
  readonly config: Config;
  readonly configFile: () => string | null;
  readonly server: { readonly state: ServerState; readonly startedAt: string | null };
  readonly pauses: { status(): Status['server']['paused'] };
  readonly store: {
    readonly path: string;
    readonly health: StoreHealth;
    readonly engineVersion: string;
    readonly schemaVersion: number;
    sizeBytes(): Promise<number>;
  };
  readonly listeners: { status(): ListenerStatus[] };
  readonly statistics: { read(): Promise<{ readonly sinceStart: Counters; readonly inAll: Counters }> };
  readonly sessions: { counts(): Status['sessions'] };
  readonly queue: { counts(): Promise<Status['queue']> };
  readonly connections: { status(): Status['connection'] };
  /** Measures the disk, for the warnings. */
  readonly freeSpace: { refresh(): Promise<void> };
  readonly warnings: Warnings;
  readonly housekeeper: { status(): Status['housekeeper'] };
  /** As the scanners say now. */
  readonly scanners: () => Promise<Status['scanners']>;
  readonly loopDelay: { readonly longestMs: number };
  /** The newest lines of the log, newest last. */
  readonly activity: (lines: number) => LogEntry[];
}

const activityLines = 10;

export class StatusReport {
  readonly #sources: StatusSources;

  constructor(sources: StatusSources) {
    this.#sources = sources;
  }

  async get(): Promise<Status> {
    const { store, server, pauses, listeners, statistics, sessions, warnings } = this.#sources;
    const [sizeBytes, queue, counted, scanners] = await Promise.all([
      store.sizeBytes(),
      this.#queue(),
      statistics.read(),
      this.#sources.scanners(),
      this.#sources.freeSpace.refresh(),
    ]);
    const list = warnings.list();
    const count = (severity: string): number =>
      list.filter((warning) => warning.severity === severity).length;
    return {
      service: this.#service(),
      server: { state: server.state, startedAt: server.startedAt, paused: pauses.status() },
      database: {
        engine: 'SQLite',
        version: store.engineVersion,
        path: store.path,
        sizeBytes,
        schemaVersion: store.schemaVersion,
        state: store.health.state,
        problem: store.health.problem,
      },
      listeners: listeners.status(),
      connection: this.#sources.connections.status(),
      counters: counted.sinceStart,
      totals: counted.inAll,
      sessions: sessions.counts(),
      queue,
      scanners,
      warnings: {
        errors: count('error'),
        warnings: count('warning'),
        notices: count('notice'),
        list,
      },
      housekeeper: this.#sources.housekeeper.status(),
      activity: this.#sources.activity(activityLines),
    };
  }

  #service(): Status['service'] {
    const { startedAt, config, configFile, loopDelay } = this.#sources;
    return {
      name: hostname(),
      version,
      pid: process.pid,
      startedAt: isoTime(startedAt),
      nodeVersion: process.version,
      stateDir: config.stateDir,
      socket: config.control.socket,
      configFile: configFile(),
      memoryBytes: process.memoryUsage.rss(),
      loopDelayMs: loopDelay.longestMs,
    };
  }

  /** A database that cannot be read has nothing to count: what is wrong stands beside it. */
  async #queue(): Promise<Status['queue']> {
    try {
      return await this.#sources.queue.counts();
    } catch (error) {
      if (this.#sources.store.health.state === 'ok') throw error;
      return { total: 0, ready: 0, active: 0, deferred: 0, held: 0, bytes: 0, oldestAt: null };
    }
  }
}
