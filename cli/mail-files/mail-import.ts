/**
 * Brings mail from files into the mailboxes of an account. What is there already is left out, each as often as it is
 * there, so that a second run transfers nothing and one that was cut short goes on.
 */
import type { Params } from '../../shared/api/index.ts';
import { checkMailboxName, inbox } from '../../shared/mailbox-name.ts';
import type { Context } from '../context.ts';
import { AppendBatch } from './append-batch.ts';
import { formatAt, type MailFormat, readMail } from './mail-source.ts';
import { faultOf, keyOf, sentAt, toCrlf } from './message-text.ts';
import { problem, type SourceMessage, type SourceProblem } from './source-message.ts';

export interface MailImportOrder {
  readonly account: string;
  readonly path: string;
  readonly format: MailFormat | null;
  /** Where it all goes; null: each folder under its own name. */
  readonly folder: string | null;
  readonly dryRun: boolean;
  /** Milliseconds since 1970, for messages that no date is known of. */
  readonly now: number;
  readonly call: Context['call'];
  readonly interrupt: AbortSignal;
  /** Told now and then. */
  readonly progress: (report: MailImportReport) => void;
  /** Told of each message that is not taken. */
  readonly refused: (what: SourceProblem) => Promise<void>;
}

export interface MailImportReport {
  imported: number;
  bytes: number;
  /** Were there already. */
  skipped: number;
  failed: number;
  /** Folders that were made. */
  readonly made: string[];
}

interface Folder {
  /** Null: it can be one. */
  readonly fault: string | null;
  readonly name: string;
  exists: boolean;
  /** How often each message is there. */
  readonly present: Map<string, number>;
}

export class MailImport {
  readonly report: MailImportReport = { imported: 0, bytes: 0, skipped: 0, failed: 0, made: [] };
  readonly #order: MailImportOrder;
  readonly #folders = new Map<string, Folder>();
  readonly #batch: AppendBatch;
  #existing: ReadonlySet<string> = new Set();

  constructor(order: MailImportOrder) {
    this.#order = order;
    this.#batch = new AppendBatch(order.account, order.call, async (outcome) => {
      if ('reason' in outcome) return this.#refuse(problem(outcome.origin, outcome.reason));
      this.report.imported += 1;
      this.report.bytes += outcome.bytes;
    });
  }

  /** Rejects with what the daemon says when it cannot go on; {@link report} is right all the same. */
  async run(): Promise<void> {
    const { path, format, account, call, interrupt, progress } = this.#order;
    const source = await readMail(path, format ?? (await formatAt(path)));
    const { mailboxes } = await call('mailboxes.list', { account });
    this.#existing = new Set(mailboxes.map(({ name }) => name));
    for await (const item of source) {
      if (interrupt.aborted) break;
      if (item.kind === 'problem') await this.#refuse(item);
      else if (item.kind === 'folder') await this.#folder(item.folder);
      else await this.#message(item);
      progress(this.report);
    }
    await this.#batch.flush();
  }

  async #message(item: SourceMessage): Promise<void> {
    const folder = await this.#folder(item.folder);
    if (folder.fault !== null) return this.#refuse(problem(item.origin, folder.fault));
    let bytes: Buffer;
    try {
      bytes = toCrlf(await item.read());
    } catch (error) {
      return this.#refuse(problem(item.origin, error));
    }
    const fault = faultOf(bytes);
    if (fault !== null) return this.#refuse(problem(item.origin, fault));
    const key = keyOf(bytes);
    const there = folder.present.get(key) ?? 0;
    if (there > 0) {
      folder.present.set(key, there - 1);
      this.report.skipped += 1;
      return;
    }
    if (this.#order.dryRun) {
      this.report.imported += 1;
      this.report.bytes += bytes.length;
      return;
    }
    const internalDate = new Date(item.receivedAt ?? sentAt(bytes) ?? this.#order.now);
    await this.#batch.add({
      origin: item.origin,
      mailbox: folder.name,
      flags: item.flags,
      internalDate,
      bytes,
    });
  }

  /** Made when it is not there. */
  async #folder(source: string | null): Promise<Folder> {
    const base = this.#order.folder;
    const wish = source === null ? (base ?? inbox) : base === null ? source : `${base}/${source}`;
    const known = this.#folders.get(wish);
    if (known !== undefined) return known;
    const checked = checkMailboxName(wish);
    const folder: Folder =
      'problem' in checked
        ? {
            fault: `${wish} cannot be a mailbox: ${checked.problem}`,
            name: wish,
            exists: false,
            present: new Map(),
          }
        : { fault: null, name: checked.name, exists: this.#existing.has(checked.name), present: new Map() };
    this.#folders.set(wish, folder);
    if (folder.fault !== null) return folder;
    if (folder.exists) await this.#readPresent(folder);
    else await this.#make(folder);
    return folder;
  }

  async #make(folder: Folder): Promise<void> {
    const { account, call, dryRun } = this.#order;
    try {
      if (!dryRun) await call('mailboxes.create', { account, mailbox: folder.name });
      this.report.made.push(folder.name);
    } catch (error) {
      // It was made as a level above another one, or by somebody else.
      if (!(error instanceof Error && 'code' in error && error.code === 'mailbox.exists')) throw error;
      await this.#readPresent(folder);
    }
  }

  async #readPresent({ name, present }: Folder): Promise<void> {
    const { account, call } = this.#order;
    let after = 0;
    for (;;) {
      const page: Params<'mailboxes.index'> = { account, mailbox: name, after, keys: true };
      const { messages, next } = await call('mailboxes.index', page, indexTimeoutMs);
      for (const { key } of messages) if (key !== null) present.set(key, (present.get(key) ?? 0) + 1);
      if (next === null) return;
      after = next;
    }
  }

  async #refuse(what: SourceProblem): Promise<void> {
    this.report.failed += 1;
    await this.#order.refused(what);
  }
}

/** The daemon may have to look into each of a thousand messages for the first time. */
const indexTimeoutMs = 60_000;
