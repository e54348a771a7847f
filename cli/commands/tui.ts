/** `mailctl tui`: the full-screen program. It is loaded, with Ink and React, only when it is asked for. */
import type { Command } from 'commander';
import type { Cli, Noun } from '../cli.ts';
import { completions } from '../completion/complete.ts';
import { completionTree } from '../completion/tree.ts';
import type { Context } from '../context.ts';
import { usageFailure } from '../failure.ts';
import { connectToDaemon } from '../reach.ts';

interface TuiOptions {
  readonly readOnly?: boolean;
  readonly ascii?: boolean;
}

export const tui: Noun = {
  name: 'tui',
  summary: 'the full-screen program: status, sessions, queue, connections, log',
  define(command, cli) {
    command
      .option('--read-only', 'only look: nothing can be changed')
      .option('--ascii', 'no signs beyond ASCII')
      .action((options: TuiOptions, self: Command) =>
        cli.run(self, (context) => open(context, cli, options)),
      );
  },
};

/** Between two tries to reach a daemon that is away; a longer silence is another failure. */
const reconnectTimeoutMs = 10_000;

async function open(context: Context, cli: Cli, { readOnly = false, ascii }: TuiOptions): Promise<void> {
  const { io, options } = context;
  if (!io.stdin.isTTY || !io.stdout.isTTY)
    throw usageFailure(
      'the full-screen program needs a terminal',
      'For scripts there is: mailctl status --json',
    );
  const [{ startTui }, first] = await Promise.all([import('../tui/tui.tsx'), context.client()]);
  const running = await startTui({
    io,
    first,
    connect: () => connectToDaemon(io, options, options.timeout ?? reconnectTimeoutMs),
    commands: {
      run: (args, itsIo) => cli.shell.run([...globalArguments(context), ...args], itsIo),
      resolve: cli.shell.resolve,
      complete: (text) => completions(completionTree(cli.wholeProgram()), text),
    },
    readOnly,
    ascii: ascii ?? io.env.TERM === 'linux',
    colored: options.color && !io.env.NO_COLOR && io.env.TERM !== 'dumb',
  });
  context.atEnd(running.close);
  await running.ended;
}

/** What runs from inside asks the same daemon. */
function globalArguments({ options, io }: Context): readonly string[] {
  if (options.host !== undefined) return ['--host', options.host];
  if (options.socket !== undefined) return ['--socket', options.socket];
  if (io.env.MAILD_HOST) return ['--host', io.env.MAILD_HOST];
  return io.env.MAILD_SOCKET ? ['--socket', io.env.MAILD_SOCKET] : [];
}
