/** Tasks that are checks of the self-test, run more often than the whole of it, and what can be done before. */
import type { TaskName } from '../../../shared/api/housekeeper.ts';
import type { Task, TaskOutcome } from '../task.ts';

/** Runs these checks of the self-test, or all of them; answers how many found something, and in brief what. */
export type RunChecks = (names: readonly string[] | null) => Promise<TaskOutcome>;

export const certificateTask = (reload: () => void, runChecks: RunChecks): Task =>
  checking('certificate', 'reads the certificate again, or makes it anew, and looks at its end', runChecks, {
    checks: ['certificate'],
    before: reload,
  });

export const diskSpaceTask = (runChecks: RunChecks): Task =>
  checking('disk-space', 'looks at the free space of the disk', runChecks, { checks: ['disk-space'] });

export const selfTestTask = (runChecks: RunChecks): Task =>
  checking('self-test', 'looks for what is wrong with this server: mailctl doctor', runChecks, {
    checks: null,
  });

function checking(
  name: TaskName,
  summary: string,
  runChecks: RunChecks,
  { checks, before }: { readonly checks: readonly string[] | null; readonly before?: () => void },
): Task {
  return {
    name,
    summary,
    async run() {
      before?.();
      return runChecks(checks);
    },
  };
}
