/** The runs of tasks on disk: the last ones of each. Times are milliseconds since 1970. */
import type { TaskName, TaskResult, TaskRun } from '../../shared/api/housekeeper.ts';
import { isoTime, isoTimeOrNull } from '../clock.ts';
import type { Reader, Writer } from '../store/store-port.ts';

export interface StoredRun {
  readonly task: TaskName;
  readonly trigger: TaskRun['trigger'];
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly result: TaskResult | null;
  readonly detail: string;
}

/** Runs that are kept of each task. */
export const keptRuns = 50;
const columns = 'task, trigger, started_at AS startedAt, ended_at AS endedAt, result, detail';

export class TaskStore {
  readonly #reader: Reader;
  readonly #writer: Writer;

  constructor(reader: Reader, writer: Writer) {
    this.#reader = reader;
    this.#writer = writer;
  }

  /** The newest run of each task. */
  async last(): Promise<StoredRun[]> {
    return this.#reader.all<StoredRun>(
      `SELECT ${columns} FROM task_runs WHERE id IN (SELECT max(id) FROM task_runs GROUP BY task)`,
    );
  }

  /** Newest first; of one task, or all. */
  list(task: TaskName | null, limit: number): Promise<StoredRun[]> {
    return this.#reader.all<StoredRun>(
      `SELECT ${columns} FROM task_runs WHERE ?1 IS NULL OR task = ?1 ORDER BY id DESC LIMIT ?2`,
      [task, limit],
    );
  }

  /** Answers its id; takes away what is older than the last {@link keptRuns} of the task. */
  begin(task: TaskName, trigger: TaskRun['trigger'], startedAt: number): Promise<number> {
    return this.#writer.transaction(async (tx) => {
      const { lastId } = await tx.run('INSERT INTO task_runs (task, trigger, started_at) VALUES (?, ?, ?)', [
        task,
        trigger,
        startedAt,
      ]);
      await tx.run(
        `DELETE FROM task_runs WHERE task = ?1
            AND id <= (SELECT id FROM task_runs WHERE task = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)`,
        [task, keptRuns],
      );
      return lastId;
    });
  }

  async end(id: number, endedAt: number, result: TaskResult, detail: string): Promise<void> {
    await this.#writer.transaction((tx) =>
      tx.run('UPDATE task_runs SET ended_at = ?, result = ?, detail = ? WHERE id = ?', [
        endedAt,
        result,
        detail,
        id,
      ]),
    );
  }
}

export const runView = ({ task, trigger, startedAt, endedAt, result, detail }: StoredRun): TaskRun => ({
  task,
  startedAt: isoTime(startedAt),
  endedAt: isoTimeOrNull(endedAt),
  durationMs: endedAt === null ? null : Math.max(0, endedAt - startedAt),
  result,
  detail,
  trigger,
});
