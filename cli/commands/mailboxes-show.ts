/** `mailctl mailboxes show`: the newest messages of a mailbox, or one of them. */
import type { Command } from 'commander';
import { visible } from '../../shared/terminal-text.ts';
import { formatBytes } from '../../shared/units.ts';
import { countFrom1, id } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { flagCell, messageColumns } from '../columns/mailboxes.ts';
import { timeCell } from '../columns/time.ts';
import type { Context } from '../context.ts';
import { exitCode } from '../exit-code.ts';
import { Failure, usageFailure } from '../failure.ts';
import { type ContentPart, writeSlices } from '../message-content.ts';

const defaultLimit = 20;
/** Messages an answer. */
const pageSize = 500;

interface ShowOptions {
  readonly uid?: number;
  readonly limit: number;
  readonly headers?: boolean;
  readonly body?: boolean;
  readonly raw?: boolean;
}

interface Named {
  readonly account: string;
  readonly mailbox: string;
}

export function defineShow(command: Command, cli: Cli): void {
  command
    .command('show')
    .description('its newest messages, or one of them')
    .argument('<account>', 'address')
    .argument('[name]', 'mailbox', 'INBOX')
    .option('--limit <n>', 'so many messages', countFrom1, defaultLimit)
    .option('--uid <n>', 'the message with this UID', id)
    .option('--headers', 'its header')
    .option('--body', 'its body')
    .option('--raw', 'the whole message, byte for byte')
    .action((account: string, mailbox: string, options: ShowOptions, self) =>
      cli.run(self, (context) => show(context, { account, mailbox }, options)),
    );
}

async function show(context: Context, named: Named, options: ShowOptions): Promise<void> {
  const parts = (['headers', 'body', 'raw'] as const).filter((part) => options[part]);
  const [part, ...others] = parts;
  if (others.length > 0) throw usageFailure('only one of --headers, --body and --raw can be shown');
  const { uid } = options;
  if (uid === undefined) {
    if (part) throw usageFailure(`--${part} is of one message`, 'Say which one: --uid N');
    await context.output.pages(messageColumns, pages(context, named, options.limit), 'There is no message.');
  } else if (part) await writePart(context, named, uid, part);
  else await showOne(context, named, uid);
}

const writePart = (context: Context, named: Named, uid: number, part: ContentPart): Promise<void> =>
  writeSlices(context, part, (offset) => context.call('mailboxes.content', { ...named, uid, offset }));

async function* pages(context: Context, named: Named, limit: number) {
  let before: number | undefined;
  for (let left = limit; left > 0; ) {
    const { messages, next } = await context.call('mailboxes.messages', {
      ...named,
      limit: Math.min(left, pageSize),
      ...(before !== undefined && { before }),
    });
    yield messages;
    left -= messages.length;
    if (next === null) return;
    before = next;
  }
}

async function showOne(context: Context, named: Named, uid: number): Promise<void> {
  const { output } = context;
  const { messages } = await context.call('mailboxes.messages', { ...named, before: uid + 1, limit: 1 });
  const [message] = messages;
  if (message?.uid !== uid)
    throw new Failure(`mailboxes show: there is no message ${uid} in it`, exitCode.notDone);
  if (output.json) return output.value(message);
  const { view } = output;
  const facts: readonly (readonly [name: string, value: string | null])[] = [
    ['UID', String(uid)],
    ['From', message.from],
    ['Subject', message.subject],
    ['Date', message.date],
    ['Received', timeCell(message.internalDate, view)],
    ['Message-ID', message.messageId],
    ['Flags', flagCell(message.flags)],
    ['Size', formatBytes(message.sizeBytes)],
  ];
  const paint = await output.paint();
  for (const [name, value] of facts)
    if (value !== null) await output.raw(`${paint('old', name.padEnd(11))} ${visible(value)}\n`);
}
