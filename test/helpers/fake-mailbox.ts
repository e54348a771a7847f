/** One mailbox in memory with its views: the half of {@link FakeMailboxes} that sessions look at. */
import { EventSource } from '../../daemon/events.ts';
import type {
  AppendedMessage,
  FlagState,
  Mailbox,
  MailboxView,
  ViewChange,
} from '../../daemon/mailboxes/mailboxes-port.ts';
import { flagBits, type MessageFlags } from '../../daemon/mailboxes/message-flags.ts';

interface FakeMessage extends FlagState {
  readonly sizeBytes: number;
  readonly internalDate: number;
  readonly content: Buffer;
}

export class FakeMailbox {
  readonly id: number;
  name: string;
  readonly specialUse: Mailbox['specialUse'];
  uidNext = 1;
  modseq = 1;
  /** By UID. */
  readonly messages = new Map<number, FakeMessage>();
  readonly removed: { readonly uid: number; readonly modseq: number }[] = [];
  readonly views = new Set<FakeView>();
  recentFrom = 1;

  constructor(id: number, name: string, specialUse: Mailbox['specialUse']) {
    this.id = id;
    this.name = name;
    this.specialUse = specialUse;
  }

  get keywords(): readonly string[] {
    return [...new Set([...this.messages.values()].flatMap(({ keywords }) => keywords))].sort();
  }

  describe(): Mailbox {
    const all = [...this.messages.values()];
    return {
      id: this.id,
      accountId: 1,
      name: this.name,
      uidValidity: 1000 + this.id,
      uidNext: this.uidNext,
      messages: all.length,
      unseen: all.filter(({ bits }) => (bits & flagBits.seen) === 0).length,
      recent: all.filter(({ uid }) => uid >= this.recentFrom).length,
      bytes: all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      highestModseq: this.modseq,
      specialUse: this.specialUse,
      createdAt: 0,
    };
  }

  add(message: Pick<AppendedMessage, 'flags' | 'internalDate'> & { content: Buffer }): number {
    const uid = this.uidNext++;
    this.modseq += 1;
    const { flags, internalDate, content } = message;
    this.messages.set(uid, {
      uid,
      modseq: this.modseq,
      ...flags,
      sizeBytes: content.length,
      internalDate,
      content,
    });
    for (const view of this.views) view.added(uid);
    return uid;
  }

  change(uid: number, flags: MessageFlags, by: MailboxView | undefined): FlagState {
    const message = this.messages.get(uid);
    if (message === undefined) throw new Error(`there is no message ${uid}`);
    this.modseq += 1;
    const changed = { ...message, ...flags, modseq: this.modseq };
    this.messages.set(uid, changed);
    for (const view of this.views) if (view !== by) view.changed(uid);
    return changed;
  }

  drop(uids: readonly number[]): void {
    this.modseq += 1;
    for (const uid of uids) {
      this.messages.delete(uid);
      this.removed.push({ uid, modseq: this.modseq });
    }
    for (const view of this.views) view.dropped(uids);
  }
}

export class FakeView implements MailboxView {
  readonly mailbox: Mailbox;
  readonly readOnly: boolean;
  readonly news = new EventSource<void>();
  gone = false;
  readonly #of: FakeMailbox;
  readonly #recentFrom: number;
  readonly #uids: number[];
  #pendingAdded: number[] = [];
  readonly #pendingChanged = new Set<number>();
  readonly #pendingGone = new Set<number>();

  constructor(of: FakeMailbox, readOnly: boolean) {
    this.#of = of;
    this.mailbox = of.describe();
    this.readOnly = readOnly;
    this.#uids = [...of.messages.keys()];
    this.#recentFrom = of.recentFrom;
    if (!readOnly) of.recentFrom = of.uidNext;
    of.views.add(this);
  }

  get count(): number {
    return this.#uids.length;
  }
  get recent(): number {
    return this.#uids.filter((uid) => uid >= this.#recentFrom).length;
  }
  get uidNext(): number {
    return this.#of.uidNext;
  }
  get highestModseq(): number {
    return this.#of.modseq;
  }
  get wholeUpTo(): number | null {
    const gone = this.#of.removed.filter(({ uid }) => this.#pendingGone.has(uid));
    return gone.length === 0 ? null : Math.min(...gone.map(({ modseq }) => modseq - 1));
  }
  get keywords(): readonly string[] {
    return this.#of.keywords;
  }
  uidAt(seq: number): number {
    return this.#uids[seq - 1] ?? 0;
  }
  seqOf(uid: number): number {
    return this.#uids.indexOf(uid) + 1;
  }
  get firstUnseen(): number {
    return this.#uids.findIndex((uid) => ((this.#of.messages.get(uid)?.bits ?? 1) & flagBits.seen) === 0) + 1;
  }
  flagsAt(seq: number): MessageFlags {
    return this.#of.messages.get(this.uidAt(seq)) ?? { bits: 0, keywords: [] };
  }
  modseqAt(seq: number): number {
    return this.#of.messages.get(this.uidAt(seq))?.modseq ?? 0;
  }
  isRecent(seq: number): boolean {
    return this.uidAt(seq) >= this.#recentFrom;
  }
  get pending(): boolean {
    return this.#pendingAdded.length + this.#pendingChanged.size + this.#pendingGone.size > 0;
  }

  added(uid: number): void {
    this.#pendingAdded.push(uid);
    this.news.emit();
  }
  changed(uid: number): void {
    if (this.#uids.includes(uid)) this.#pendingChanged.add(uid);
    this.news.emit();
  }
  dropped(uids: readonly number[]): void {
    for (const uid of uids) {
      this.#pendingChanged.delete(uid);
      if (this.#uids.includes(uid)) this.#pendingGone.add(uid);
      else this.#pendingAdded = this.#pendingAdded.filter((added) => added !== uid);
    }
    this.news.emit();
  }

  sync({ expunges }: { readonly expunges: boolean }): ViewChange[] {
    const changes: ViewChange[] = [];
    if (expunges) {
      for (const uid of [...this.#pendingGone].sort((a, b) => a - b)) {
        const seq = this.seqOf(uid);
        this.#uids.splice(seq - 1, 1);
        changes.push({ kind: 'expunged', seq, uid });
      }
      this.#pendingGone.clear();
    }
    if (this.#pendingAdded.length > 0) {
      this.#uids.push(...this.#pendingAdded);
      this.#pendingAdded = [];
      if (!this.readOnly) this.#of.recentFrom = this.#of.uidNext;
      changes.push({ kind: 'exists', count: this.count, recent: this.recent });
    }
    for (const uid of this.#pendingChanged) {
      const state = this.#of.messages.get(uid);
      if (state !== undefined) changes.push({ kind: 'flags', seq: this.seqOf(uid), state });
    }
    this.#pendingChanged.clear();
    return changes;
  }

  remove(): void {
    this.gone = true;
    this.news.emit();
  }

  close(): void {
    this.#of.views.delete(this);
  }
}
