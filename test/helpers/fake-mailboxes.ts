/**
 * Mailboxes in memory that behave as their port says, for tests of those who ask them: every change reaches all views at
 * once, and `failing` makes the next changes fail as a store does.
 */
import { MaildError } from '../../daemon/errors.ts';
import type {
  AppendedMessage,
  FlagChange,
  FlagState,
  Mailbox,
  MailboxesPort,
  MailboxView,
  StoredMessage,
} from '../../daemon/mailboxes/mailboxes-port.ts';
import { flagBits, type MessageFlags } from '../../daemon/mailboxes/message-flags.ts';
import type { SearchKey } from '../../daemon/mailboxes/search/search-key.ts';
import { FakeMailbox, FakeView } from './fake-mailbox.ts';

export class FakeMailboxes implements MailboxesPort {
  limitBytes: number | null = null;
  /** What every change rejects with. */
  failing: Error | null = null;
  readonly subscribed = new Set<string>();
  readonly #mailboxes: FakeMailbox[] = [];
  #lastId = 0;
  #lastContent = 0;

  constructor() {
    this.#add('INBOX', null);
  }

  /** Views that are open. */
  get views(): number {
    return this.#mailboxes.reduce((sum, { views }) => sum + views.size, 0);
  }

  /** As a delivery does it. */
  deliver(text: string, flags: Partial<MessageFlags> = {}, name = 'INBOX'): number {
    const content = Buffer.from(text);
    return this.#get(name).add({ content, flags: { bits: 0, keywords: [], ...flags }, internalDate: 0 });
  }

  contents(name = 'INBOX'): string[] {
    return [...this.#get(name).messages.values()].map(({ content }) => content.toString('latin1'));
  }

  flags(name = 'INBOX'): number[] {
    return [...this.#get(name).messages.values()].map(({ bits }) => bits);
  }

  async list(): Promise<readonly Mailbox[]> {
    const names = (a: FakeMailbox, b: FakeMailbox) =>
      a.name === 'INBOX' ? -1 : b.name === 'INBOX' ? 1 : a.name < b.name ? -1 : 1;
    return this.#mailboxes.toSorted(names).map((mailbox) => mailbox.describe());
  }
  async find(_accountId: number, name: string): Promise<Mailbox | undefined> {
    return this.#mailboxes.find((mailbox) => mailbox.name === name)?.describe();
  }
  async create(_accountId: number, name: string, specialUse: Mailbox['specialUse'] = null): Promise<Mailbox> {
    this.#mayFail();
    if (this.#mailboxes.some((mailbox) => mailbox.name === name))
      throw new MaildError('mailbox.exists', name);
    const above = name.split('/').slice(0, -1);
    for (const [index] of above.entries()) {
      const parent = above.slice(0, index + 1).join('/');
      if (!this.#mailboxes.some((mailbox) => mailbox.name === parent)) this.#add(parent, null);
    }
    return this.#add(name, specialUse).describe();
  }
  async rename(_accountId: number, from: string, to: string): Promise<void> {
    this.#mayFail();
    if (this.#mailboxes.some((mailbox) => mailbox.name === to)) throw new MaildError('mailbox.exists', to);
    this.#get(from).name = to;
  }
  async remove(_accountId: number, name: string): Promise<void> {
    this.#mayFail();
    if (name === 'INBOX') throw new MaildError('mailbox.invalid_name', 'INBOX stays');
    const mailbox = this.#get(name);
    if (this.#mailboxes.some((other) => other.name.startsWith(`${name}/`))) {
      throw new MaildError('mailbox.has_children', 'there are mailboxes below it');
    }
    this.#mailboxes.splice(this.#mailboxes.indexOf(mailbox), 1);
    for (const view of mailbox.views) view.remove();
  }
  async subscriptions(): Promise<readonly string[]> {
    return [...this.subscribed].sort();
  }
  async subscribe(_accountId: number, name: string, subscribed: boolean): Promise<void> {
    this.#mayFail();
    if (subscribed) this.subscribed.add(name);
    else this.subscribed.delete(name);
  }
  async quota() {
    const usedBytes = this.#mailboxes.reduce((sum, mailbox) => sum + mailbox.describe().bytes, 0);
    return { usedBytes, limitBytes: this.limitBytes, messages: 0 };
  }
  async open(_accountId: number, name: string, { readOnly }: { readonly readOnly: boolean }) {
    return new FakeView(this.#get(name), readOnly);
  }
  nextContentId(): number {
    this.#lastContent += 1;
    return this.#lastContent;
  }
  async append(_accountId: number, name: string, messages: readonly AppendedMessage[]) {
    this.#mayFail();
    const mailbox = this.#get(name);
    const uids = messages.map((message) =>
      mailbox.add({ ...message, content: message.content.inline ?? Buffer.alloc(message.content.sizeBytes) }),
    );
    return { uidValidity: mailbox.describe().uidValidity, uids };
  }
  async changeFlags(
    mailboxId: number,
    uids: readonly number[],
    change: FlagChange,
    flags: MessageFlags,
    { by, unchangedSince }: { readonly by?: MailboxView; readonly unchangedSince?: number },
  ) {
    this.#mayFail();
    const mailbox = this.#byId(mailboxId);
    const changed: FlagState[] = [];
    const modified: number[] = [];
    for (const uid of uids) {
      const message = mailbox.messages.get(uid);
      if (message === undefined) continue;
      if (unchangedSince !== undefined && message.modseq > unchangedSince) modified.push(uid);
      else changed.push(mailbox.change(uid, changedFlags(message, change, flags), by));
    }
    return { changed, modified };
  }
  async copy(mailboxId: number, uids: readonly number[], _accountId: number, target: string) {
    this.#mayFail();
    const mailbox = this.#byId(mailboxId);
    const to = this.#get(target);
    const from = uids.filter((uid) => mailbox.messages.has(uid));
    const copies = from.map((uid) => {
      const message = mailbox.messages.get(uid);
      if (message === undefined) throw new Error('gone');
      return to.add({ ...message, flags: message });
    });
    return { uidValidity: to.describe().uidValidity, from, to: copies };
  }
  async move(mailboxId: number, uids: readonly number[], accountId: number, target: string) {
    const result = await this.copy(mailboxId, uids, accountId, target);
    this.#byId(mailboxId).drop(result.from);
    return result;
  }
  async expunge(mailboxId: number, uids: readonly number[] | null): Promise<readonly number[]> {
    this.#mayFail();
    const mailbox = this.#byId(mailboxId);
    const gone = (uids ?? [...mailbox.messages.keys()]).filter(
      (uid) => ((mailbox.messages.get(uid)?.bits ?? 0) & flagBits.deleted) !== 0,
    );
    if (gone.length > 0) mailbox.drop(gone);
    return gone;
  }
  async removeMessages(mailboxId: number, uids: readonly number[]): Promise<readonly number[]> {
    this.#byId(mailboxId).drop(uids);
    return uids;
  }
  async *read(mailboxId: number, uids: readonly number[]): AsyncIterable<readonly StoredMessage[]> {
    const mailbox = this.#byId(mailboxId);
    for (const uid of uids) {
      const message = mailbox.messages.get(uid);
      if (message === undefined) continue;
      const content = { sizeBytes: message.sizeBytes, inline: message.content, path: null };
      yield [{ ...message, headers: Buffer.alloc(0), contentId: uid, content, structure: null }];
    }
  }
  async changedSince(mailboxId: number, modseq: number, uids: readonly number[] | null) {
    const all = [...this.#byId(mailboxId).messages.values()];
    return all.filter((message) => message.modseq > modseq && (uids === null || uids.includes(message.uid)));
  }
  async removedSince(mailboxId: number, modseq: number): Promise<readonly number[] | null> {
    const { removed } = this.#byId(mailboxId);
    return removed.filter((one) => one.modseq > modseq).map(({ uid }) => uid);
  }
  async sizes(mailboxId: number) {
    const all = [...this.#byId(mailboxId).messages.values()];
    return { uids: all.map(({ uid }) => uid), sizes: all.map(({ sizeBytes }) => sizeBytes) };
  }
  async search(view: MailboxView, key: SearchKey): Promise<readonly number[]> {
    const uids = Array.from({ length: view.count }, (_, index) => view.uidAt(index + 1));
    if (key.key !== 'flag') return uids;
    return uids.filter((uid) => ((view.flagsAt(view.seqOf(uid)).bits & key.bit) !== 0) === key.set);
  }

  #add(name: string, specialUse: Mailbox['specialUse']): FakeMailbox {
    this.#lastId += 1;
    const mailbox = new FakeMailbox(this.#lastId, name, specialUse);
    this.#mailboxes.push(mailbox);
    return mailbox;
  }
  #get(name: string): FakeMailbox {
    const mailbox = this.#mailboxes.find((one) => one.name === name);
    if (mailbox === undefined) throw new MaildError('mailbox.not_found', name);
    return mailbox;
  }
  #byId(id: number): FakeMailbox {
    const mailbox = this.#mailboxes.find((one) => one.id === id);
    if (mailbox === undefined) throw new MaildError('mailbox.not_found', String(id));
    return mailbox;
  }
  #mayFail(): void {
    if (this.failing !== null) throw this.failing;
  }
}

function changedFlags(now: MessageFlags, change: FlagChange, flags: MessageFlags): MessageFlags {
  const keywords = new Set(change === 'set' ? [] : now.keywords);
  for (const keyword of flags.keywords) {
    if (change === 'remove') keywords.delete(keyword);
    else keywords.add(keyword);
  }
  const bits = { set: flags.bits, add: now.bits | flags.bits, remove: now.bits & ~flags.bits }[change];
  return { bits, keywords: [...keywords].sort() };
}
