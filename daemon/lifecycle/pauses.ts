/**
 * Which parts of the server are paused, since when, until when and why.
 *
 * Kept in a small file of its own, so that a pause outlives a crash and does not depend on a healthy database.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Pause, pause, type ServerPart, type Status, serverPart } from '../../shared/api/server.ts';
import { type Clock, isoTime, isoTimeOrNull, type Timer } from '../clock.ts';
import { errorCode, errorText } from '../errors.ts';
import { EventSource } from '../events.ts';
import type { Logger } from '../log/logger.ts';
import { writeFileDurably } from '../store/write-file-durably.ts';

const savedPauses = z.partialRecord(serverPart, pause);

export class Pauses {
  readonly changed = new EventSource<{ readonly part: ServerPart; readonly paused: boolean }>();
  readonly #file: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #pauses = new Map<ServerPart, Pause>();
  #timer: Timer | null = null;

  constructor(file: string, clock: Clock, log: Logger) {
    this.#file = file;
    this.#clock = clock;
    this.#log = log;
    this.#load();
    this.#expire();
  }

  paused(part: ServerPart): boolean {
    return this.#pauses.has(part);
  }

  /** Null while the part is not paused. */
  of(part: ServerPart): Pause | null {
    return this.#pauses.get(part) ?? null;
  }

  status(): Status['server']['paused'] {
    return {
      receiving: this.paused('receiving'),
      delivering: this.paused('delivering'),
      collecting: this.paused('collecting'),
      details: Object.fromEntries(this.#pauses),
    };
  }

  /** Throws when it cannot be kept; then nothing is paused that was not before. `forMs` undefined: until resumed. */
  pause(parts: readonly ServerPart[], forMs: number | undefined, reason: string | undefined): void {
    const now = this.#clock.now();
    const until = forMs === undefined ? null : now + forMs;
    const entry: Pause = { since: isoTime(now), until: isoTimeOrNull(until), reason: reason ?? null };
    // A pause that goes on keeps its beginning.
    const next = new Map(this.#pauses);
    for (const part of parts) next.set(part, { ...entry, since: next.get(part)?.since ?? entry.since });
    this.#replace(next);
  }

  resume(parts: readonly ServerPart[]): void {
    this.#drop(([part]) => parts.includes(part));
  }

  close(): void {
    this.#timer?.cancel();
  }

  #replace(next: ReadonlyMap<ServerPart, Pause>): void {
    writeFileDurably(this.#file, `${JSON.stringify(Object.fromEntries(next), null, 2)}\n`);
    this.#take(next);
  }

  #take(next: ReadonlyMap<ServerPart, Pause>): void {
    const before = new Map(this.#pauses);
    this.#pauses.clear();
    for (const [part, entry] of next) this.#pauses.set(part, entry);
    this.#arm();
    for (const part of serverPart.options) {
      const paused = next.has(part);
      if (paused === before.has(part)) continue;
      const { until, reason } = next.get(part) ?? {};
      this.#log.info(paused ? 'paused' : 'resumed', { part, until, reason });
      this.changed.emit({ part, paused });
    }
  }

  #load(): void {
    try {
      const saved = savedPauses.parse(JSON.parse(readFileSync(this.#file, 'utf8')));
      for (const part of serverPart.options) {
        const entry = saved[part];
        if (entry !== undefined) this.#pauses.set(part, entry);
      }
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return;
      this.#log.error('pauses cannot be read: nothing is paused', {
        file: this.#file,
        error: errorText(error),
      });
    }
  }

  /** Ends the pauses whose time is over. They count by the wall clock: that is what an operator was told. */
  #expire(): void {
    const now = this.#clock.now();
    this.#drop(([, { until }]) => until !== null && Date.parse(until) <= now);
  }

  /** A full disk must not keep the server paused: then the file says so only later. */
  #drop(ends: (entry: [ServerPart, Pause]) => boolean): void {
    const next = new Map([...this.#pauses].filter((entry) => !ends(entry)));
    if (next.size === this.#pauses.size) {
      this.#arm();
      return;
    }
    try {
      this.#replace(next);
    } catch (error) {
      this.#log.warn('end of a pause not written', { file: this.#file, error: errorText(error) });
      this.#take(next);
    }
  }

  #arm(): void {
    this.#timer?.cancel();
    const ends = [...this.#pauses.values()].flatMap(({ until }) =>
      until === null ? [] : [Date.parse(until)],
    );
    if (ends.length === 0) return;
    // Looked at once a minute as well, in case the clock is set.
    const wait = Math.min(Math.max(0, Math.min(...ends) - this.#clock.now()), 60_000);
    this.#timer = this.#clock.after(wait, () => this.#expire());
  }
}
