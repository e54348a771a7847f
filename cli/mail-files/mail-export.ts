/**
 * Writes the mailboxes of an account into files. What is there already is left out, so that a second run writes only what
 * has come since. Whatever a folder is called, nothing is written outside of the directory.
 */
import type { IndexedMessage } from '../../shared/api/mailboxes.ts';
import type { Context } from '../context.ts';
import { openEmlFolder } from './eml-target.ts';
import type { MailFormat } from './mail-source.ts';
import { openMaildirFolder } from './maildir-target.ts';
import { openMboxFolder } from './mbox-target.ts';

export interface MailExportOrder {
  readonly account: string;
  readonly directory: string;
  readonly format: MailFormat;
  /** Only this one and what is below it; null: all. */
  readonly folder: string | null;
  readonly dryRun: boolean;
  readonly call: Context['call'];
  readonly interrupt: AbortSignal;
  readonly progress: (report: MailExportReport) => void;
  /** Told of each folder that cannot be written, and why. */
  readonly refused: (folder: string, reason: string) => Promise<void>;
}

export interface MailExportReport {
  exported: number;
  bytes: number;
  /** Were there already. */
  skipped: number;
  failed: number;
  folders: number;
}

export interface ExportedMessage extends Pick<IndexedMessage, 'uid' | 'flags' | 'internalDate'> {
  readonly bytes: Buffer;
}

/** One folder of the files, while it is written. */
export interface TargetFolder {
  /** Whether it has a message already. */
  has(uid: number): boolean;
  write(message: ExportedMessage): Promise<void>;
  /** Nothing more comes; what was written stays, whether or not it was all. */
  close(whole: boolean): Promise<void>;
}

export interface TargetOrder {
  readonly directory: string;
  readonly name: string;
  readonly uidValidity: number;
}

const openers: Readonly<Record<MailFormat, (order: TargetOrder) => Promise<TargetFolder>>> = {
  maildir: openMaildirFolder,
  mbox: openMboxFolder,
  eml: openEmlFolder,
};

/** UIDs that are asked for at once. */
const fetchStep = 200;
const sliceBytes = 1024 * 1024;

export class MailExport {
  readonly report: MailExportReport = { exported: 0, bytes: 0, skipped: 0, failed: 0, folders: 0 };
  readonly #order: MailExportOrder;

  constructor(order: MailExportOrder) {
    this.#order = order;
  }

  /** Rejects with what the daemon says when it cannot go on. Answers whether the folder that was named is there. */
  async run(): Promise<boolean> {
    const { account, folder, call, interrupt, refused } = this.#order;
    const { mailboxes } = await call('mailboxes.list', { account });
    const wanted = mailboxes.filter(
      ({ name }) => folder === null || name === folder || name.startsWith(`${folder}/`),
    );
    for (const { name, messages } of wanted) {
      if (interrupt.aborted) break;
      try {
        await this.#folder(name);
        this.report.folders += 1;
      } catch (error) {
        if (!isFileError(error)) throw error;
        this.report.failed += messages;
        await refused(name, error.message);
      }
    }
    return folder === null || wanted.length > 0;
  }

  async #folder(name: string): Promise<void> {
    const { account, directory, format, call, dryRun, interrupt, progress } = this.#order;
    const { uidValidity, uids } = await this.#uids(name);
    const target = dryRun ? null : await openers[format]({ directory, name, uidValidity });
    let whole = false;
    try {
      const missing = uids.filter((uid) => !target?.has(uid));
      this.report.skipped += uids.length - missing.length;
      for (let at = 0; at < missing.length && !interrupt.aborted; ) {
        if (target === null) {
          this.report.exported += missing.length;
          break;
        }
        const some = missing.slice(at, at + fetchStep);
        const { messages, last } = await call('mailboxes.fetch', { account, mailbox: name, uids: some });
        for (const { data, sizeBytes, ...message } of messages) {
          const bytes =
            data === null ? await this.#large(name, message.uid, sizeBytes) : Buffer.from(data, 'base64');
          await target.write({ ...message, bytes });
          this.report.exported += 1;
          this.report.bytes += bytes.length;
          progress(this.report);
        }
        at += some.filter((uid) => uid <= last).length;
      }
      whole = !interrupt.aborted;
    } finally {
      await target?.close(whole);
    }
  }

  async #uids(mailbox: string): Promise<{ uidValidity: number; uids: number[] }> {
    const { account, call } = this.#order;
    const uids: number[] = [];
    let after = 0;
    for (;;) {
      const page = await call('mailboxes.index', { account, mailbox, after, limit: 2_000 });
      for (const { uid } of page.messages) uids.push(uid);
      if (page.next === null) return { uidValidity: page.uidValidity, uids };
      after = page.next;
    }
  }

  async #large(mailbox: string, uid: number, sizeBytes: number): Promise<Buffer> {
    const { account, call } = this.#order;
    const pieces: Buffer[] = [];
    for (let offset = 0; offset < sizeBytes; ) {
      const slice = { account, mailbox, uid, offset, length: sliceBytes };
      const piece = Buffer.from((await call('mailboxes.content', slice)).data, 'base64');
      if (piece.length === 0) break;
      pieces.push(piece);
      offset += piece.length;
    }
    return Buffer.concat(pieces);
  }
}

/** Of the file system; what the daemon says has no `syscall`. */
const isFileError = (error: unknown): error is Error => error instanceof Error && 'syscall' in error;
