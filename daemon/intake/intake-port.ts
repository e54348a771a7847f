/** The one door by which a message comes in, whoever brings it: SMTP, a collector, a report of our own. */
import type { Content, Envelope, EnvelopeRecipient, MessageSource } from '../queue/message.ts';
import type { LocalRecipient } from '../queue/queue-port.ts';
import type { MessageClient } from '../scan/screening.ts';
import type { Part } from '../store/group-writer.ts';

export interface IncomingMessage {
  readonly envelope: Envelope;
  readonly content: Content;
  readonly source: MessageSource;
  readonly remote: readonly EnvelopeRecipient[];
  readonly local: readonly LocalRecipient[];
  /** The SMTP client that waits for the reply; without one a message is never refused for what is found in it. */
  readonly client?: MessageClient;
}

export interface IntakePort {
  /**
   * Null when mail can be taken; otherwise the SMTP reply to give: the disk is full, the database damaged, receiving
   * paused. Cheap: asked at each MAIL FROM.
   */
  refusal(): { readonly code: number; readonly enhancedCode: string; readonly text: string } | null;
  /** The id for the next message, for its Received header. */
  nextId(): number;
  /**
   * Takes the message under that id; when this resolves it is on disk, synced, and counted. `also`: what is written in
   * the same transaction. `doing` is told what takes its time.
   *
   * Scanners see it before: then it may go to the quarantine instead, or nowhere, as the configuration says. Throws
   * RefusedError when the client is to be told no, or anybody to come back later. For whom a content's file is after an
   * error: `nothingKept`.
   */
  accept(
    id: number,
    message: IncomingMessage,
    also?: readonly Part[],
    doing?: (what: string) => void,
  ): Promise<void>;
}
