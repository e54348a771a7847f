/**
 * FETCH: data items of messages as responses. Flags come from the view alone; only what has to be read is read, a batch at a
 * time, and only what is large streams.
 */
import type { FlagState, MailboxView, StoredMessage } from '../../mailboxes/mailboxes-port.ts';
import { flagBits } from '../../mailboxes/message-flags.ts';
import { formatDateTime } from '../date-time.ts';
import type { FetchItem, FetchSection } from '../parse/fetch-item.ts';
import { flagsText } from '../response-text.ts';
import { ChunkWriter } from './chunk-writer.ts';
import type { FetchOutcome, FetchRequest } from './fetch-messages-port.ts';
import { MessageBytes } from './message-bytes.ts';
import { needsStructure, sectionContent, sectionName } from './section.ts';
import { envelopeText, structureText } from './structure-text.ts';

/** What the view knows without reading. */
const inView: ReadonlySet<FetchItem['item']> = new Set(['FLAGS', 'UID', 'MODSEQ']);

const isSection = (item: FetchItem): item is FetchSection => item.item === 'section';

export async function fetchMessages(request: FetchRequest): Promise<FetchOutcome> {
  const writer = new ChunkWriter(request.out);
  const items =
    request.uid && !request.items.some(({ item }) => item === 'UID')
      ? [{ item: 'UID' } as const, ...request.items]
      : request.items;
  const missing = items.every(({ item }) => inView.has(item))
    ? await fetchFromView(request, items, writer)
    : await new StoredFetch(request, items, writer).run();
  await writer.end();
  return { missing };
}

/** Nothing but what the view knows. Of a message that has gone the view knows it still. */
async function fetchFromView(
  { view, uids, newKeywords, signal }: FetchRequest,
  items: readonly FetchItem[],
  writer: ChunkWriter,
): Promise<number> {
  const kinds = items.map(({ item }) => item);
  const withFlags = kinds.includes('FLAGS');
  for (const uid of uids) {
    const seq = view.seqOf(uid);
    if (withFlags) writer.text(newKeywords());
    const texts = kinds.map((item) => {
      if (item === 'UID') return `UID ${uid}`;
      return item === 'FLAGS' ? `FLAGS ${flagsOf(view, seq, null)}` : `MODSEQ (${view.modseqAt(seq)})`;
    });
    writer.text(`* ${seq} FETCH (${texts.join(' ')})\r\n`);
    if (!writer.full) continue;
    await writer.flush();
    signal.throwIfAborted();
  }
  return 0;
}

class StoredFetch {
  readonly #request: FetchRequest;
  readonly #items: readonly FetchItem[];
  readonly #writer: ChunkWriter;
  readonly #names: ReadonlyMap<FetchSection, string>;
  readonly #sections: boolean;
  readonly #marksSeen: boolean;
  readonly #tellsFlags: boolean;

  constructor(request: FetchRequest, items: readonly FetchItem[], writer: ChunkWriter) {
    this.#request = request;
    this.#items = items;
    this.#writer = writer;
    this.#names = new Map(items.filter(isSection).map((section) => [section, sectionName(section)]));
    this.#sections = this.#names.size > 0;
    this.#marksSeen = !request.view.readOnly && items.some((item) => isSection(item) && !item.peek);
    this.#tellsFlags = items.some(({ item }) => item === 'FLAGS');
  }

  /** Answers how many messages are not there any more. */
  async run(): Promise<number> {
    const { mailboxes, view, uids, signal } = this.#request;
    const structure = this.#items.some(
      (item) =>
        item.item === 'ENVELOPE' ||
        item.item === 'BODY' ||
        item.item === 'BODYSTRUCTURE' ||
        (isSection(item) && needsStructure(item)),
    );
    const batches = mailboxes.read(view.mailbox.id, uids, { content: this.#sections, structure });
    let found = 0;
    for await (const { batch, changed } of this.#marked(batches)) {
      for (const message of batch) {
        signal.throwIfAborted();
        await this.#respond(message, changed.get(message.uid));
        if (this.#writer.full) await this.#writer.flush();
      }
      found += batch.length;
    }
    return uids.length - found;
  }

  /**
   * Marks a batch while the one before it is written: its sync is not waited for twice. Not more of them, so that a client
   * that goes in the middle leaves little marked that it has never seen.
   */
  async *#marked(batches: AsyncIterable<readonly StoredMessage[]>): AsyncGenerator<{
    readonly batch: readonly StoredMessage[];
    readonly changed: ReadonlyMap<number, FlagState>;
  }> {
    const source = batches[Symbol.asyncIterator]();
    const next = async () => {
      const { done, value } = await source.next();
      return done === true ? null : { batch: value, changed: await this.#markSeen(value) };
    };
    let coming = next();
    try {
      for (let marked = await coming; marked !== null; marked = await coming) {
        coming = next();
        // Heard when it is waited for, or by nobody when the client has gone.
        coming.catch(() => undefined);
        yield marked;
      }
    } finally {
      await source.return?.();
    }
  }

  /** Before it is told: who hears of \Seen can rely on it. */
  async #markSeen(batch: readonly StoredMessage[]): Promise<ReadonlyMap<number, FlagState>> {
    const unseen = this.#marksSeen ? batch.filter(({ bits }) => (bits & flagBits.seen) === 0) : [];
    if (unseen.length === 0) return new Map();
    const { mailboxes, view } = this.#request;
    const { changed } = await mailboxes.changeFlags(
      view.mailbox.id,
      unseen.map(({ uid }) => uid),
      'add',
      { bits: flagBits.seen, keywords: [] },
      { by: view },
    );
    return new Map(changed.map((state) => [state.uid, state]));
  }

  async #respond(message: StoredMessage, changed: FlagState | undefined): Promise<void> {
    const { view, condstore, newKeywords } = this.#request;
    const seq = view.seqOf(message.uid);
    if (seq === 0) return;
    const bytes = new MessageBytes(message);
    const modseq = changed?.modseq ?? modseqOf(view, seq, message);
    try {
      if (this.#sections) await bytes.open();
      // Flags of one moment, whatever comes while the rest is read.
      const flags = this.#tellsFlags || changed !== undefined ? flagsOf(view, seq, changed ?? null) : '';
      if (flags !== '') this.#writer.text(newKeywords());
      let before = `* ${seq} FETCH (`;
      for (const item of this.#items) {
        this.#writer.text(before);
        before = ' ';
        if (isSection(item)) await this.#section(item, message, bytes);
        else this.#writer.latin1(this.#itemText(item.item, message, flags, modseq));
      }
      if (changed !== undefined && !this.#tellsFlags) {
        this.#writer.text(` FLAGS ${flags}`);
        if (condstore && !this.#items.some(({ item }) => item === 'MODSEQ')) {
          this.#writer.text(` MODSEQ (${modseq})`);
        }
      }
      this.#writer.text(')\r\n');
    } finally {
      await bytes.close();
    }
  }

  #itemText(
    item: Exclude<FetchItem['item'], 'section'>,
    message: StoredMessage,
    flags: string,
    modseq: number,
  ): string {
    const { utf8 } = this.#request;
    const { structure } = message;
    switch (item) {
      case 'UID':
        return `UID ${message.uid}`;
      case 'FLAGS':
        return `FLAGS ${flags}`;
      case 'MODSEQ':
        return `MODSEQ (${modseq})`;
      case 'INTERNALDATE':
        return `INTERNALDATE ${formatDateTime(message.internalDate)}`;
      case 'RFC822.SIZE':
        return `RFC822.SIZE ${message.sizeBytes}`;
      case 'ENVELOPE':
        return `ENVELOPE ${structure === null ? 'NIL' : envelopeText(structure.envelope, utf8)}`;
      case 'BODY':
      case 'BODYSTRUCTURE': {
        const extended = item === 'BODYSTRUCTURE';
        return `${item} ${structure === null ? 'NIL' : structureText(structure.root, extended, utf8)}`;
      }
    }
  }

  async #section(section: FetchSection, message: StoredMessage, bytes: MessageBytes): Promise<void> {
    const writer = this.#writer;
    const name = this.#names.get(section) ?? sectionName(section);
    const content = await sectionContent(section, bytes, message.structure);
    const length =
      content === null ? 0 : Buffer.isBuffer(content) ? content.length : content.end - content.start;
    if (content === null || length === 0) {
      writer.text(`${name} ""`);
      return;
    }
    const atHand = Buffer.isBuffer(content) ? [content] : bytes.atHand(content);
    writer.text(`${name} {${length}}\r\n`);
    if (atHand !== null) for (const piece of atHand) await writer.stream(piece);
    else if (!Buffer.isBuffer(content))
      for await (const piece of bytes.read(content)) await writer.stream(piece);
  }
}

/** `state`: newer than what the view has. */
const flagsOf = (view: MailboxView, seq: number, state: FlagState | null): string =>
  flagsText(state ?? view.flagsAt(seq), view.isRecent(seq));

/** Of the flags that are told: those of the view, which what was read may be ahead of. */
function modseqOf(view: MailboxView, seq: number, { modseq }: FlagState): number {
  const known = view.modseqAt(seq);
  return known > 1 ? known : modseq;
}
