/** The way from a subscription to its client. The connection implements it; tests of subscriptions bring a list. */
import type { Unsubscribe } from '../events.ts';

export interface EventOutlet {
  /** True while the client has so much unread that events must wait. */
  readonly congested: boolean;
  /** One line, without its LF, behind all that was sent before. */
  send(line: string): void;
  /** Tells each time when what was unread has been read. */
  onDrained(listener: () => void): Unsubscribe;
  onClosed(listener: () => void): Unsubscribe;
}
