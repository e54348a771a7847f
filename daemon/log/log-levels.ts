/**
 * What is logged, by category: set by the configuration, changed at run time, for good or for a time.
 *
 * A level that was set for a time lies over the lasting one and takes itself away by the clock.
 */
import {
  type CategoryLevel,
  type LogCategory,
  type LogLevel,
  logCategories,
  logLevels,
} from '../../shared/api/log.ts';
import { type Clock, isoTimeOrNull, type Timer } from '../clock.ts';

/** Graver levels have smaller numbers. */
export const gravity: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 2, debug: 3, trace: 4 };

/** The part of the configuration that this obeys. */
export interface LevelSettings {
  readonly level: LogLevel;
  readonly levels: Readonly<Partial<Record<LogCategory, LogLevel>>>;
}

interface Passing {
  readonly level: LogLevel;
  readonly until: number;
  readonly timer: Timer;
}

export class LogLevels {
  readonly #clock: Clock;
  readonly #lasting = new Map<LogCategory, LogLevel>();
  readonly #passing = new Map<LogCategory, Passing>();
  readonly #changed: (category: LogCategory, level: LogLevel) => void;

  /** `changed` is told of every level that comes into force. */
  constructor(clock: Clock, changed: (category: LogCategory, level: LogLevel) => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  /** Takes over the configuration. Levels that were set for a time stay until their time is over. */
  configure(settings: LevelSettings): void {
    for (const category of logCategories) {
      this.#lasting.set(category, settings.levels[category] ?? settings.level);
      this.#announce(category);
    }
  }

  /** @param forMs For how long; undefined: for good, until the configuration is read again. */
  set(levels: Readonly<Partial<Record<LogCategory, LogLevel>>>, forMs: number | undefined): void {
    for (const category of logCategories) {
      const level = levels[category];
      if (level === undefined) continue;
      this.#endPassing(category);
      if (forMs === undefined) this.#lasting.set(category, level);
      else this.#setPassing(category, level, forMs);
      this.#announce(category);
    }
  }

  level(category: LogCategory): LogLevel {
    return this.#passing.get(category)?.level ?? this.#lasting.get(category) ?? 'info';
  }

  list(): CategoryLevel[] {
    return logCategories.map((category) => {
      const passing = this.#passing.get(category);
      return {
        category,
        level: this.level(category),
        until: isoTimeOrNull(passing?.until ?? null),
        revertsTo: passing === undefined ? null : (this.#lasting.get(category) ?? 'info'),
      };
    });
  }

  close(): void {
    for (const category of logCategories) this.#endPassing(category);
  }

  #setPassing(category: LogCategory, level: LogLevel, forMs: number): void {
    const timer = this.#clock.after(forMs, () => {
      this.#passing.delete(category);
      this.#announce(category);
    });
    this.#passing.set(category, { level, until: this.#clock.now() + forMs, timer });
  }

  #endPassing(category: LogCategory): void {
    this.#passing.get(category)?.timer.cancel();
    this.#passing.delete(category);
  }

  #announce(category: LogCategory): void {
    this.#changed(category, this.level(category));
  }
}

/** Whether `text` names a level. */
export const isLogLevel = (text: unknown): text is LogLevel =>
  typeof text === 'string' && (logLevels as readonly string[]).includes(text);
