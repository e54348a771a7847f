/**
 * The live log: takes lines from every part of the daemon and hands them to the ring, the files, standard output and
 * whoever follows.
 *
 * A line that its category's level keeps out costs a comparison. Nothing here waits for a disk or for a reader.
 */
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import {
  type CategoryLevel,
  type LogCategory,
  type LogEntry,
  type LogFilter,
  type LogLevel,
  logCategories,
} from '../../shared/api/log.ts';
import { type Clock, isoTime } from '../clock.ts';
import type { Unsubscribe } from '../events.ts';
import { CategoryLogger } from './category-logger.ts';
import type { LossReport } from './line-writer.ts';
import { LogFiles } from './log-files.ts';
import { compileFilter, type LinePredicate } from './log-filter.ts';
import { readBackwards } from './log-history.ts';
import { type LevelSettings, LogLevels } from './log-levels.ts';
import { LineMaker } from './log-line.ts';
import { LogOutput, type OutputFormat } from './log-output.ts';
import { LogRing } from './log-ring.ts';
import type { LogFields, LoggerSource } from './logger.ts';

/** The ring's share of the daemon's memory, whatever `log.ring_lines` says. */
const maxRingBytes = 8 * 1_048_576;

/** With a pattern each line has to be parsed: this many at a time hold the event loop for about 5 ms. */
const patternSlice = 500;
/** How far back a snapshot, which cannot wait, looks for a pattern. */
const patternReach = 2_000;

/** `config.log`, but for what standard output gets, which depends on where the daemon was started. */
export interface LogSettings extends LevelSettings {
  readonly ringLines: number;
  readonly fileBytes: number;
  readonly files: number;
}

export interface LogOptions {
  readonly settings: LogSettings;
  /** Files go to `logs/` below it; null: no files. */
  readonly stateDir: string | null;
  readonly clock: Clock;
  readonly output: OutputFormat;
  /** Standard output, except in tests. */
  readonly outputDescriptor?: number;
}

export type Follower = (entry: LogEntry, json: string) => void;

export class Log implements LoggerSource {
  readonly #clock: Clock;
  readonly #startedAt: number;
  readonly #maker = new LineMaker();
  readonly #ring: LogRing;
  readonly #levels: LogLevels;
  readonly #loggers = new Map<LogCategory, CategoryLogger>();
  readonly #followers = new Set<{ readonly wants: LinePredicate; readonly callback: Follower }>();
  readonly #files: LogFiles | null;
  readonly #output: LogOutput | null;

  constructor(options: LogOptions) {
    const { settings, clock } = options;
    this.#clock = clock;
    this.#startedAt = clock.now();
    this.#ring = new LogRing(settings.ringLines, maxRingBytes);
    for (const category of logCategories) {
      this.#loggers.set(
        category,
        new CategoryLogger((level, message, fields) => this.#take(level, category, message, fields)),
      );
    }
    this.#levels = new LogLevels(clock, (category, level) => this.for(category).setLevel(level));
    this.#levels.configure(settings);
    const recovered = (report: LossReport) => this.#sayRecovered(report);
    this.#files =
      options.stateDir === null
        ? null
        : new LogFiles(join(options.stateDir, 'logs'), settings, clock, {
            recovered,
            failed: (failure) => this.for('server').error('log file cannot be written', failure),
          });
    this.#output =
      options.output === 'none'
        ? null
        : new LogOutput(options.output, options.outputDescriptor ?? 1, clock, recovered);
  }

  /** Opens the files. What was logged before is written then. */
  async start(): Promise<void> {
    await this.#files?.start();
  }

  for(category: LogCategory): CategoryLogger {
    const logger = this.#loggers.get(category);
    if (logger === undefined) throw new TypeError(`no log category ${category}`);
    return logger;
  }

  /** Applies changed settings: levels, and the size and number of files. The ring stays as it is. */
  configure(settings: LogSettings): void {
    this.#levels.configure(settings);
    this.#files?.configure(settings);
  }

  levels(): CategoryLevel[] {
    return this.#levels.list();
  }

  /** @param forMs For how long; undefined: for good, until the configuration is read again. */
  setLevels(levels: Readonly<Partial<Record<LogCategory, LogLevel>>>, forMs?: number): CategoryLevel[] {
    this.#levels.set(levels, forMs);
    return this.levels();
  }

  /**
   * Calls back for each new line that matches, from within the call that logs it: the callback must be quick and
   * must not throw.
   * @throws MaildError `params.invalid` for a bad `grep`.
   */
  follow(filter: LogFilter, callback: Follower): Unsubscribe {
    const follower = { wants: compileFilter(filter), callback };
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  /**
   * The newest lines in memory that match, oldest first, each as JSON. With `grep` only the newest 2,000 are tried.
   * @throws MaildError `params.invalid` for a bad `grep`.
   */
  tail(filter: LogFilter, limit: number): string[] {
    const reach = filter.grep === undefined ? Number.POSITIVE_INFINITY : patternReach;
    const wants = compileFilter(filter);
    const found: string[] = [];
    let tried = 0;
    for (const line of this.#ring.backwards()) {
      if (found.length >= limit || tried >= reach) break;
      tried += 1;
      if (wants(line, () => JSON.parse(line.json))) found.push(line.json);
    }
    return found.reverse();
  }

  /**
   * Like {@link tail}, but all of the memory is looked through, and with `since` the files, too.
   * @throws MaildError `params.invalid` for a bad `grep`; the reason of `signal`.
   */
  list(filter: LogFilter, limit: number, signal?: AbortSignal): Promise<string[]> {
    const since = filter.since === undefined ? undefined : Date.parse(filter.since);
    return this.#find(compileFilter(filter), since, limit, filter.grep === undefined, signal);
  }

  /** Like {@link list}, for what a filter cannot say. `since` in ms since 1970. Throws the reason of `signal`. */
  find(wants: LinePredicate, since: number, limit: number, signal?: AbortSignal): Promise<string[]> {
    return this.#find((line, entry) => line.at >= since && wants(line, entry), since, limit, false, signal);
  }

  async #find(
    wants: LinePredicate,
    since: number | undefined,
    limit: number,
    quick: boolean,
    signal: AbortSignal | undefined,
  ): Promise<string[]> {
    const oldestInMemory = this.#ring.oldest;
    const found = await this.#newest(wants, limit, quick, signal);
    if (since === undefined || found.length >= limit || this.#files === null) return found.reverse();
    // The clock was before `since` when the ring's oldest line was made: the files hold only older ones.
    if (oldestInMemory !== undefined && oldestInMemory.at < since) return found.reverse();
    await this.#files.flush();
    for await (const { line, entry } of readBackwards(this.#files.paths, signal)) {
      if (line.at < since) break;
      const inMemory =
        oldestInMemory !== undefined && line.seq >= oldestInMemory.seq && line.at >= this.#startedAt;
      if (inMemory || !wants(line, () => entry)) continue;
      found.push(line.json);
      if (found.length >= limit) break;
    }
    return found.reverse();
  }

  /** Resolves when every line so far has been written. */
  async flush(): Promise<void> {
    await Promise.all([this.#files?.flush(), this.#output?.flush()]);
  }

  /** For the last moments of a process that cannot wait. */
  flushSync(): void {
    this.#files?.flushSync();
    this.#output?.flushSync();
  }

  /** Writes what is left and closes the files. Lines that come later are kept in memory only. */
  async close(): Promise<void> {
    this.#levels.close();
    await Promise.all([this.#files?.end(), this.#output?.end()]);
  }

  /** Of the lines that are in memory now, newest first. */
  async #newest(
    wants: LinePredicate,
    limit: number,
    quick: boolean,
    signal: AbortSignal | undefined,
  ): Promise<string[]> {
    const found: string[] = [];
    for (const [n, line] of [...this.#ring.backwards()].entries()) {
      if (found.length >= limit) break;
      if (!quick && n % patternSlice === patternSlice - 1) {
        await setImmediate();
        signal?.throwIfAborted();
      }
      if (wants(line, () => JSON.parse(line.json))) found.push(line.json);
    }
    return found;
  }

  #take(level: LogLevel, category: LogCategory, message: string, fields: LogFields | undefined): void {
    const { line, entry } = this.#maker.make(this.#clock.now(), level, category, message, fields);
    this.#ring.push(line);
    this.#files?.write(line.json);
    this.#output?.write(line, entry);
    if (this.#followers.size === 0) return;
    const parsed = () => entry;
    for (const { wants, callback } of this.#followers) {
      if (wants(line, parsed)) callback(entry, line.json);
    }
  }

  #sayRecovered({ lostLines, since, reason }: LossReport): void {
    this.for('server').error('log could not be written for a time', {
      lostLines,
      reason,
      since: isoTime(since),
    });
  }
}
