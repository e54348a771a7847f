/** `mailctl queue undo` and `operations`: what was taken out of the queue and can be brought back. */
import type { Command } from 'commander';
import { id } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { operationColumns } from '../columns/queue-operations.ts';
import { messagesText } from './queue-verbs.ts';

export function defineUndo(command: Command, cli: Cli): void {
  command
    .command('undo')
    .description('bring back what remove or clear took: the operation named, or the last one')
    .argument('[operation]', 'as queue operations lists it', id)
    .action((operation: number | undefined, _options, self) =>
      cli.run(self, async (context) => {
        const { output } = context;
        const undone = await context.call('queue.undo', operation === undefined ? {} : { operation });
        if (output.json) return output.value(undone);
        await output.line(
          `Brought back ${messagesText(undone.restored)} (operation ${undone.operation}, ${undone.verb}).`,
        );
      }),
    );
}

export function defineOperations(command: Command, cli: Cli): void {
  command
    .command('operations')
    .description('the operations that can still be undone')
    .action((_options, self) =>
      cli.run(self, async (context) => {
        const { operations } = await context.call('queue.operations', {});
        await context.output.list(operationColumns, operations, 'There is nothing to undo.');
      }),
    );
}
