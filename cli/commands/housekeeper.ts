/** `mailctl housekeeper`: background tasks, when they run, and what came of them. */
import { countFrom1 } from '../arguments.ts';
import type { Noun } from '../cli.ts';
import { taskColumns, taskRunColumns } from '../columns/tasks.ts';
import { exitCode } from '../exit-code.ts';
import { argumentOf } from '../option.ts';
import { taskNames } from '../words.ts';

type TaskName = (typeof taskNames)[number];

/** A task may take a minute of the call; what takes longer goes on without it. */
const runTimeoutMs = 60_000;

export const housekeeper: Noun = {
  name: 'housekeeper',
  summary: 'background tasks: last run, next run, result',
  fallback: 'list',
  define(command, cli) {
    command
      .command('list')
      .description('the tasks (this is the default)')
      .action((_options, self) =>
        cli.run(self, async (context) => {
          const { tasks } = await context.call('housekeeper.list', {});
          await context.output.list(taskColumns, tasks, 'There are no tasks.');
        }),
      );
    command
      .command('run')
      .description('run a task now')
      .addArgument(argumentOf('<task>', 'which', taskNames))
      .action((task: TaskName, _options, self) =>
        cli.run(self, async (context) => {
          const { output } = context;
          const { run } = await context.call('housekeeper.run', { task }, runTimeoutMs);
          if (output.json) await output.value(run);
          else if (run.result === null)
            await output.line(
              `${task} is still running; what comes of it: mailctl housekeeper history ${task}`,
            );
          else await output.line(`${task}: ${run.result}${run.detail === '' ? '' : `, ${run.detail}`}`);
          return run.result === 'failed' ? exitCode.notDone : exitCode.done;
        }),
      );
    command
      .command('history')
      .description('the last runs, newest first')
      .addArgument(argumentOf('[task]', 'of one task', taskNames))
      .option('--limit <n>', 'so many', countFrom1)
      .action((task: TaskName | undefined, options: { limit?: number }, self) =>
        cli.run(self, async (context) => {
          const { runs } = await context.call('housekeeper.history', {
            ...(task !== undefined && { task }),
            ...options,
          });
          await context.output.list(taskRunColumns, runs, 'No task has run yet.');
        }),
      );
  },
};
