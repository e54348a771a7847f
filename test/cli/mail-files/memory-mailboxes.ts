/** The mailboxes of one account in memory, answering as the daemon does: for what reads and writes files of mail. */
import { createHash } from 'node:crypto';
import type { Context } from '../../../cli/context.ts';
import {
  MailExport,
  type MailExportOrder,
  type MailExportReport,
} from '../../../cli/mail-files/mail-export.ts';
import {
  MailImport,
  type MailImportOrder,
  type MailImportReport,
} from '../../../cli/mail-files/mail-import.ts';
import { toCrlf } from '../../../cli/mail-files/message-text.ts';
import type { Params } from '../../../shared/api/index.ts';
import { hashKey, messageIdOf, messageKey } from '../../../shared/message-key.ts';

export interface StoredMail {
  readonly uid: number;
  readonly flags: readonly string[];
  readonly internalDate: string;
  readonly bytes: Buffer;
}

const account = 'ann@example.org';
const now = Date.parse('2026-11-22T14:00:00.000Z');

export class MemoryMailboxes {
  readonly folders = new Map<string, StoredMail[]>([['INBOX', []]]);
  readonly calls: string[] = [];
  readonly problems: string[] = [];
  readonly #uploads = new Map<number, Buffer[]>();
  /** Called before each call; may throw. */
  before: (method: string, params: unknown) => void = () => {};

  put(
    folder: string,
    text: string | Buffer,
    flags: readonly string[] = [],
    internalDate = '2026-01-02T03:04:05.000Z',
  ) {
    const bytes = toCrlf(Buffer.from(text));
    const messages = this.folders.get(folder) ?? [];
    this.folders.set(folder, messages);
    messages.push({ uid: messages.length + 1, flags, internalDate, bytes });
  }

  /** What came out the same must be equal by this. */
  get contents(): Record<string, (readonly [text: string, flags: string, date: string])[]> {
    return Object.fromEntries(
      [...this.folders].map(([name, messages]) => [
        name,
        messages.map(({ bytes, flags, internalDate }) => [
          bytes.toString('latin1'),
          [...flags].sort().join(' '),
          internalDate,
        ]),
      ]),
    );
  }

  async import(path: string, order: Partial<MailImportOrder> = {}): Promise<MailImportReport> {
    const work = new MailImport({
      account,
      path,
      format: null,
      folder: null,
      dryRun: false,
      now,
      call: this.call,
      interrupt: new AbortController().signal,
      progress: () => {},
      refused: async ({ origin, reason }) => void this.problems.push(`${origin}: ${reason}`),
      ...order,
    });
    await work.run();
    return work.report;
  }

  async export(directory: string, order: Partial<MailExportOrder> = {}): Promise<MailExportReport> {
    const work = new MailExport({
      account,
      directory,
      format: 'maildir',
      folder: null,
      dryRun: false,
      call: this.call,
      interrupt: new AbortController().signal,
      progress: () => {},
      refused: async (folder, reason) => void this.problems.push(`${folder}: ${reason}`),
      ...order,
    });
    await work.run();
    return work.report;
  }

  readonly call = (async (method: string, params: unknown) => {
    this.calls.push(method);
    this.before(method, params);
    switch (method) {
      case 'mailboxes.list':
        return {
          mailboxes: [...this.folders].map(([name, messages]) => ({ name, messages: messages.length })),
          next: null,
        };
      case 'mailboxes.create':
        return this.#create((params as Params<'mailboxes.create'>).mailbox);
      case 'mailboxes.index':
        return this.#index(params as Params<'mailboxes.index'>);
      case 'mailboxes.fetch':
        return this.#fetch(params as Params<'mailboxes.fetch'>);
      case 'mailboxes.content': {
        const { mailbox, uid, offset = 0, length = 1 } = params as Params<'mailboxes.content'>;
        const bytes = this.#of(mailbox).find((one) => one.uid === uid)?.bytes ?? Buffer.alloc(0);
        return { data: bytes.toString('base64', offset, offset + length), offset, sizeBytes: bytes.length };
      }
      case 'mailboxes.upload': {
        const { upload = this.#uploads.size + 1, data } = params as Params<'mailboxes.upload'>;
        const pieces = this.#uploads.get(upload) ?? [];
        this.#uploads.set(upload, [...pieces, Buffer.from(data, 'base64')]);
        return { upload, sizeBytes: 0 };
      }
      case 'mailboxes.append':
        return this.#append(params as Params<'mailboxes.append'>);
      default:
        throw new Error(`no ${method} here`);
    }
  }) as Context['call'];

  #create(mailbox: string) {
    if (this.folders.has(mailbox)) throw Object.assign(new Error('there'), { code: 'mailbox.exists' });
    const levels = mailbox.split('/');
    for (let n = 1; n <= levels.length; n++) {
      const name = levels.slice(0, n).join('/');
      if (!this.folders.has(name)) this.folders.set(name, []);
    }
    return {};
  }

  #of(mailbox: string): StoredMail[] {
    const messages = this.folders.get(mailbox);
    if (messages === undefined) throw new Error(`no mailbox ${mailbox}`);
    return messages;
  }

  #index({ mailbox, after = 0, keys = false, limit = 3 }: Params<'mailboxes.index'>) {
    const found = this.#of(mailbox).filter(({ uid }) => uid > after);
    const page = found.slice(0, limit);
    return {
      uidValidity: 77,
      messages: page.map(({ uid, bytes }) => ({ uid, key: keys ? keyOf(bytes) : null })),
      next: found.length > page.length ? (page.at(-1)?.uid ?? null) : null,
    };
  }

  /** Two messages an answer, and none that is large. */
  #fetch({ mailbox, uids }: Params<'mailboxes.fetch'>) {
    const found = this.#of(mailbox)
      .filter(({ uid }) => uids.includes(uid))
      .slice(0, 2);
    return {
      messages: found.map(({ bytes, ...message }) => ({
        ...message,
        sizeBytes: bytes.length,
        data: bytes.length > 1_000_000 ? null : bytes.toString('base64'),
      })),
      last: found.at(-1)?.uid ?? 0,
    };
  }

  #append({ mailbox, messages }: Params<'mailboxes.append'>) {
    const folder = this.#of(mailbox);
    for (const { flags, internalDate, content } of messages) {
      const bytes =
        'data' in content
          ? Buffer.from(content.data, 'base64')
          : Buffer.concat(this.#uploads.get(content.upload) ?? []);
      folder.push({ uid: folder.length + 1, flags, internalDate, bytes });
    }
    return { uidValidity: 77, uids: [] };
  }
}

function keyOf(bytes: Buffer): string {
  const [, field] = /^message-id:\s*(.*)$/im.exec(bytes.toString('latin1').split('\r\n\r\n')[0] ?? '') ?? [];
  const id = messageIdOf(field ?? null);
  return id === null
    ? hashKey(createHash('sha256').update(bytes).digest('hex'), bytes.length)
    : messageKey(id, bytes.length);
}
