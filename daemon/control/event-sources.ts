/**
 * What subscriptions ask of the rest of the daemon. maild.ts passes the services in.
 *
 * A source calls its listeners synchronously where the thing happens, so that a snapshot and a listener that are
 * taken in the same turn of the event loop miss nothing and double nothing.
 */
import type { QueueEvent, SessionEvent } from '../../shared/api/events.ts';
import type { LogEntry, LogFilter } from '../../shared/api/log.ts';
import type { Status } from '../../shared/api/server.ts';
import type { Exchange, Session } from '../../shared/api/sessions.ts';
import type { Unsubscribe } from '../events.ts';

export interface SessionDialogue {
  readonly session: Session;
  readonly exchanges: readonly Exchange[];
  readonly dropped: number;
}

export interface EventSources {
  readonly log: {
    /** The newest lines that match, oldest first, each as JSON. */
    tail(filter: LogFilter, lines: number): readonly string[];
    /** Every later line that matches, with its JSON. */
    follow(filter: LogFilter, listener: (entry: LogEntry, json: string) => void): Unsubscribe;
  };
  readonly sessions: {
    list(): readonly Session[];
    onChange(listener: (event: SessionEvent) => void): Unsubscribe;
  };
  readonly session: {
    /** Null: no such session. */
    get(id: number): SessionDialogue | null;
    /** Each exchange; at last null, when the session has ended. */
    follow(id: number, listener: (exchange: Exchange | null) => void): Unsubscribe;
  };
  readonly queue: {
    counts(): Promise<Status['queue']>;
    onChange(listener: (event: QueueEvent) => void): Unsubscribe;
  };
  readonly status: { get(): Promise<Status> };
}
