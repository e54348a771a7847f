/** Messages of a mailbox for those who administer it: listed, told apart from others, read in whole or in slices. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IndexedMessage, MailboxMessage } from '../../shared/api/mailboxes.ts';
import { hashKey, messageIdOf, messageKey } from '../../shared/message-key.ts';
import { isoTime } from '../clock.ts';
import { MaildError } from '../errors.ts';
import { decodeHeaderText } from '../intake/encoded-words.ts';
import { readContentSlice } from '../queue/content-slice.ts';
import { flagWords } from './flag-words.ts';
import type { AccountFinder } from './mailbox-admin.ts';
import type { MailboxesPort, MailboxView, StoredMessage } from './mailboxes-port.ts';
import type { AddressItem } from './structure/message-structure.ts';

const defaultListed = 50;
const defaultIndexed = 1_000;
/** Of one answer of `fetch`; in base64 a third more. Larger messages are read slice by slice. */
const maxFetchBytes = 1024 * 1024;
const defaultSliceBytes = 256 * 1024;
/** More recipients or text than anybody reads. */
const maxTextChars = 1_000;

export class MailboxContents {
  readonly #mailboxes: MailboxesPort;
  readonly #accounts: AccountFinder;

  constructor(mailboxes: MailboxesPort, accounts: AccountFinder) {
    this.#mailboxes = mailboxes;
    this.#accounts = accounts;
  }

  /** Newest first. */
  async messages(
    address: string,
    name: string,
    {
      before = Number.POSITIVE_INFINITY,
      limit = defaultListed,
    }: { before?: number | undefined; limit?: number | undefined },
  ): Promise<{ messages: MailboxMessage[]; next: number | null }> {
    return this.#looking(address, name, async (view) => {
      const end = placeOf(view, before);
      const uids = uidsBetween(view, Math.max(1, end - limit), end);
      const messages = await this.#read(view, uids, true);
      const [oldest] = uids;
      return {
        messages: messages.map(listed).reverse(),
        next: oldest !== undefined && end - limit > 1 ? oldest : null,
      };
    });
  }

  /** Rising. */
  async index(
    address: string,
    name: string,
    {
      after = 0,
      keys = false,
      limit = defaultIndexed,
    }: {
      after?: number | undefined;
      keys?: boolean | undefined;
      limit?: number | undefined;
    },
  ): Promise<{ uidValidity: number; messages: IndexedMessage[]; next: number | null }> {
    return this.#looking(address, name, async (view) => {
      const begin = placeOf(view, after + 1);
      const uids = uidsBetween(view, begin, begin + limit);
      const messages: IndexedMessage[] = [];
      for (const message of await this.#read(view, uids, keys)) {
        messages.push({
          uid: message.uid,
          flags: flagWords(message),
          internalDate: isoTime(message.internalDate),
          sizeBytes: message.sizeBytes,
          key: keys ? await this.#keyOf(view, message) : null,
        });
      }
      const last = uids.at(-1);
      const more = last !== undefined && begin + limit <= view.count;
      return { uidValidity: view.mailbox.uidValidity, messages, next: more ? last : null };
    });
  }

  /** What has gone meanwhile is passed over. */
  async fetch(address: string, name: string, uids: readonly number[]) {
    return this.#looking(address, name, async (view) => {
      const wanted = [...new Set(uids)].sort((a, b) => a - b);
      const found: (Omit<IndexedMessage, 'key'> & { data: string | null })[] = [];
      let bytes = 0;
      const options = { content: true, structure: false };
      for await (const batch of this.#mailboxes.read(view.mailbox.id, wanted, options)) {
        for (const message of batch) {
          const { uid, sizeBytes } = message;
          if (found.length > 0 && bytes + sizeBytes > maxFetchBytes)
            return { messages: found, last: found.at(-1)?.uid ?? uid };
          const whole = sizeBytes <= maxFetchBytes ? await wholeMessage(message) : null;
          bytes += whole?.length ?? 0;
          found.push({
            uid,
            flags: flagWords(message),
            internalDate: isoTime(message.internalDate),
            sizeBytes,
            data: whole?.toString('base64') ?? null,
          });
        }
      }
      return { messages: found, last: wanted.at(-1) ?? 0 };
    });
  }

  async content(
    address: string,
    name: string,
    {
      uid,
      offset = 0,
      length = defaultSliceBytes,
    }: {
      uid: number;
      offset?: number | undefined;
      length?: number | undefined;
    },
  ): Promise<{ data: string; offset: number; sizeBytes: number }> {
    return this.#looking(address, name, async (view) => {
      for await (const [message] of this.#mailboxes.read(view.mailbox.id, [uid], {
        content: true,
        structure: false,
      })) {
        if (message === undefined) break;
        const data = await sliceOf(message, offset, length);
        return { data: data.toString('base64'), offset, sizeBytes: message.sizeBytes };
      }
      throw new MaildError('message.not_found', `there is no message ${uid} in it`);
    });
  }

  async #looking<T>(address: string, name: string, work: (view: MailboxView) => Promise<T>): Promise<T> {
    const { id } = await this.#accounts.find(address);
    const view = await this.#mailboxes.open(id, name, { readOnly: true });
    try {
      return await work(view);
    } finally {
      view.close();
    }
  }

  async #read(view: MailboxView, uids: readonly number[], structure: boolean): Promise<StoredMessage[]> {
    const messages: StoredMessage[] = [];
    for await (const batch of this.#mailboxes.read(view.mailbox.id, uids, { content: false, structure }))
      messages.push(...batch);
    return messages;
  }

  async #keyOf(view: MailboxView, { uid, sizeBytes, structure }: StoredMessage): Promise<string> {
    const id = messageIdOf(structure?.envelope.messageId ?? null);
    if (id !== null) return messageKey(id, sizeBytes);
    const hash = createHash('sha256');
    for await (const [message] of this.#mailboxes.read(view.mailbox.id, [uid], {
      content: true,
      structure: false,
    })) {
      if (message === undefined) continue;
      hash.update(message.headers);
      const { inline, path } = message.content;
      if (inline !== null) hash.update(inline);
      else if (path !== null) for await (const chunk of createReadStream(path)) hash.update(chunk);
    }
    return hashKey(hash.digest('hex'), sizeBytes);
  }
}

/** Place of the first message that has this UID or a higher one; one more than there are when none has. */
function placeOf(view: MailboxView, uid: number): number {
  let [low, high] = [1, view.count + 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (view.uidAt(middle) < uid) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Of the places from `begin` up to and without `end`. */
function uidsBetween(view: MailboxView, begin: number, end: number): number[] {
  const last = Math.min(end, view.count + 1);
  return Array.from({ length: Math.max(0, last - begin) }, (_, index) => view.uidAt(begin + index));
}

function listed(message: StoredMessage): MailboxMessage {
  const envelope = message.structure?.envelope;
  const text = (value: string | null | undefined): string | null =>
    value == null ? null : decodeHeaderText(value).slice(0, maxTextChars);
  return {
    uid: message.uid,
    flags: flagWords(message),
    internalDate: isoTime(message.internalDate),
    date: text(envelope?.date),
    from: text(envelope === undefined ? null : addressText(envelope.from)),
    subject: text(envelope?.subject),
    messageId: text(envelope?.messageId),
    sizeBytes: message.sizeBytes,
  };
}

/** The first one; groups are no senders. */
function addressText(addresses: readonly AddressItem[]): string | null {
  const first = addresses.find(({ host }) => host !== null);
  if (first === undefined) return null;
  const address = `${first.mailbox ?? ''}@${first.host ?? ''}`;
  return first.name === null ? address : `${first.name} <${address}>`;
}

async function wholeMessage({ headers, content }: StoredMessage): Promise<Buffer> {
  const body = content.inline ?? (content.path === null ? Buffer.alloc(0) : await readFile(content.path));
  return headers.length === 0 ? body : Buffer.concat([headers, body]);
}

async function sliceOf({ headers, content }: StoredMessage, offset: number, length: number): Promise<Buffer> {
  const head = headers.subarray(offset, offset + length);
  const start = Math.max(0, offset - headers.length);
  const { data } = await readContentSlice(content, start, length - head.length);
  return head.length === 0 ? data : Buffer.concat([head, data]);
}
