/**
 * What subscriptions ask of the rest of the daemon: of the log, the registry of sessions, the queue and the status
 * report as they are. maild.ts passes them in.
 *
 * A source calls its listeners synchronously where the thing happens, so that a snapshot and a listener that are
 * taken in the same turn of the event loop miss nothing and double nothing.
 */
import type { Connection, ConnectionEvent } from '../../shared/api/connections.ts';
import type { QueueEvent, SessionEvent } from '../../shared/api/events.ts';
import type { LogEntry, LogFilter } from '../../shared/api/log.ts';
import type { Status } from '../../shared/api/server.ts';
import type { Exchange, Session } from '../../shared/api/sessions.ts';
import type { EventSource, Unsubscribe } from '../events.ts';

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
    list(options: object): { readonly sessions: readonly Session[] };
    onChange(listener: (event: SessionEvent) => void): Unsubscribe;
    /** Throws `session.not_found`. */
    exchanges(id: number): SessionDialogue;
    /** Each later exchange of one session; at last null, when it has ended. */
    follow(id: number, listener: (exchange: Exchange | null) => void): Unsubscribe;
  };
  readonly queue: {
    counts(): Promise<Status['queue']>;
    readonly changes: Pick<EventSource<QueueEvent>, 'on'>;
  };
  readonly connections: {
    views(): readonly Connection[];
    readonly changes: Pick<EventSource<ConnectionEvent>, 'on'>;
  };
  readonly status: { get(): Promise<Status> };
}
