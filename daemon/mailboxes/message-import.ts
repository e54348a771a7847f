/** Puts messages that an operator brings into a mailbox: all of a batch or none, synced when it resolves. */
import { MaildError } from '../errors.ts';
import { CrlfLines } from '../intake/crlf-lines.ts';
import type { MessageFiles } from '../intake/message-files.ts';
import { flagsOf } from './flag-words.ts';
import type { AccountFinder } from './mailbox-admin.ts';
import type { AppendedMessage, MailboxesPort } from './mailboxes-port.ts';
import type { MessageUploads } from './message-uploads.ts';

export interface MessageImportNeeds {
  readonly mailboxes: MailboxesPort;
  readonly accounts: AccountFinder;
  readonly uploads: MessageUploads;
  readonly files: MessageFiles;
  /** Larger messages go to files. */
  readonly inlineBytes: () => number;
  /** Why nothing may be taken now; null when it may. */
  readonly obstacle: () => string | null;
}

export interface MessageToImport {
  readonly flags: readonly string[];
  /** ISO 8601. */
  readonly internalDate: string;
  /** Base64. */
  readonly content: { readonly data: string } | { readonly upload: number };
}

type ReadyMessage = AppendedMessage & { readonly contentId: number };

export class MessageImport {
  readonly #needs: MessageImportNeeds;

  constructor(needs: MessageImportNeeds) {
    this.#needs = needs;
  }

  upload(upload: number | undefined, data: string): Promise<{ upload: number; sizeBytes: number }> {
    this.#requireSpace();
    return this.#needs.uploads.write(upload, Buffer.from(data, 'base64'));
  }

  async append(
    address: string,
    name: string,
    messages: readonly MessageToImport[],
  ): Promise<{ uidValidity: number; uids: number[] }> {
    this.#requireSpace();
    const { id } = await this.#needs.accounts.find(address);
    const ready: ReadyMessage[] = [];
    try {
      for (const message of messages) ready.push(await this.#ready(message));
    } catch (error) {
      for (const { content } of ready)
        if (content.file !== null) await this.#needs.files.remove(content.file);
      throw error;
    }
    const { uidValidity, uids } = await this.#needs.mailboxes.append(id, name, ready);
    return { uidValidity, uids: [...uids] };
  }

  async #ready({ flags, internalDate, content }: MessageToImport): Promise<ReadyMessage> {
    const meta = { flags: flagsOf(flags), internalDate: Date.parse(internalDate) };
    if ('upload' in content) {
      const { file, sizeBytes } = await this.#needs.uploads.finish(content.upload);
      return { ...meta, contentId: content.upload, content: { ...noSummary, sizeBytes, inline: null, file } };
    }
    const bytes = crlfMessage(Buffer.from(content.data, 'base64'));
    const contentId = this.#needs.mailboxes.nextContentId();
    const sizeBytes = bytes.length;
    if (sizeBytes <= this.#needs.inlineBytes())
      return { ...meta, contentId, content: { ...noSummary, sizeBytes, inline: bytes, file: null } };
    const file = await this.#needs.files.create(contentId);
    try {
      await file.write(bytes);
      return {
        ...meta,
        contentId,
        content: { ...noSummary, sizeBytes, inline: null, file: await file.commit() },
      };
    } catch (error) {
      await file.discard();
      throw error;
    }
  }

  #requireSpace(): void {
    const obstacle = this.#needs.obstacle();
    if (obstacle !== null) throw new MaildError('store.full', obstacle, { temporary: true });
  }
}

/** Of a message that goes to a mailbox and never through the queue. */
const noSummary = { subject: null, messageId: null };

function crlfMessage(bytes: Buffer): Buffer {
  const lines = new CrlfLines();
  const clean = lines.take(bytes);
  const rest = lines.rest();
  return rest.length === 0 ? clean : Buffer.concat([clean, rest]);
}
