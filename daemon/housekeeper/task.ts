/** What a background task is to the housekeeper: a name, a sentence, and work that says what came of it. */
import type { TaskName, TaskResult } from '../../shared/api/housekeeper.ts';

export interface TaskOutcome {
  readonly result: Exclude<TaskResult, 'failed'>;
  /** A sentence for an operator. */
  readonly detail: string;
}

export interface Task {
  readonly name: TaskName;
  readonly summary: string;
  /**
   * In slices: it must hold neither the event loop nor the writer for more than a few milliseconds at a time. Throws
   * when it could not do its work. After `signal` it ends as soon as it can.
   */
  run(signal: AbortSignal): Promise<TaskOutcome>;
}
