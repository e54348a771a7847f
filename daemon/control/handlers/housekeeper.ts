/** Background tasks: listed, run, and what became of them. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Task, TaskName, TaskRun } from '../../../shared/api/housekeeper.ts';
import { type Clock, isoTime } from '../../clock.ts';
import type { HandlersOf } from '../handler.ts';

export interface HousekeeperPort {
  list(): Task[];
  run(name: TaskName, trigger: TaskRun['trigger']): Promise<TaskRun>;
  history(task: TaskName | undefined, limit: number): Promise<TaskRun[]>;
}

/** A call may take a minute; a run that takes longer goes on without it. */
const patienceMs = 45_000;
const defaultLimit = 100;

export const housekeeperHandlers = (
  housekeeper: HousekeeperPort,
  clock: Clock,
): HandlersOf<'housekeeper'> => ({
  'housekeeper.list': () => ({ tasks: housekeeper.list() }),
  'housekeeper.run': async ({ task }) => {
    const late = wait(patienceMs, null, { ref: false });
    const run = await Promise.race([housekeeper.run(task, 'operator'), late]);
    return { run: run ?? goingOn(housekeeper, task, clock) };
  },
  'housekeeper.history': async ({ task, limit }) => ({
    runs: await housekeeper.history(task, limit ?? defaultLimit),
  }),
});

function goingOn(housekeeper: HousekeeperPort, task: TaskName, clock: Clock): TaskRun {
  const startedAt = housekeeper.list().find(({ name }) => name === task)?.lastRunAt;
  return {
    task,
    startedAt: startedAt ?? isoTime(clock.now()),
    endedAt: null,
    durationMs: null,
    result: null,
    detail: '',
    trigger: 'operator',
  };
}
