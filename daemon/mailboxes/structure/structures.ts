/**
 * The structures of contents: made once, by the content thread, and stored. After mail has come they are made when there is
 * a moment for it; what is asked for before is made at once. So it is after a restart, and with what was too much to be
 * queued.
 *
 * A content that the thread dies of is shown flat, and that is stored too: it is never tried again.
 */
import type { Clock, Timer } from '../../clock.ts';
import { errorText, MaildError } from '../../errors.ts';
import type { Logger } from '../../log/logger.ts';
import type { Reader, Writer } from '../../store/store-port.ts';
import type { FoundStructure, StructureAnswer, StructureJob } from '../contents/content-jobs.ts';
import { type ContentThread, threadDied } from '../contents/content-thread.ts';
import { handOver } from '../hand-over.ts';
import { noSearchTexts } from '../search/search-texts.ts';
import { flatStructure } from './flat-structure.ts';
import type { MessageStructure } from './message-structure.ts';
import {
  insertStructures,
  readContents,
  readStructures,
  readUnknownContents,
  type StoredContent,
} from './structures-store.ts';

/** Ids that wait; more are looked into when somebody asks. */
const maxQueued = 20_000;
/**
 * While mail keeps coming, taking it comes first: structures are made when none came for so long, but for the first of them
 * not later than that.
 */
const quietMs = 250;
const latestMs = 10_000;
/** A job looks into so many contents and bytes: whoever asks next waits for it. */
const batchContents = 128;
const batchBytes = 2 * 1024 * 1024;
/** JSON that is parsed at once on the event loop. */
const answerBytes = 1024 * 1024;

interface Made {
  /** As JSON, by content. */
  readonly structures: ReadonlyMap<number, string>;
  /** Those that were too much for this time. */
  readonly left: readonly number[];
}

interface Found {
  readonly found: readonly FoundStructure[];
  /** So many of the first were looked into. */
  readonly looked: number;
}
const noneFound: Found = { found: [], looked: 0 };

export interface StructuresNeeds {
  readonly store: Reader & Writer;
  readonly thread: ContentThread;
  /** Where the file of a content lies. */
  readonly filePath: (file: string) => string;
  readonly clock: Clock;
  readonly log: Logger;
}

export class Structures {
  readonly #needs: StructuresNeeds;
  readonly #queued = new Set<number>();
  #timer: Timer | null = null;
  #lastCame = 0;
  #working: Promise<void> | null = null;
  #closed = false;

  constructor(needs: StructuresNeeds) {
    this.#needs = needs;
  }

  /** Contents have come into mailboxes, and are on disk. */
  contentsStored(contentIds: readonly number[]): void {
    if (this.#closed) return;
    for (const id of contentIds) if (this.#queued.size < maxQueued) this.#queued.add(id);
    this.#lastCame = this.#needs.clock.monotonic();
    if (this.#working === null && this.#timer === null) this.#waitForQuiet(this.#lastCame, quietMs);
  }

  #waitForQuiet(firstCame: number, ms: number): void {
    const { clock } = this.#needs;
    this.#timer = clock.after(ms, () => {
      this.#timer = null;
      const now = clock.monotonic();
      const left = Math.min(this.#lastCame + quietMs, firstCame + latestMs) - now;
      if (left > 0) this.#waitForQuiet(firstCame, left);
      else this.#working = this.#workOff();
    });
  }

  /**
   * In the order of `contents`, as many of the first as can be held, at least one; null of a content that has gone.
   * @throws What the store throws, or that the thread cannot be started.
   */
  async structuresOf(
    contents: readonly { readonly contentId: number; readonly sizeBytes: number }[],
  ): Promise<readonly (MessageStructure | null)[]> {
    const ids = contents.map(({ contentId }) => contentId);
    let found = await readStructures(this.#needs.store, ids, answerBytes);
    const unknown = new Set(ids.slice(0, found.length).filter((_, i) => found[i] === null));
    if (unknown.size > 0) {
      const { structures } = await this.#make([...unknown].slice(0, batchContents));
      found = found.map((one, i) => one ?? parsed(structures.get(ids[i] ?? 0)));
    }
    // What could not be made: of a content that has gone, or there were too many.
    const known = found.indexOf(null);
    if (known === 0) return [null];
    return known === -1 ? found : found.slice(0, known);
  }

  /** Looks into those of these contents that nobody has looked into: their search texts are there afterwards. */
  async complete(contentIds: readonly number[], signal?: AbortSignal): Promise<void> {
    let left: readonly number[] = await readUnknownContents(this.#needs.store, contentIds);
    while (left.length > 0) {
      signal?.throwIfAborted();
      ({ left } = await this.#make(left));
    }
  }

  /** What is being made is dropped: it will be made when it is asked for. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#queued.clear();
    this.#timer?.cancel();
    await this.#needs.thread.close();
    await this.#working;
  }

  /** What is queued at this moment; what comes meanwhile waits for the next quiet. */
  async #workOff(): Promise<void> {
    const { log, clock } = this.#needs;
    const queued = [...this.#queued];
    this.#queued.clear();
    try {
      await this.complete(queued);
    } catch (error) {
      // They are asked for again by whoever needs them.
      if (!this.#closed) log.warn('structures of messages not made', { error: errorText(error) });
    } finally {
      this.#working = null;
      if (this.#queued.size > 0) this.#waitForQuiet(clock.monotonic(), quietMs);
    }
  }

  /** Makes and stores as many of the first as can be held; contents that have gone are left out. */
  async #make(contentIds: readonly number[]): Promise<Made> {
    const structures = new Map<number, string>();
    let left = contentIds;
    for (let bytes = 0; left.length > 0 && bytes < answerBytes; ) {
      const some = left.slice(0, batchContents);
      const contents = await readContents(this.#needs.store, some, batchBytes);
      const { found, looked } = contents.length === 0 ? noneFound : await this.#find(contents);
      const last = contents[looked - 1];
      left = left.slice(last === undefined ? some.length : left.indexOf(last.id) + 1);
      for (const { contentId, structure } of found) {
        structures.set(contentId, structure);
        bytes += structure.length;
      }
      await this.#keep(found);
    }
    return { structures, left };
  }

  /** When the thread dies of several, each is tried alone, so that one takes none of the others with it. */
  async #find(contents: readonly StoredContent[]): Promise<Found> {
    try {
      return await this.#ask(contents);
    } catch (error) {
      if (!(error instanceof MaildError) || error.code !== threadDied) throw error;
    }
    const found: FoundStructure[] = [];
    for (const content of contents) {
      const one = contents.length === 1 ? null : await this.#find([content]);
      found.push(...(one?.found ?? [this.#flat(content)]));
    }
    return { found, looked: contents.length };
  }

  async #ask(contents: readonly StoredContent[]): Promise<Found> {
    const { thread, filePath } = this.#needs;
    const { copies, memory } = handOver(contents.map(({ body }) => body));
    const job: StructureJob = {
      kind: 'structures',
      contents: contents.map(({ id, file }, i) => ({
        contentId: id,
        bytes: copies[i] ?? null,
        path: file === null ? null : filePath(file),
      })),
    };
    const answer = (await thread.run(job, [memory])) as StructureAnswer;
    const found = answer.flatMap((one) =>
      'structure' in one ? [one] : this.#unreadable(one.contentId, one.error),
    );
    return { found, looked: answer.length };
  }

  #unreadable(contentId: number, error: string): [] {
    this.#needs.log.debug('content not read', { contentId, error });
    return [];
  }

  #flat(content: StoredContent): FoundStructure {
    this.#needs.log.warn('a message is shown without its structure', { contentId: content.id });
    return {
      contentId: content.id,
      structure: JSON.stringify(flatStructure(content.size, content.body)),
      texts: noSearchTexts,
    };
  }

  /** What cannot be stored (a full disk) is made again the next time. */
  async #keep(found: readonly FoundStructure[]): Promise<void> {
    if (found.length === 0) return;
    try {
      await this.#needs.store.transaction((tx) => insertStructures(tx, found));
    } catch (error) {
      this.#needs.log.debug('structures of messages not stored', { error: errorText(error) });
    }
  }
}

const parsed = (text: string | undefined): MessageStructure | null =>
  text === undefined ? null : (JSON.parse(text) as MessageStructure);
