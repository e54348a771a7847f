/** One time line of all that is known about a message, a session, an address or a client. */
import { z } from 'zod';
import { method } from './method.ts';
import { id, text, time } from './values.ts';

export const traceKinds = ['message', 'session', 'message-id', 'address', 'ip'] as const;
export const traceKind = z.enum(traceKinds);
export type TraceKind = z.infer<typeof traceKind>;

/** Where an event is known from. The log's own have `category` and `level` as well. */
export const traceSource = z.enum(['queue', 'attempt', 'quarantine', 'session', 'log', 'audit']);

/** Fields besides these are the event's own, named as where it comes from names them. */
export const traceEvent = z.looseObject({
  time,
  source: traceSource,
  message: z.string(),
  queueId: id.optional(),
  sessionId: id.optional(),
});
export type TraceEvent = z.infer<typeof traceEvent>;

export const traceMethods = {
  'trace.find': method({
    summary:
      'All that is known about a message, session, Message-ID, address or client address, from queue, history, log, sessions, quarantine and audit, oldest first.',
    access: 'read',
    params: z.strictObject({
      /** `42` or `Q42` a message, `S42` a session, `<id@host>` a Message-ID, a mail address, an IP address. */
      subject: text,
      /** Looks back until then; otherwise to the beginning of a message or session, and a day for the others. */
      since: time.optional(),
    }),
    result: z.object({
      kind: traceKind,
      /** As it is compared: an address in its one form, a Message-ID in its brackets. */
      subject: z.string(),
      since: time,
      events: z.array(traceEvent),
      /** Messages that it is about, or that it was found in. */
      messages: z.array(id),
      /** True: there was more than is shown; the newest are. */
      truncated: z.boolean(),
    }),
  }),
};
