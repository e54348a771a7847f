/** `mailctl status`: all that a person wants to know first, once or for as long as they watch. */
import type { Status } from '../../shared/api/server.ts';
import type { Noun } from '../cli.ts';
import type { Context } from '../context.ts';
import { statusScreen } from '../status-screen.ts';
import { watchStatus } from '../status-watch.ts';

export const status: Noun = {
  name: 'status',
  summary: 'is it up, what is wrong, what is it doing',
  define(command, cli) {
    command
      .option('--watch', 'stay, and show changes as they happen')
      .action((options: { watch?: boolean }, self) =>
        cli.run(self, async (context) => {
          if (options.watch) return watchStatus(context);
          await showStatus(context, await context.call('status.get', {}));
        }),
      );
  },
};

async function showStatus({ output }: Context, status: Status): Promise<void> {
  if (output.json) return output.value(status);
  const lines = await statusScreen(status, await output.screen());
  await output.raw(`${lines.join('\n')}\n`);
}
