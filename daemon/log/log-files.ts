/**
 * The log on disk: JSON Lines in `maild.log`, and `maild.log.1`, `.2` ... older and older, by size.
 *
 * All of it happens in the background, and none of it may stop mail: a file that cannot be opened or renamed is tried
 * again later, and lines go on into the file that is open.
 */
import { open as openFile } from 'node:fs';
import { mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Clock } from '../clock.ts';
import { errorCode, errorText } from '../errors.ts';
import { LineWriter, type LossReport } from './line-writer.ts';

const open = promisify(openFile);
/** Between attempts to open a file that could not be opened. */
const retryMs = 5_000;
/** Lines that are kept until the files are opened: those of the start itself. */
const maxEarlyLines = 1_000;

export interface LogFileSettings {
  /** Size at which a file is put aside. */
  readonly fileBytes: number;
  /** How many files are kept, the one being written included. */
  readonly files: number;
}

export interface LogFileNews {
  /** Lines were lost, and now it works again. */
  recovered(report: LossReport): void;
  /** A file could not be opened or put aside. Told once until it works again. */
  failed(error: { readonly path: string; readonly reason: string }): void;
}

export class LogFiles {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #news: LogFileNews;
  #settings: LogFileSettings;
  #writer: LineWriter | null = null;
  #bytes = 0;
  /** Lines from before {@link start}; null afterwards. */
  #early: string[] | null = [];
  #turning: Promise<void> | null = null;
  #retryAt = Number.NEGATIVE_INFINITY;
  #lostWhileClosed = 0;
  #complained = false;
  #ended = false;

  constructor(folder: string, settings: LogFileSettings, clock: Clock, news: LogFileNews) {
    this.#folder = folder;
    this.#settings = settings;
    this.#clock = clock;
    this.#news = news;
  }

  configure(settings: LogFileSettings): void {
    this.#settings = settings;
  }

  /** Newest first; not all of them need to exist. */
  get paths(): string[] {
    return Array.from({ length: Math.max(1, this.#settings.files) }, (_, n) => this.#path(n));
  }

  async start(): Promise<void> {
    await this.#turn(async () => {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await this.#open();
    });
    const early = this.#early ?? [];
    this.#early = null;
    for (const line of early) this.write(line);
  }

  write(line: string): void {
    if (this.#early !== null) {
      if (this.#early.length < maxEarlyLines) this.#early.push(line);
      return;
    }
    if (this.#writer === null) this.#lostWhileClosed += 1;
    else this.#writer.write(line);
    this.#bytes += Buffer.byteLength(line) + 1;
    if (this.#writer === null || this.#bytes >= this.#settings.fileBytes) this.#turnOver();
  }

  /** Lines written before can be read from the files when this resolves. */
  async flush(): Promise<void> {
    await this.#turning;
    await this.#writer?.flush();
  }

  flushSync(): void {
    this.#writer?.flushSync();
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#turning;
    await this.#writer?.end();
    this.#writer = null;
  }

  #path(n: number): string {
    return join(this.#folder, n === 0 ? 'maild.log' : `maild.log.${n}`);
  }

  #turnOver(): void {
    if (this.#turning !== null || this.#ended || this.#clock.monotonic() < this.#retryAt) return;
    void this.#turn(async () => {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      if (this.#bytes >= this.#settings.fileBytes) await this.#putAside();
      await this.#open();
    });
  }

  /** One change of files at a time. Never rejects. */
  #turn(work: () => Promise<void>): Promise<void> {
    const turning = work()
      .then(
        () => {
          this.#complained = false;
        },
        (error: unknown) => this.#turnFailed(error),
      )
      .finally(() => {
        this.#turning = null;
      });
    this.#turning = turning;
    return turning;
  }

  #turnFailed(error: unknown): void {
    this.#retryAt = this.#clock.monotonic() + retryMs;
    if (this.#complained) return;
    this.#complained = true;
    this.#news.failed({ path: this.#path(0), reason: errorCode(error) ?? errorText(error) });
  }

  /** Lines that come meanwhile go on into the open file, under its new name. */
  async #putAside(): Promise<void> {
    for (let n = this.#settings.files - 1; n >= 1; n -= 1) {
      await rename(this.#path(n - 1), this.#path(n)).catch((error: unknown) => {
        if (errorCode(error) !== 'ENOENT') throw error;
      });
    }
  }

  /**
   * A new descriptor and a new writer, the old one only closed when that has worked: sonic-boom's own `reopen` may
   * close a descriptor twice after a failure, and by then the number may belong to a socket.
   */
  async #open(): Promise<void> {
    const path = this.#path(0);
    // With one file only there is nothing to put aside: it starts anew.
    const anew = this.#settings.files <= 1 && this.#bytes >= this.#settings.fileBytes;
    const descriptor = await open(path, anew ? 'w' : 'a', 0o600);
    const { size } = await stat(path);
    const before = this.#writer;
    this.#writer = new LineWriter(descriptor, this.#clock, (report) => this.#news.recovered(report));
    this.#bytes = size;
    if (this.#lostWhileClosed > 0) {
      const report = { lostLines: this.#lostWhileClosed, since: this.#clock.now(), reason: 'not open' };
      this.#lostWhileClosed = 0;
      this.#news.recovered(report);
    }
    await before?.end();
  }
}
