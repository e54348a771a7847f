/**
 * The one door by which mail comes in: says when it is shut, hands out ids, has messages looked at, and passes them to the
 * queue. When `accept` resolves the message is on disk.
 */
import type { Pause } from '../../shared/api/server.ts';
import { MaildError } from '../errors.ts';
import type { IntakePort as QueueIntake } from '../queue/queue-port.ts';
import type { ScreeningPort } from '../scan/screening.ts';
import type { Part } from '../store/group-writer.ts';
import type { FreeSpace } from './free-space.ts';
import type { IncomingMessage, IntakePort } from './intake-port.ts';
import type { MessageFiles } from './message-files.ts';
import { RefusedError } from './refused-error.ts';
import { rewriteContent } from './rewrite-content.ts';

type Refusal = NonNullable<ReturnType<IntakePort['refusal']>>;

const paused: Refusal = { code: 451, enhancedCode: '4.3.2', text: 'Not accepting mail at this time' };
const full: Refusal = { code: 452, enhancedCode: '4.3.1', text: 'Insufficient storage, try again later' };
const broken: Refusal = { code: 451, enhancedCode: '4.3.0', text: 'Local error, try again later' };

export interface IntakeNeeds {
  readonly queue: QueueIntake;
  readonly freeSpace: FreeSpace;
  /** `queue.min_free` of the configuration as it is now. */
  readonly minFreeBytes: () => number;
  /** Null while mail is taken. */
  readonly receivingPaused: () => Pause | null;
  /** What is wrong with the database, by its code (`store.full` ...); null when nothing is. */
  readonly storeProblem: () => { readonly code: string } | null;
  /** What looks at the messages of a user, or of strangers; null when nothing does. */
  readonly screeningFor: (user: string | null) => ScreeningPort | null;
  /** `mailboxes.spam_to_junk` of the configuration as it is now. */
  readonly spamToJunk: () => boolean;
  readonly files: MessageFiles;
  /** Writes rows in a transaction of their own. */
  readonly submit: (parts: readonly Part[]) => Promise<void>;
}

export class Intake implements IntakePort {
  readonly #needs: IntakeNeeds;

  constructor(needs: IntakeNeeds) {
    this.#needs = needs;
  }

  refusal(): Refusal | null {
    if (this.#needs.receivingPaused() !== null) return paused;
    const problem = this.#needs.storeProblem();
    if (problem !== null) return problem.code === 'store.full' ? full : broken;
    const free = this.#needs.freeSpace.bytes();
    return free !== null && free < this.#needs.minFreeBytes() ? full : null;
  }

  nextId(): number {
    return this.#needs.queue.nextId();
  }

  async accept(
    id: number,
    message: IncomingMessage,
    also: readonly Part[] = [],
    doing: (what: string) => void = () => {},
  ): Promise<void> {
    if (message.remote.length + message.local.length === 0) {
      throw new MaildError('intake.no_recipients', `message ${id} has no recipients`);
    }
    const screening = this.#needs.screeningFor(message.source.user);
    if (screening === null) await this.#needs.queue.accept({ id, ...message }, also);
    else await this.#screen(screening, { id, ...message }, also, doing);
  }

  async #screen(
    screening: ScreeningPort,
    message: IncomingMessage & { readonly id: number },
    also: readonly Part[],
    doing: (what: string) => void,
  ): Promise<void> {
    const { queue, files, submit } = this.#needs;
    const { file } = message.content;
    const screened = await screening.screen(message, doing);
    const { action, finding, refusal } = screened;
    if (action === 'reject' || action === 'defer') {
      throw new RefusedError(refusal, finding === null ? action : `${finding.by}: ${finding.reason}`);
    }
    doing('Queueing the message');
    if (action === 'drop') {
      if (also.length > 0) await submit(also);
      if (file !== null) await files.remove(file);
      return;
    }
    const content = await rewriteContent(message.id, message.content, screened, files);
    const junk = screened.spam && this.#needs.spamToJunk();
    const marked = { ...message, content, ...(junk && { junk }) };
    if (action === 'quarantine' && finding !== null) await screening.quarantine(marked, finding, also);
    else await queue.accept(marked, also);
  }
}
