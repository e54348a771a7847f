/**
 * Subscriptions: a snapshot, then changes.
 *
 * After `events.subscribe` the daemon sends notifications `event` with {@link Event} as parameters. `seq` rises
 * by one per topic and subscription; when a subscriber reads too slowly events are dropped and the next one
 * carries `skipped`.
 */
import { z } from 'zod';
import { type ConnectionEvent, connection } from './connections.ts';
import { logEntry, logFilter } from './log.ts';
import { method } from './method.ts';
import { status } from './server.ts';
import { exchange, session } from './sessions.ts';
import { count, id } from './values.ts';

export const topic = z.enum(['log', 'sessions', 'session', 'queue', 'connections', 'status']);
export type Topic = z.infer<typeof topic>;

/** `closed` carries the session as it was at its end. `changed` comes at most four times a second for a session. */
export const sessionEvent = z.object({ change: z.enum(['opened', 'changed', 'closed']), session });
export type SessionEvent = z.infer<typeof sessionEvent>;
/** Ids whose state changed; when more than 100 did at once only `many` is true and the list is to be read anew. */
export const queueEvent = z.object({
  change: z.enum(['added', 'changed', 'removed']),
  ids: z.array(id),
  many: z.boolean(),
});
export type QueueEvent = z.infer<typeof queueEvent>;

export interface Event {
  readonly subscription: number;
  readonly topic: Topic;
  readonly seq: number;
  /** Events of this topic that were dropped since the one before. */
  readonly skipped?: number;
  readonly data: unknown;
}

/** What each topic's `data` is. */
export interface TopicData {
  log: z.infer<typeof logEntry>;
  sessions: SessionEvent;
  /** Exchanges of the one session subscribed to; null when it has ended. */
  session: z.infer<typeof exchange> | null;
  queue: QueueEvent;
  connections: ConnectionEvent;
  /** Whole status, at most once a second and only when something changed. */
  status: z.infer<typeof status>;
}

export const eventMethods = {
  'events.subscribe': method({
    summary: 'Answers a snapshot of the topics, then sends their changes as `event` notifications.',
    access: 'read',
    params: z.strictObject({
      topics: z.array(topic).min(1),
      /** For `log`. */
      log: logFilter.optional(),
      /** For `log`: how many of the newest lines the snapshot has. */
      logLines: z.int().min(0).max(5_000).optional(),
      /** For `session`. */
      sessionId: id.optional(),
    }),
    result: z.object({
      subscription: id,
      snapshot: z.object({
        log: z.array(logEntry).optional(),
        sessions: z.array(session).optional(),
        session: z.object({ session, exchanges: z.array(exchange), dropped: count }).optional(),
        queue: status.shape.queue.optional(),
        connections: z.array(connection).optional(),
        status: status.optional(),
      }),
    }),
  }),
  'events.unsubscribe': method({
    summary: 'Ends a subscription.',
    access: 'read',
    params: z.strictObject({ subscription: id }),
    result: z.object({ ended: z.boolean() }),
  }),
};
