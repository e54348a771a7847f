/**
 * The one door by which mail comes in: says when it is shut, hands out ids, and passes messages to the queue, which counts
 * them. When `accept` resolves the message is on disk.
 */
import type { Pause } from '../../shared/api/server.ts';
import { MaildError } from '../errors.ts';
import type { IntakePort as QueueIntake } from '../queue/queue-port.ts';
import type { Part } from '../store/group-writer.ts';
import type { FreeSpace } from './free-space.ts';
import type { IncomingMessage, IntakePort } from './intake-port.ts';

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

  async accept(id: number, message: IncomingMessage, also: readonly Part[] = []): Promise<void> {
    if (message.remote.length + message.local.length === 0) {
      throw new MaildError('intake.no_recipients', `message ${id} has no recipients`);
    }
    await this.#needs.queue.accept({ id, ...message }, also);
  }
}
