/**
 * The mailbox that a client has selected, and what the client has been told of it: flags that it can have, and changes that
 * others make (RFC 3501 7.2 to 7.4, RFC 7162 3.2.10 for VANISHED).
 */
import type { FlagState, MailboxView, ViewChange } from '../mailboxes/mailboxes-port.ts';
import type { ImapClient } from './imap-client.ts';
import { formatSet } from './parse/sequence-set.ts';
import { allSystemFlags, flagsText } from './response-text.ts';

/** Changes: a few milliseconds. */
const AT_ONCE = 500;

export class SelectedMailbox {
  readonly view: MailboxView;
  /** Keywords that the client knows of. */
  #keywords: readonly string[] = [];
  /** It has been told a mod-sequence that is not the last of what it knew. */
  #heldBack = false;
  /** The highest that it has been told of from the database, which may be ahead of the view. */
  readModseq = 0;
  /** As SELECT has told it. */
  #firstModseq = 0;

  constructor(view: MailboxView) {
    this.view = view;
  }

  get name(): string {
    return this.view.mailbox.name;
  }

  /** What SELECT and EXAMINE say first. */
  describe(client: ImapClient): void {
    const { view } = this;
    for (const response of this.#describeKeywords()) client.untagged(response);
    client.untagged(`${view.count} EXISTS`);
    client.untagged(`${view.recent} RECENT`);
    if (view.firstUnseen > 0) client.untagged(`OK [UNSEEN ${view.firstUnseen}] First unseen message`);
    client.untagged(`OK [UIDVALIDITY ${view.mailbox.uidValidity}] UIDs are valid`);
    client.untagged(`OK [UIDNEXT ${view.uidNext}] Next UID`);
    this.#firstModseq = view.highestModseq;
    client.untagged(`OK [HIGHESTMODSEQ ${this.#firstModseq}] Highest mod-sequence`);
  }

  /**
   * All that is pending; a promise when that is much. With `expunges` false sequence numbers stay as they are. Rejects with
   * ClientGoneError.
   */
  tell(client: ImapClient, expunges: boolean): Promise<void> | undefined {
    if (!this.view.pending) return undefined;
    const changes = this.view.sync({ expunges });
    this.tellNewKeywords(client);
    if (changes.length > AT_ONCE) return this.#tellMany(client, changes);
    this.#tellSome(client, changes);
    return undefined;
  }

  /** Somebody has changed a folder of 100,000 messages: others get their turn meanwhile, and a slow client its time. */
  async #tellMany(client: ImapClient, changes: readonly ViewChange[]): Promise<void> {
    for (let at = 0; at < changes.length; at += AT_ONCE) {
      this.#tellSome(client, changes.slice(at, at + AT_ONCE));
      await (client.keepsUp() ?? new Promise((resolve) => setImmediate(resolve)));
    }
  }

  #tellSome(client: ImapClient, changes: readonly ViewChange[]): void {
    let vanished: number[] = [];
    for (const change of changes) {
      if (change.kind === 'expunged' && client.qresync) vanished.push(change.uid);
      else {
        vanished = tellVanished(client, vanished);
        this.#tellChange(client, change);
      }
    }
    tellVanished(client, vanished);
  }

  /** One message's flags, unasked or after STORE. */
  tellFlags(client: ImapClient, seq: number, state: FlagState, uid: boolean): void {
    const flags = flagsText(state, this.view.isRecent(seq));
    const uidItem = uid || client.qresync ? `UID ${state.uid} ` : '';
    const modseq = client.condstore ? ` MODSEQ (${state.modseq})` : '';
    client.untagged(`${seq} FETCH (${uidItem}FLAGS ${flags}${modseq})`);
  }

  /** Before a keyword is used in a response, the client has to have heard of it (RFC 3501 7.2.6). */
  tellNewKeywords(client: ImapClient): void {
    for (const response of this.newKeywords()) client.untagged(response);
  }

  /** What has to be told then; none when there is nothing new. It counts as told. */
  newKeywords(): readonly string[] {
    const { keywords } = this.view;
    if (keywords === this.#keywords) return [];
    const known = new Set(this.#keywords);
    if (!keywords.every((keyword) => known.has(keyword))) return this.#describeKeywords();
    this.#keywords = keywords;
    return [];
  }

  /** As {@link resyncPoint} at the end of SELECT, which tells what it began with and nothing that came since. */
  firstResyncPoint(): number | null {
    this.#heldBack = this.readModseq > this.#firstModseq;
    return this.#heldBack ? this.#firstModseq : null;
  }

  /**
   * RFC 7162 3.2: a client keeps the highest mod-sequence that it has seen. While removals are held back it has to be told
   * the one up to which it knows all, or it would not hear of them after its connection broke; and then the new one. Null:
   * there is nothing to say. To be asked for when everything else has been taken from the view.
   */
  resyncPoint(): number | null {
    const { wholeUpTo, highestModseq } = this.view;
    const wasHeldBack = this.#heldBack;
    this.#heldBack = wholeUpTo !== null || this.readModseq > highestModseq;
    return this.#heldBack || wasHeldBack ? (wholeUpTo ?? highestModseq) : null;
  }

  close(): void {
    this.view.close();
  }

  #describeKeywords(): readonly string[] {
    const { keywords, readOnly } = this.view;
    this.#keywords = keywords;
    const flags = [...allSystemFlags, ...keywords].join(' ');
    return [
      `FLAGS (${flags})`,
      `OK [PERMANENTFLAGS (${readOnly ? '' : `${flags} \\*`})] Flags that can be changed`,
    ];
  }

  #tellChange(client: ImapClient, change: ViewChange): void {
    switch (change.kind) {
      case 'expunged':
        client.untagged(`${change.seq} EXPUNGE`);
        break;
      case 'exists':
        client.untagged(`${change.count} EXISTS`);
        client.untagged(`${change.recent} RECENT`);
        break;
      case 'flags':
        this.tellFlags(client, change.seq, change.state, false);
    }
  }
}

/** Answers what is left to tell: nothing. */
function tellVanished(client: ImapClient, uids: number[]): number[] {
  if (uids.length > 0) client.untagged(`VANISHED ${formatSet(uids.sort((a, b) => a - b))}`);
  return [];
}
