/** The housekeeper: background tasks, when they run, and what became of them. */
import { z } from 'zod';
import { method } from './method.ts';
import { count, none, time } from './values.ts';

export const taskNames = [
  'daily-report',
  'retention',
  'database',
  'certificate',
  'disk-space',
  'self-test',
] as const;
export const taskName = z.enum(taskNames);
export type TaskName = z.infer<typeof taskName>;

/** `warning`: done, and something is to be looked at. `skipped`: there was nothing that could be done. */
export const taskResult = z.enum(['ok', 'warning', 'skipped', 'failed']);
export type TaskResult = z.infer<typeof taskResult>;

export const taskRun = z.object({
  task: taskName,
  startedAt: time,
  /** Null while it runs, and for one that a crash cut short. */
  endedAt: time.nullable(),
  durationMs: count.nullable(),
  result: taskResult.nullable(),
  /** What was done or found, in a sentence. */
  detail: z.string(),
  trigger: z.enum(['schedule', 'missed', 'operator', 'start', 'reload']),
});
export type TaskRun = z.infer<typeof taskRun>;

export const task = z.object({
  name: taskName,
  summary: z.string(),
  state: z.enum(['idle', 'waiting', 'running']),
  /** A cron expression in local time; empty: never by itself. */
  schedule: z.string(),
  lastRunAt: time.nullable(),
  lastResult: taskResult.nullable(),
  lastDetail: z.string().nullable(),
  lastDurationMs: count.nullable(),
  nextRunAt: time.nullable(),
});
export type Task = z.infer<typeof task>;

export const housekeeperMethods = {
  'housekeeper.list': method({
    summary: 'The background tasks: last run, result, next run, and the one that runs now.',
    access: 'read',
    params: none,
    result: z.object({ tasks: z.array(task) }),
  }),
  'housekeeper.run': method({
    summary:
      'Runs a task now, or joins its run; answers when it has ended, or after 45 seconds while it goes on.',
    access: 'write',
    params: z.strictObject({ task: taskName }),
    result: z.object({ run: taskRun }),
  }),
  'housekeeper.history': method({
    summary: 'The last 50 runs of each task, newest first.',
    access: 'read',
    params: z.strictObject({ task: taskName.optional(), limit: z.int().min(1).max(500).optional() }),
    result: z.object({ runs: z.array(taskRun) }),
  }),
};
