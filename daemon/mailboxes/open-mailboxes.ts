/**
 * The mailboxes that sessions look at, each once however many of them do, and some that they looked at before. Hears of
 * every change that is on disk, and passes it on.
 */
import type { Clock, Timer } from '../clock.ts';
import { errorCode, errorText } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { Reader, Writer } from '../store/store-port.ts';
import { ChangesUnderWay } from './changes-under-way.ts';
import { setFirstRecent } from './entry-store.ts';
import { type AppliedChange, LiveMailbox } from './live-mailbox.ts';
import { MailboxState } from './mailbox-state.ts';
import { MailboxViewState } from './mailbox-view.ts';
import type { Mailbox } from './mailboxes-port.ts';

/** Mailboxes that nobody looks at any more are kept for the next who does: so many, of so many messages in all. */
const maxIdle = 200;
const maxIdleMessages = 500_000;
/** What is recent is nothing that must not be lost: one write for all that came in this time. */
const recentMs = 1_000;

export interface OpenMailboxesNeeds {
  readonly store: Reader & Writer;
  readonly clock: Clock;
  readonly log: Logger;
}

export class OpenMailboxes {
  readonly #needs: OpenMailboxesNeeds;
  readonly #live = new Map<number, LiveMailbox>();
  /** Those of them that nobody looks at, in the order in which they were left, and how many messages they had. */
  readonly #idle = new Map<LiveMailbox, number>();
  #idleMessages = 0;
  readonly #byAccount = new Map<number, Set<LiveMailbox>>();
  readonly #underWay = new ChangesUnderWay();
  readonly #claims = new Map<number, number>();
  #claimTimer: Timer | null = null;

  constructor(needs: OpenMailboxesNeeds) {
    this.#needs = needs;
  }

  /** Throws MaildError `mailbox.not_found` when it went meanwhile, and what the store throws. */
  async open(mailbox: Mailbox, readOnly: boolean): Promise<MailboxViewState> {
    const live = this.#live.get(mailbox.id) ?? this.#add(mailbox);
    try {
      if (!live.loaded || live.state.uidNext < mailbox.uidNext) await live.refresh();
    } catch (error) {
      if (live.state.views.size === 0) this.#forget(live);
      throw error;
    }
    // It may have been put away while this waited.
    if (this.#live.get(mailbox.id) !== live) return this.open(mailbox, readOnly);
    this.#unidle(live);
    return new MailboxViewState(live.state, readOnly, () => this.#left(live));
  }

  /** Its state, when somebody looks at it or did. */
  stateOf(mailboxId: number): MailboxState | undefined {
    return this.#live.get(mailboxId)?.state;
  }

  /** `work` makes a change and applies it. */
  changing<T>(mailboxId: number, work: () => Promise<T>): Promise<T> {
    const settled = () => this.#live.get(mailboxId)?.state.settled(this.#underWay.first(mailboxId));
    return this.#underWay.run(mailboxId, work, settled);
  }

  /** A change of a mailbox that is on disk. */
  apply(mailboxId: number, change: AppliedChange): void {
    this.#live.get(mailboxId)?.apply(change);
  }

  /** Something may have come into mailboxes of this account. */
  async arrived(accountId: number): Promise<void> {
    const watched = [...(this.#byAccount.get(accountId) ?? [])].filter(({ state }) => state.views.size > 0);
    await Promise.all(watched.map((live) => this.#refresh(live)));
  }

  /** Something has come into this mailbox. */
  async arrivedIn(mailboxId: number): Promise<void> {
    const live = this.#live.get(mailboxId);
    if (live !== undefined && live.state.views.size > 0) await this.#refresh(live);
  }

  /** The mailbox is gone. */
  end(mailboxId: number): void {
    const live = this.#live.get(mailboxId);
    if (live === undefined) return;
    this.#forget(live);
    live.state.end();
  }

  /** The account is gone. */
  endAccount(accountId: number): void {
    for (const live of [...(this.#byAccount.get(accountId) ?? [])]) this.end(live.state.id);
  }

  /** Writes what is left. */
  async close(): Promise<void> {
    this.#claimTimer?.cancel();
    await this.#writeClaims();
  }

  #add(mailbox: Mailbox): LiveMailbox {
    const state = new MailboxState(mailbox, (uid) => this.#claim(mailbox.id, uid));
    const live = new LiveMailbox(state, this.#needs.store, () => this.#underWay.last(mailbox.id));
    this.#live.set(mailbox.id, live);
    const others = this.#byAccount.get(mailbox.accountId);
    if (others === undefined) this.#byAccount.set(mailbox.accountId, new Set([live]));
    else others.add(live);
    return live;
  }

  #forget(live: LiveMailbox): void {
    const { id, accountId } = live.state;
    this.#unidle(live);
    this.#live.delete(id);
    const others = this.#byAccount.get(accountId);
    others?.delete(live);
    if (others?.size === 0) this.#byAccount.delete(accountId);
  }

  #left(live: LiveMailbox): void {
    const { id, views, table } = live.state;
    if (views.size > 0 || this.#live.get(id) !== live) return;
    this.#idle.set(live, table.count);
    this.#idleMessages += table.count;
    for (const oldest of this.#idle.keys()) {
      if (this.#idle.size <= maxIdle && this.#idleMessages <= maxIdleMessages) return;
      this.#forget(oldest);
    }
  }

  #unidle(live: LiveMailbox): void {
    this.#idleMessages -= this.#idle.get(live) ?? 0;
    this.#idle.delete(live);
  }

  /** A view that could not be told now is told with the next message: nothing is lost by it. */
  async #refresh(live: LiveMailbox): Promise<void> {
    try {
      await live.refresh();
    } catch (error) {
      if (errorCode(error) === 'mailbox.not_found') return this.end(live.state.id);
      this.#needs.log.warn('what came into a mailbox could not be read', {
        mailbox: live.state.name,
        error: errorText(error),
      });
    }
  }

  #claim(mailboxId: number, uid: number): void {
    this.#claims.set(mailboxId, uid);
    this.#claimTimer ??= this.#needs.clock.after(recentMs, () => void this.#writeClaims());
  }

  async #writeClaims(): Promise<void> {
    this.#claimTimer = null;
    const claims = [...this.#claims];
    this.#claims.clear();
    if (claims.length === 0) return;
    try {
      await this.#needs.store.transaction(async (tx) => {
        for (const [mailboxId, uid] of claims) await setFirstRecent(tx, mailboxId, uid);
      });
    } catch (error) {
      this.#needs.log.debug('recent messages stay recent', { error: errorText(error) });
    }
  }
}
