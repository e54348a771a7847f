/** The one door by which a message comes in, whoever brings it: SMTP, a collector, a report of our own. */
import type { Content, Envelope, EnvelopeRecipient, MessageSource } from '../queue/message.ts';
import type { LocalRecipient } from '../queue/queue-port.ts';
import type { Part } from '../store/group-writer.ts';

export interface IncomingMessage {
  readonly envelope: Envelope;
  readonly content: Content;
  readonly source: MessageSource;
  readonly remote: readonly EnvelopeRecipient[];
  readonly local: readonly LocalRecipient[];
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
   * the same transaction.
   */
  accept(id: number, message: IncomingMessage, also?: readonly Part[]): Promise<void>;
}
