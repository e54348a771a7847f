/** How much space is left on the disk of the state directory, known well enough to answer at once. */
import { statfs } from 'node:fs/promises';
import type { Clock } from '../clock.ts';

/** A disk fills up by seconds, not by messages. */
const REFRESH_MS = 1_000;
/** An older value says nothing any more: the disk may have been emptied since. */
const STALE_MS = 10_000;

/** Bytes that this process may still write below `path`. */
export type MeasureFreeSpace = (path: string) => Promise<number>;

export const measureFreeSpace: MeasureFreeSpace = async (path) => {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
};

export class FreeSpace {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #measure: MeasureFreeSpace;
  #bytes: number | null = null;
  #measuredAt = Number.NEGATIVE_INFINITY;
  #measuring = false;

  constructor(path: string, clock: Clock, measure: MeasureFreeSpace = measureFreeSpace) {
    this.#path = path;
    this.#clock = clock;
    this.#measure = measure;
  }

  /** Null when it is not known. Asking is what keeps it fresh. */
  bytes(): number | null {
    const age = this.#clock.monotonic() - this.#measuredAt;
    if (age >= REFRESH_MS) void this.refresh();
    return age > STALE_MS ? null : this.#bytes;
  }

  /** Measures now. A file system that cannot be asked counts as unknown: writing to it will tell. */
  async refresh(): Promise<void> {
    if (this.#measuring) return;
    this.#measuring = true;
    this.#bytes = await this.#measure(this.#path).catch(() => null);
    this.#measuredAt = this.#clock.monotonic();
    this.#measuring = false;
  }
}
