/** The live log: what is in it, and what is let in. */
import { z } from 'zod';
import { method } from './method.ts';
import { count, id, none, seconds, time } from './values.ts';

export const logLevels = ['error', 'warn', 'info', 'debug', 'trace'] as const;
export const logCategories = [
  'smtp',
  'submission',
  'pop3',
  'imap',
  'minger',
  'delivery',
  'connections',
  'scan',
  'queue',
  'accounts',
  'housekeeper',
  'control',
  'server',
] as const;

export const logLevel = z.enum(logLevels);
export const logCategory = z.enum(logCategories);
export type LogLevel = z.infer<typeof logLevel>;
export type LogCategory = z.infer<typeof logCategory>;

/** One line of the log. Fields besides these are the event's own. */
export const logEntry = z.looseObject({
  /** Rises by one a line; starts anew with the service. */
  seq: count,
  time,
  level: logLevel,
  category: logCategory,
  /** Constant for one kind of event; what varies stands in fields. */
  message: z.string(),
  sessionId: id.optional(),
  queueId: id.optional(),
  remoteAddress: z.string().optional(),
  user: z.string().optional(),
});
export type LogEntry = z.infer<typeof logEntry>;

export const logFilter = z.strictObject({
  /** This level and all that are graver. */
  level: logLevel.optional(),
  categories: z.array(logCategory).min(1).optional(),
  sessionId: id.optional(),
  queueId: id.optional(),
  since: time.optional(),
  /** A JavaScript regular expression, tried on the line as it is printed. */
  grep: z.string().min(1).max(500).optional(),
});
export type LogFilter = z.infer<typeof logFilter>;

export const categoryLevel = z.object({
  category: logCategory,
  level: logLevel,
  /** The level that comes back then, when this one was set for a time. */
  until: time.nullable(),
  revertsTo: logLevel.nullable(),
});
export type CategoryLevel = z.infer<typeof categoryLevel>;

export const logMethods = {
  'log.list': method({
    summary:
      'The newest lines of the log that match, oldest first; reaches back into the files when asked for a time.',
    access: 'read',
    params: z.strictObject({ filter: logFilter.optional(), limit: z.int().min(1).max(5_000).optional() }),
    result: z.object({ entries: z.array(logEntry) }),
  }),
  'log.levels': method({
    summary: 'What is logged, by category.',
    access: 'read',
    params: none,
    result: z.object({ levels: z.array(categoryLevel) }),
  }),
  'log.setLevels': method({
    summary: 'Sets what is logged by category, at once, for good or for a time.',
    access: 'write',
    params: z.strictObject({
      levels: z.partialRecord(logCategory, logLevel),
      forSeconds: seconds.optional(),
    }),
    result: z.object({ levels: z.array(categoryLevel) }),
  }),
};
