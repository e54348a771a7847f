/** A folder of messages in memory, as FETCH sees it: a view and what reads and changes. */

import { EventSource } from '../../../../daemon/events.ts';
import type {
  FlagState,
  MailboxesPort,
  MailboxView,
  StoredMessage,
} from '../../../../daemon/mailboxes/mailboxes-port.ts';
import type { MessageStructure } from '../../../../daemon/mailboxes/structure/message-structure.ts';

export interface FakeMessage {
  readonly uid: number;
  readonly text: string | Buffer;
  readonly headers?: string;
  /** Content in this file instead of in memory. */
  readonly path?: string;
  readonly structure?: MessageStructure;
  bits?: number;
  readonly keywords?: readonly string[];
  modseq?: number;
}

export class FakeFolder implements Pick<MailboxesPort, 'read' | 'changeFlags'> {
  readonly messages: FakeMessage[];
  /** What was asked of `read`. */
  readonly reads: {
    readonly uids: readonly number[];
    readonly content: boolean;
    readonly structure: boolean;
  }[] = [];
  /** In the view, but not there any more. */
  readonly gone = new Set<number>();

  constructor(messages: readonly FakeMessage[]) {
    this.messages = [...messages];
  }

  view(options: { readonly readOnly?: boolean; readonly recent?: readonly number[] } = {}): MailboxView {
    const { messages } = this;
    return {
      mailbox: { id: 1, accountId: 1, name: 'INBOX', uidValidity: 1 },
      readOnly: options.readOnly ?? false,
      count: messages.length,
      recent: 0,
      uidNext: 1_000,
      wholeUpTo: null,
      highestModseq: 1,
      keywords: [],
      firstUnseen: 0,
      news: new EventSource<void>(),
      pending: false,
      gone: false,
      uidAt: (seq) => messages[seq - 1]?.uid ?? 0,
      seqOf: (uid) => messages.findIndex((message) => message.uid === uid) + 1,
      flagsAt: (seq) => ({ bits: messages[seq - 1]?.bits ?? 0, keywords: messages[seq - 1]?.keywords ?? [] }),
      modseqAt: (seq) => messages[seq - 1]?.modseq ?? 1,
      isRecent: (seq) => options.recent?.includes(messages[seq - 1]?.uid ?? 0) ?? false,
      sync: () => [],
      close: () => {},
    };
  }

  async *read(
    _mailboxId: number,
    uids: readonly number[],
    { content, structure }: { readonly content: boolean; readonly structure: boolean },
  ): AsyncIterable<readonly StoredMessage[]> {
    this.reads.push({ uids, content, structure });
    const wanted = new Set(uids);
    const found = this.messages.filter(({ uid }) => wanted.has(uid) && !this.gone.has(uid));
    for (let at = 0; at < found.length; at += 100) yield found.slice(at, at + 100).map(storedOf);
  }

  changeFlags: MailboxesPort['changeFlags'] = async (_mailboxId, uids, _change, flags) => {
    const changed: FlagState[] = [];
    for (const message of this.messages) {
      if (!uids.includes(message.uid)) continue;
      message.bits = (message.bits ?? 0) | flags.bits;
      message.modseq = (message.modseq ?? 1) + 100;
      changed.push(storedOf(message));
    }
    return { changed, modified: [] };
  };
}

function storedOf({ uid, text, headers = '', path, structure, ...flags }: FakeMessage): StoredMessage {
  const content = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
  return {
    uid,
    bits: flags.bits ?? 0,
    keywords: flags.keywords ?? [],
    modseq: flags.modseq ?? 1,
    sizeBytes: content.length + headers.length,
    internalDate: Date.UTC(2024, 1, 3, 4, 5, 6),
    headers: Buffer.from(headers),
    contentId: uid,
    content: { sizeBytes: content.length, inline: path === undefined ? content : null, path: path ?? null },
    structure: structure ?? null,
  };
}
