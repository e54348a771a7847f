/**
 * What intake and delivery may ask of the queue. `queue.ts` implements it; tests of delivery bring a fake.
 *
 * Every change is one durable transaction: when a promise here resolves, the change is synced to disk.
 */
import type { Part } from '../store/group-writer.ts';
import type {
  Content,
  DeliveryJob,
  Envelope,
  EnvelopeRecipient,
  MessageSource,
  RecipientResult,
} from './message.ts';

/** A recipient whose mailbox is here: its entry is written in the transaction that takes the message. */
export interface LocalRecipient extends EnvelopeRecipient {
  readonly accountId: number;
  /** The folder that its address names (`user+folder@`); it goes there when there is one. */
  readonly folder?: string | null;
}

export interface NewMessage {
  /** From {@link IntakePort.nextId}; it stands in the Received header already. */
  readonly id: number;
  readonly envelope: Envelope;
  readonly content: Content;
  readonly source: MessageSource;
  /** To be delivered elsewhere. */
  readonly remote: readonly EnvelopeRecipient[];
  /** Delivered at once; an account stands in it once. */
  readonly local: readonly LocalRecipient[];
  /** Goes to Junk, where an account has one. */
  readonly junk?: boolean;
}

export interface IntakePort {
  /** The next id of a message. Never given twice, not even after a crash. */
  nextId(): number;
  /** Writes a message, and what else belongs into its transaction, and syncs. Throws StoreError: `temporary`, code `store.full` or `store.unavailable` ... */
  accept(message: NewMessage, also?: readonly Part[]): Promise<void>;
}

/** The outcome of one attempt on one job. */
export interface JobOutcome {
  readonly messageId: number;
  readonly domain: string;
  readonly at: number;
  readonly results: readonly RecipientResult[];
  /** The connection that it goes by; null for another way. */
  readonly connection?: string | null;
}

export interface DeliveryPort {
  /** Domains that have something due at `now`, longest due first; never one of `except`. */
  dueDomains(now: number, except: readonly string[], limit: number): Promise<readonly string[]>;
  /** Jobs of one domain due at `now`, longest due first; never a message of `except`. */
  dueJobs(
    domain: string,
    now: number,
    except: readonly number[],
    limit: number,
  ): Promise<readonly DeliveryJob[]>;
  /** When the next delivery is due after `now`, in ms since 1970; null when nothing waits. */
  nextDueAt(): Promise<number | null>;
  /** Content of a message, as stored: inline bytes or a file to stream. */
  content(
    messageId: number,
  ): Promise<{ readonly sizeBytes: number; readonly inline: Buffer | null; readonly path: string | null }>;
  /**
   * Writes an outcome and the reports (bounces, notices) it causes in one transaction, and syncs. A message none of
   * whose recipients is pending any more leaves the queue in it.
   */
  record(outcome: JobOutcome, reports: readonly NewMessage[]): Promise<void>;
}

/** What the queue must know of deliveries that are going on: it is nowhere in the database. */
export interface ActiveDeliveries {
  /** Messages being delivered at this moment. */
  ids(): readonly number[];
  /** Runs `work` while no delivery is begun; those under way go on. */
  quiesce<T>(work: () => Promise<T>): Promise<T>;
}
