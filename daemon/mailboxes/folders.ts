/** Mailboxes as things that are made, named, moved and removed; and who has subscribed to them. */
import { checkMailboxName, inbox, levelsAbove, separator } from '../../shared/mailbox-name.ts';
import type { Clock } from '../clock.ts';
import { MaildError } from '../errors.ts';
import type { Reader, Transaction, Writer } from '../store/store-port.ts';
import { copyEntries } from './entry-store.ts';
import {
  countMailboxes,
  deleteMailbox,
  findMailbox,
  insertMailbox,
  readBelow,
  readMailboxes,
  renameMailbox,
} from './mailbox-store.ts';
import type { Mailbox, SpecialUse } from './mailboxes-port.ts';
import type { OpenMailboxes } from './open-mailboxes.ts';
import { readPresentFrom, removeEntries } from './removal-store.ts';
import { addSubscription, readSubscriptions, removeSubscription } from './subscription-store.ts';

/** Of one account: a client must not fill the database with folders. */
const maxMailboxes = 5_000;

export interface FoldersNeeds {
  readonly store: Reader & Writer;
  readonly open: OpenMailboxes;
  /** Told when files may have lost their last row. */
  readonly contentsFreed: () => void;
  readonly clock: Clock;
}

export class Folders {
  readonly #needs: FoldersNeeds;

  constructor(needs: FoldersNeeds) {
    this.#needs = needs;
  }

  async list(accountId: number): Promise<readonly Mailbox[]> {
    const mailboxes = await readMailboxes(this.#needs.store, accountId);
    return mailboxes.map((mailbox) => this.#asOfNow(mailbox));
  }

  async find(accountId: number, name: string): Promise<Mailbox | undefined> {
    const checked = checkMailboxName(name);
    if (!('name' in checked)) return undefined;
    const mailbox = await findMailbox(this.#needs.store, accountId, checked.name);
    return mailbox && this.#asOfNow(mailbox);
  }

  async create(accountId: number, wish: string, specialUse: SpecialUse | null): Promise<Mailbox> {
    const name = requireName(wish);
    const now = this.#needs.clock.now();
    return this.#needs.store.transaction(async (tx) => {
      await requireFree(tx, accountId, name);
      await requireUnused(tx, accountId, specialUse);
      await createLevels(tx, accountId, levelsAbove(name), now);
      await insertMailbox(tx, accountId, { name, specialUse }, now);
      await requireFew(tx, accountId);
      return requireMailbox(tx, accountId, name);
    });
  }

  async rename(accountId: number, from: string, to: string): Promise<void> {
    const name = requireName(to);
    const before = checkMailboxName(from);
    const now = this.#needs.clock.now();
    const told = await this.#needs.store.transaction(async (tx) => {
      const mailbox = await requireMailbox(tx, accountId, 'name' in before ? before.name : from);
      await requireFree(tx, accountId, name);
      if (mailbox.name === inbox) return this.#emptyInbox(tx, mailbox, name, now);
      if (name.startsWith(mailbox.name + separator))
        throw invalidName(to, 'a mailbox cannot be moved into itself');
      await createLevels(tx, accountId, levelsAbove(name), now);
      const moved = [mailbox, ...(await readBelow(tx, accountId, mailbox.name))].map(({ id, name: old }) => ({
        id,
        name: requireName(name + old.slice(mailbox.name.length)),
      }));
      for (const one of moved) {
        if (one.id !== mailbox.id) await requireFree(tx, accountId, one.name);
        await renameMailbox(tx, one.id, one.name);
      }
      await requireFew(tx, accountId);
      return () => {
        for (const one of moved) this.#needs.open.apply(one.id, (state) => state.rename(one.name));
      };
    });
    told();
  }

  async remove(accountId: number, name: string): Promise<void> {
    const checked = checkMailboxName(name);
    const removed = await this.#needs.store.transaction(async (tx) => {
      const mailbox = await requireMailbox(tx, accountId, 'name' in checked ? checked.name : name);
      if (mailbox.name === inbox) throw invalidName(name, 'INBOX cannot be removed');
      if ((await readBelow(tx, accountId, mailbox.name)).length > 0)
        throw new MaildError('mailbox.has_children', `${mailbox.name} has mailboxes below it`);
      await deleteMailbox(tx, mailbox.id);
      return mailbox;
    });
    this.#needs.open.end(removed.id);
    this.#needs.contentsFreed();
  }

  subscriptions(accountId: number): Promise<readonly string[]> {
    return readSubscriptions(this.#needs.store, accountId);
  }

  async subscribe(accountId: number, wish: string, subscribed: boolean): Promise<void> {
    const name = requireName(wish);
    await this.#needs.store.transaction(async (tx) => {
      if (!subscribed) await removeSubscription(tx, accountId, name);
      else if (!(await addSubscription(tx, accountId, name)))
        throw new MaildError('mailbox.limit', 'the account has too many subscriptions');
    });
  }

  /** RFC 3501 6.3.5: its messages go to the other, INBOX stays. */
  async #emptyInbox(tx: Transaction, mailbox: Mailbox, name: string, now: number): Promise<() => void> {
    const { accountId } = mailbox;
    await createLevels(tx, accountId, levelsAbove(name), now);
    await insertMailbox(tx, accountId, { name, specialUse: null }, now);
    await requireFew(tx, accountId);
    const target = await requireMailbox(tx, accountId, name);
    const uids = await readPresentFrom(tx, mailbox.id, 1);
    await copyEntries(tx, mailbox.id, uids, target.id, { shareContents: false });
    const modseq = await removeEntries(tx, mailbox.id, uids, { keepContents: true });
    return () => this.#needs.open.apply(mailbox.id, (state) => state.remove(uids, modseq));
  }

  /** What sessions have been told of is written a little later. */
  #asOfNow(mailbox: Mailbox): Mailbox {
    const firstRecent = this.#needs.open.stateOf(mailbox.id)?.firstRecent ?? 1;
    return { ...mailbox, recent: Math.min(mailbox.recent, Math.max(mailbox.uidNext - firstRecent, 0)) };
  }
}

/** Throws MaildError `mailbox.invalid_name`. */
export function requireName(text: string): string {
  const checked = checkMailboxName(text);
  if ('problem' in checked) throw invalidName(text, checked.problem);
  return checked.name;
}

const invalidName = (name: string, problem: string): MaildError =>
  new MaildError('mailbox.invalid_name', `${JSON.stringify(name.slice(0, 200))} cannot be: ${problem}`);

/** Throws MaildError `mailbox.not_found`. */
export async function requireMailbox(reader: Reader, accountId: number, name: string): Promise<Mailbox> {
  const mailbox = await findMailbox(reader, accountId, name);
  if (mailbox === undefined) throw noMailbox(name);
  return mailbox;
}

const noMailbox = (name: string): MaildError =>
  new MaildError('mailbox.not_found', `there is no mailbox ${JSON.stringify(name.slice(0, 200))}`);

async function requireFree(tx: Transaction, accountId: number, name: string): Promise<void> {
  if ((await findMailbox(tx, accountId, name)) !== undefined)
    throw new MaildError('mailbox.exists', `there is a mailbox ${JSON.stringify(name)} already`);
}

async function requireUnused(
  tx: Transaction,
  accountId: number,
  specialUse: SpecialUse | null,
): Promise<void> {
  if (specialUse === null) return;
  const mailboxes = await readMailboxes(tx, accountId);
  const other = mailboxes.find((mailbox) => mailbox.specialUse === specialUse);
  if (other !== undefined)
    throw new MaildError('mailbox.special_use', `${JSON.stringify(other.name)} is for ${specialUse} already`);
}

async function requireFew(tx: Transaction, accountId: number): Promise<void> {
  if ((await countMailboxes(tx, accountId)) > maxMailboxes)
    throw new MaildError('mailbox.limit', `an account has ${maxMailboxes} mailboxes at the most`);
}

async function createLevels(
  tx: Transaction,
  accountId: number,
  names: readonly string[],
  now: number,
): Promise<void> {
  for (const name of names) {
    if ((await findMailbox(tx, accountId, name)) === undefined)
      await insertMailbox(tx, accountId, { name, specialUse: null }, now);
  }
}
