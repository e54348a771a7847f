/** `mailctl queue show` and `explain`: one message, its story, and why it has not gone out. */
import type { Command } from 'commander';
import { id } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import type { Context } from '../context.ts';
import { showExplanation } from '../explanation.ts';
import { usageFailure } from '../failure.ts';
import { type ContentPart, writeContent } from '../message-content.ts';
import { showMessage } from '../message-detail.ts';

interface ShowOptions {
  readonly headers?: boolean;
  readonly body?: boolean;
  readonly raw?: boolean;
}

export function defineShow(command: Command, cli: Cli): void {
  command
    .command('show')
    .description('envelope, recipients and every attempt with its reply; or the message itself')
    .argument('<id>', 'message', id)
    .option('--headers', 'the header of the message instead')
    .option('--body', 'its body instead')
    .option('--raw', 'the whole message instead, byte for byte')
    .action((message: number, options: ShowOptions, self) =>
      cli.run(self, (context) => show(context, message, options)),
    );
}

async function show(context: Context, message: number, options: ShowOptions): Promise<void> {
  const parts = (['headers', 'body', 'raw'] as const).filter((part) => options[part]);
  const [part, ...others] = parts;
  if (others.length > 0) throw usageFailure('only one of --headers, --body and --raw can be shown');
  if (part) return writeContent(context, message, part satisfies ContentPart);
  const detail = await context.call('queue.show', { id: message });
  return context.output.json ? context.output.value(detail) : showMessage(context.output, detail);
}

export function defineExplain(command: Command, cli: Cli): void {
  command
    .command('explain')
    .description('why a message has not gone out, when it will be tried next, and what would help')
    .argument('<id>', 'message', id)
    .action((message: number, _options, self) =>
      cli.run(self, async (context) => {
        const explanation = await context.call('queue.explain', { id: message });
        if (context.output.json) return context.output.value(explanation);
        await showExplanation(context.output, explanation);
      }),
    );
}
