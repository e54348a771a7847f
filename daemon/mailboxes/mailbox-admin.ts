/** What operators do with mailboxes: list, make, rename, remove. Accounts are named by their addresses. */
import type { Mailbox as MailboxView, SpecialUse } from '../../shared/api/mailboxes.ts';
import { isoTime } from '../clock.ts';
import { MaildError } from '../errors.ts';
import type { Mailbox, MailboxesPort } from './mailboxes-port.ts';

export interface NamedAccount {
  readonly id: number;
  readonly address: string;
}

export interface AccountFinder {
  /** Throws MaildError `account.not_found`. */
  find(address: string): Promise<NamedAccount>;
  /** Those behind `after` in the order of their addresses; null: from the first on. */
  page(after: string | null, limit: number): Promise<readonly NamedAccount[]>;
}

/** Accounts are read in pages of so many until so many mailboxes make an answer. */
const accountsAtOnce = 50;
const mailboxesPerPage = 500;

export class MailboxAdmin {
  readonly #mailboxes: MailboxesPort;
  readonly #accounts: AccountFinder;

  constructor(mailboxes: MailboxesPort, accounts: AccountFinder) {
    this.#mailboxes = mailboxes;
    this.#accounts = accounts;
  }

  /** Of one account at once, of all in pages: an account is never cut in two. */
  async list(
    address: string | undefined,
    cursor: string | undefined,
  ): Promise<{ mailboxes: MailboxView[]; next: string | null }> {
    if (address !== undefined) {
      const account = await this.#accounts.find(address);
      return { mailboxes: await this.#of(account), next: null };
    }
    const found: MailboxView[] = [];
    let after = cursor ?? null;
    for (;;) {
      const accounts = await this.#accounts.page(after, accountsAtOnce);
      for (const account of accounts) {
        found.push(...(await this.#of(account)));
        after = account.address;
        if (found.length >= mailboxesPerPage) return { mailboxes: found, next: after };
      }
      if (accounts.length < accountsAtOnce) return { mailboxes: found, next: null };
    }
  }

  async create(address: string, name: string, specialUse: SpecialUse | undefined): Promise<MailboxView> {
    const account = await this.#accounts.find(address);
    const made = await this.#mailboxes.create(account.id, name, specialUse ?? null);
    await this.#mailboxes.subscribe(account.id, made.name, true);
    return view(made, account, true);
  }

  async rename(address: string, from: string, to: string): Promise<MailboxView> {
    const account = await this.#accounts.find(address);
    await this.#mailboxes.rename(account.id, from, to);
    return this.#one(account, to);
  }

  /** Answers it as it was. */
  async remove(address: string, name: string, dryRun: boolean): Promise<MailboxView> {
    const account = await this.#accounts.find(address);
    const mailbox = await this.#one(account, name);
    if (!dryRun) {
      await this.#mailboxes.remove(account.id, mailbox.name);
      if (mailbox.subscribed) await this.#mailboxes.subscribe(account.id, mailbox.name, false);
    }
    return mailbox;
  }

  async #of(account: NamedAccount): Promise<MailboxView[]> {
    const [mailboxes, subscriptions] = await Promise.all([
      this.#mailboxes.list(account.id),
      this.#mailboxes.subscriptions(account.id),
    ]);
    const subscribed = new Set(subscriptions);
    return mailboxes.map((mailbox) => view(mailbox, account, subscribed.has(mailbox.name)));
  }

  async #one(account: NamedAccount, name: string): Promise<MailboxView> {
    const mailbox = await this.#mailboxes.find(account.id, name);
    if (mailbox === undefined) throw noMailbox(name);
    const subscriptions = await this.#mailboxes.subscriptions(account.id);
    return view(mailbox, account, subscriptions.includes(mailbox.name));
  }
}

export const noMailbox = (name: string): MaildError =>
  new MaildError('mailbox.not_found', `there is no mailbox ${JSON.stringify(name.slice(0, 200))}`);

const view = (mailbox: Mailbox, { address }: NamedAccount, subscribed: boolean): MailboxView => ({
  account: address,
  name: mailbox.name,
  messages: mailbox.messages,
  unseen: mailbox.unseen,
  bytes: mailbox.bytes,
  uidValidity: mailbox.uidValidity,
  uidNext: mailbox.uidNext,
  highestModseq: mailbox.highestModseq,
  specialUse: mailbox.specialUse,
  subscribed,
  createdAt: isoTime(mailbox.createdAt),
});
