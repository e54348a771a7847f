/**
 * One poll of one collector: lists, fetches what is new, takes it by the door of all mail, and deletes there what is not
 * to stay. Knows nothing of POP3 or IMAP4, nor of when to poll.
 *
 * A message is noted as collected in the transaction that takes it, and deleted there only after that is on disk. So
 * whatever breaks when, a message is here or there, and here once.
 */
import type { DirectoryPort } from '../accounts/directory-port.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { errorText } from '../errors.ts';
import { ContentError } from '../intake/content-error.ts';
import type { IntakePort } from '../intake/intake-port.ts';
import type { MessageFiles } from '../intake/message-files.ts';
import { nothingKept, RefusedError } from '../intake/refused-error.ts';
import { TraceHeader } from '../intake/trace-header.ts';
import type { Logger } from '../log/logger.ts';
import type { Part } from '../store/group-writer.ts';
import { CollectedMessage } from './collected-message.ts';
import { account, MessageLeft, type RecipientSettings, recipientsOf } from './collected-recipients.ts';
import { isOverdue, planCollection } from './collection-plan.ts';
import { CollectorFailure } from './collector-failure.ts';
import { Fetching, uidOf } from './fetching.ts';
import type { MessageSink, RemoteFolder, RemoteMailbox, RemoteMessage } from './remote-mailbox.ts';
import { seenPart } from './seen-program.ts';
import type { SeenMessage, SeenStore } from './seen-store.ts';

export interface CollectNeeds {
  readonly config: () => Pick<Config, 'hostname' | 'maxMessageBytes' | 'smtp'>;
  readonly intake: IntakePort;
  readonly directory: Pick<DirectoryPort, 'isLocalDomain' | 'resolve'>;
  readonly files: MessageFiles;
  readonly seen: SeenStore;
  /** Writes what needs no message: a UID that stands for one that is here already, or that was refused. */
  readonly submit: (parts: readonly Part[]) => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface CollectSettings extends RecipientSettings {
  readonly id: number;
  readonly protocol: 'pop3' | 'imap';
  readonly host: string;
  readonly folders: readonly string[];
  readonly keepDays: number | null;
}

/** Counted as it happens, for those who look. */
export interface CollectCounts {
  /** New on the server. */
  wanted: number;
  /** Those of them that have been dealt with. */
  done: number;
  collected: number;
  collectedBytes: number;
  deleted: number;
  /** What stays there though it should be here, by the first reason. */
  left: number;
  leftReason: string | null;
}

export const newCounts = (): CollectCounts => ({
  wanted: 0,
  done: 0,
  collected: 0,
  collectedBytes: 0,
  deleted: 0,
  left: 0,
  leftReason: null,
});

/** A message's place in the order of their arrival. */
interface Turn {
  readonly before: Promise<void>;
  readonly handOn: () => void;
}

/** Messages that may wait for their sync: enough for a full group, bounded in memory. */
const MAX_UNCOMMITTED = 256;
const MAX_UNCOMMITTED_BYTES = 16 * 1024 * 1024;
/** Lines of collected mail are cut by nobody: only what has no line at all is refused. */
const MAX_LINE_BYTES = 1024 * 1024;

export class Collection {
  readonly #settings: CollectSettings;
  readonly #mailbox: RemoteMailbox;
  readonly #needs: CollectNeeds;
  readonly #counts: CollectCounts;
  readonly #progress: () => void;
  readonly #trace = new TraceHeader();
  readonly #uncommitted = new Set<Promise<void>>();
  /** Resolves when the message before has been handed on: they arrive here in the order in which they lie there. */
  #handedOn: Promise<void> = Promise.resolve();
  #uncommittedBytes = 0;

  /** `mailbox` is logged in. `progress` is called whenever the counts have changed. */
  constructor(
    settings: CollectSettings,
    mailbox: RemoteMailbox,
    counts: CollectCounts,
    needs: CollectNeeds,
    progress: () => void,
  ) {
    this.#settings = settings;
    this.#mailbox = mailbox;
    this.#counts = counts;
    this.#needs = needs;
    this.#progress = progress;
  }

  /** Throws CollectorFailure, with the counts of what was done until then; the mailbox is closed in any case. */
  async run(): Promise<void> {
    try {
      await this.#requireDoor();
      const removed: { folder: RemoteFolder; messages: readonly RemoteMessage[] }[] = [];
      for (const name of this.#settings.protocol === 'imap' ? this.#settings.folders : ['']) {
        const folder = await this.#mailbox.open(name);
        removed.push({ folder, messages: await this.#collect(folder) });
      }
      await this.#mailbox.close();
      for (const { folder, messages } of removed) await this.#noteRemoved(folder, messages);
    } catch (error) {
      const failure = asFailure(error);
      this.#mailbox.abort(failure);
      // What was whole is taken all the same: no reason to fetch it again.
      await this.#settled();
      throw failure;
    }
  }

  /** Before anything is fetched for nothing. */
  async #requireDoor(): Promise<void> {
    const { directory } = this.#needs;
    this.#requireOpenDoor();
    await account(this.#settings.deliverTo, directory).catch((error: unknown) => {
      if (!(error instanceof MessageLeft)) throw error;
      throw new CollectorFailure('collector.not_taken', error.message);
    });
  }

  #requireOpenDoor(): void {
    const refusal = this.#needs.intake.refusal();
    if (refusal !== null)
      throw new CollectorFailure('collector.not_taken', `no mail is taken: ${refusal.text}`);
  }

  /** Answers what was marked for deletion. */
  async #collect(folder: RemoteFolder): Promise<readonly RemoteMessage[]> {
    const { seen, config, clock } = this.#needs;
    const { id, keepDays } = this.#settings;
    const now = clock.now();
    const known = await seen.read(id, folder.name);
    const plan = planCollection(folder, known, { keepDays, maxMessageBytes: config().maxMessageBytes, now });
    await seen.keepUp(id, folder.name, plan, now);
    for (const message of plan.tooLarge) this.#leave(message, 'larger than max_message_size');
    this.#counts.wanted += plan.fetch.length;
    this.#progress();
    const session = this.#mailbox.session;
    session.enter('transaction', () => `Collecting ${this.#counts.done} of ${this.#counts.wanted}`);

    const fetching = new Fetching(folder, plan);
    await this.#mailbox.fetch(
      plan.fetch.map(({ message }) => message),
      (message) => this.#sink(message, fetching),
    );
    await this.#settled();
    if (fetching.failure !== null) throw fetching.failure;
    const remove = [...plan.remove, ...fetching.remove];
    if (remove.length > 0) {
      session.enter('transaction', `Deleting ${remove.length} messages`);
      await this.#mailbox.remove(remove);
    }
    return remove;
  }

  async #noteRemoved(folder: RemoteFolder, messages: readonly RemoteMessage[]): Promise<void> {
    if (messages.length === 0) return;
    const uids = messages.flatMap(({ uid }) => uid ?? []);
    const at = this.#needs.clock.now();
    await this.#needs.seen.noteRemoved(this.#settings.id, folder.name, folder.validity, uids, at);
    this.#counts.deleted += messages.length;
    this.#progress();
  }

  #sink(remote: RemoteMessage, fetching: Fetching): MessageSink | null {
    const { intake, config, files, clock } = this.#needs;
    const { hostname, maxMessageBytes, smtp } = config();
    if ((remote.sizeBytes ?? 0) > maxMessageBytes) {
      this.#leave(remote, 'larger than max_message_size');
      this.#done();
      return null;
    }
    const id = intake.nextId();
    const { protocol, host, byHeaders, deliverTo } = this.#settings;
    const traceHeader = this.#trace.format({
      id,
      helo: host,
      remoteAddress: this.#mailbox.session.remoteAddress,
      hostname,
      protocol: protocol === 'pop3' ? 'POP3' : 'IMAP4',
      tls: this.#mailbox.tls,
      recipient: byHeaders ? null : deliverTo,
      at: clock.now(),
    });
    const limits = { ...smtp, maxLineBytes: MAX_LINE_BYTES, maxMessageBytes, hostname };
    return new CollectedMessage(
      { id, remote, traceHeader, limits, files },
      (message) => this.#whole(message, fetching),
      (message, reason) => {
        this.#leave(message.remote, reason);
        this.#done();
      },
    );
  }

  /** It is complete; the next ones are read while it is on its way to the disk. */
  #whole(message: CollectedMessage, fetching: Fetching): Promise<void> | undefined {
    this.#uncommittedBytes += message.bytes;
    const before = this.#handedOn;
    let handOn = () => {};
    this.#handedOn = new Promise((resolve) => {
      handOn = resolve;
    });
    const taken = this.#take(message, fetching, { before, handOn })
      .catch((error: unknown) => {
        fetching.failure ??= asFailure(error);
        this.#mailbox.abort(fetching.failure);
      })
      .finally(() => {
        handOn();
        this.#uncommittedBytes -= message.bytes;
        this.#uncommitted.delete(taken);
        this.#done();
      });
    this.#uncommitted.add(taken);
    const full = this.#uncommitted.size >= MAX_UNCOMMITTED || this.#uncommittedBytes > MAX_UNCOMMITTED_BYTES;
    return full ? Promise.race(this.#uncommitted) : undefined;
  }

  /** Throws what ends the poll; what concerns this message alone is noted. */
  async #take(message: CollectedMessage, fetching: Fetching, turn: Turn): Promise<void> {
    // Whether its twin is taken is not known yet: the next poll will know.
    if (fetching.repeats(message)) return message.discard();
    const same = fetching.same(message);
    if (same !== null) return this.#here(message, same, fetching);
    try {
      await this.#accept(message, fetching, turn);
    } catch (error) {
      if (error instanceof MessageLeft) return this.#leave(message.remote, error.message);
      if (!(error instanceof ContentError) || error.temporary) throw error;
      this.#leave(message.remote, error.message);
      await this.#needs.submit([this.#row(message, fetching, { outcome: 'refused', messageId: null })]);
    }
  }

  async #accept(message: CollectedMessage, fetching: Fetching, turn: Turn): Promise<void> {
    const { intake, directory, files, log } = this.#needs;
    this.#requireOpenDoor();
    const headers = message.headers();
    const { local, remote } = await recipientsOf(headers, this.#settings, directory).catch(async (error) => {
      await message.discard();
      throw error;
    });
    const { content } = await message.finish();
    const { session } = this.#mailbox;
    const source = { sessionId: session.id, remoteAddress: session.remoteAddress, user: null };
    const envelope = {
      from: headers.returnPath,
      bodyType: '8bitmime' as const,
      smtpUtf8: false,
      envelopeId: null,
      returnContent: null,
    };
    const row = this.#row(message, fetching, { outcome: 'taken', messageId: message.id });
    await turn.before;
    try {
      const accepted = intake.accept(message.id, { envelope, content, source, remote, local }, [row]);
      turn.handOn();
      await accepted;
    } catch (error) {
      if (content.file !== null && nothingKept(error)) await files.remove(content.file);
      // A scanner that is away: it may be back at the next poll.
      if (error instanceof RefusedError) throw new MessageLeft(error.message);
      throw error;
    }
    session.addMessage();
    this.#counts.collected += 1;
    this.#counts.collectedBytes += message.bytes;
    if (this.#settings.keepDays === 0) fetching.markForRemoval(message);
    log.info('message collected', {
      queueId: message.id,
      sessionId: session.id,
      remoteAddress: session.remoteAddress,
      from: headers.returnPath,
      to: [...local, ...remote].map(({ address }) => address),
      sizeBytes: content.sizeBytes,
      messageId: content.messageId,
    });
  }

  /** It is here already, under another UID or under this one. */
  async #here(message: CollectedMessage, same: SeenMessage, fetching: Fetching): Promise<void> {
    const { clock, log, submit } = this.#needs;
    await message.discard();
    await submit([this.#row(message, fetching, { outcome: same.outcome, messageId: null, at: same.at })]);
    if (isOverdue(same, this.#settings.keepDays, clock.now())) fetching.markForRemoval(message);
    log.debug('message is here already', { sessionId: this.#mailbox.session.id, uid: message.remote.uid });
  }

  #row(
    message: CollectedMessage,
    { folder }: Fetching,
    what: { outcome: SeenMessage['outcome']; messageId: number | null; at?: number },
  ): Part {
    return seenPart({
      collectorId: this.#settings.id,
      folder: folder.name,
      validity: folder.validity,
      uid: uidOf(message),
      digest: message.digest,
      sizeBytes: folder.strictUids ? null : message.remote.sizeBytes,
      at: this.#needs.clock.now(),
      ...what,
    });
  }

  #leave({ uid, sizeBytes }: RemoteMessage, reason: string): void {
    this.#counts.left += 1;
    this.#counts.leftReason ??= reason;
    this.#needs.log.warn('message left on the server', {
      sessionId: this.#mailbox.session.id,
      host: this.#settings.host,
      uid,
      sizeBytes,
      reason,
    });
  }

  #done(): void {
    this.#counts.done += 1;
    this.#progress();
  }

  async #settled(): Promise<void> {
    while (this.#uncommitted.size > 0) await Promise.all(this.#uncommitted);
  }
}

function asFailure(error: unknown): CollectorFailure {
  if (error instanceof CollectorFailure) return error;
  return new CollectorFailure('collector.not_taken', `mail cannot be taken: ${errorText(error)}`, error);
}
