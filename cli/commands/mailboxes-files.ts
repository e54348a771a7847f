/** `mailctl mailboxes import` and `export`: mail as the files of other programs. The files are read and written here. */
import type { Command } from 'commander';
import { visible } from '../../shared/terminal-text.ts';
import { formatBytes, formatCount } from '../../shared/units.ts';
import type { Cli } from '../cli.ts';
import type { Context } from '../context.ts';
import { type ExitCode, exitCode } from '../exit-code.ts';
import { Failure } from '../failure.ts';
import { write } from '../io.ts';
import type { MailFormat } from '../mail-files/mail-source.ts';
import { oneOf } from '../option.ts';
import { mailFormats } from '../words.ts';

interface FilesOptions {
  readonly folder?: string;
  readonly format?: MailFormat;
  readonly dryRun?: boolean;
}

/** So many messages are named one by one; more are counted. */
const maxNamed = 100;
const progressMs = 200;

export function defineImport(command: Command, cli: Cli): void {
  command
    .command('import')
    .description('bring in mail from files, nothing twice')
    .argument('<account>', 'address')
    .argument('<path>', 'Maildir, mbox, message file, or a folder of them')
    .option('--folder <mailbox>', 'where it goes, instead of under its own names')
    .addOption(oneOf('--format <format>', 'what it is, when it does not show', mailFormats))
    .option('--dry-run', 'only say what would be brought in')
    .action((account: string, path: string, options: FilesOptions, self) =>
      cli.run(self, (context) => importMail(context, account, path, options)),
    );
}

export function defineExport(command: Command, cli: Cli): void {
  command
    .command('export')
    .description('write mail into files, nothing twice')
    .argument('<account>', 'address')
    .argument('<path>', 'directory of the files; made if not there')
    .option('--folder <mailbox>', 'only this one and what is below it')
    .addOption(oneOf('--format <format>', 'of the files', mailFormats).default('maildir'))
    .option('--dry-run', 'only say what would be written')
    .action((account: string, directory: string, options: FilesOptions, self) =>
      cli.run(self, (context) => exportMail(context, account, directory, options)),
    );
}

async function importMail(
  context: Context,
  account: string,
  path: string,
  { folder, format, dryRun = false }: FilesOptions,
): Promise<ExitCode> {
  const { MailImport } = await import('../mail-files/mail-import.ts');
  const named = namer(context);
  const progress = progressLine(context);
  const work = new MailImport({
    account,
    path,
    format: format ?? null,
    folder: folder ?? null,
    dryRun,
    now: context.io.now(),
    call: (method, params, timeoutMs) => context.call(method, params, timeoutMs),
    interrupt: context.io.interrupt,
    progress: ({ imported, skipped, bytes }) => progress.show(imported + skipped, bytes),
    refused: ({ origin, reason }) => named.say(origin, reason),
  });
  const { report } = work;
  const finish = async (): Promise<void> => {
    await progress.end();
    await named.end();
    if (context.output.json) return context.output.value({ account, dryRun, ...report });
    const done = `${messagesText(report.imported)} (${formatBytes(report.bytes)}) ${dryRun ? 'would be brought in' : 'brought in'}`;
    const made = report.made.length === 0 ? '' : `, ${formatCount(report.made.length)} mailboxes made`;
    await context.output.line(
      `${done}, ${formatCount(report.skipped)} there already, ${formatCount(report.failed)} not taken${made}.`,
    );
  };
  await finished('import', path, () => work.run(), finish);
  return report.failed > 0 ? exitCode.notDone : exitCode.done;
}

async function exportMail(
  context: Context,
  account: string,
  directory: string,
  { folder, format = 'maildir', dryRun = false }: FilesOptions,
): Promise<ExitCode> {
  const { MailExport } = await import('../mail-files/mail-export.ts');
  const named = namer(context);
  const progress = progressLine(context);
  const work = new MailExport({
    account,
    directory,
    format,
    folder: folder ?? null,
    dryRun,
    call: (method, params, timeoutMs) => context.call(method, params, timeoutMs),
    interrupt: context.io.interrupt,
    progress: ({ exported, skipped, bytes }) => progress.show(exported + skipped, bytes),
    refused: (name, reason) => named.say(name, reason),
  });
  const { report } = work;
  let found = true;
  const finish = async (): Promise<void> => {
    await progress.end();
    await named.end();
    if (context.output.json) return context.output.value({ account, directory, format, dryRun, ...report });
    const done = `${messagesText(report.exported)} ${dryRun ? 'would be written' : `(${formatBytes(report.bytes)}) written`}`;
    await context.output.line(
      `${done}, ${formatCount(report.skipped)} there already, ${formatCount(report.failed)} not, of ${formatCount(report.folders)} mailboxes.`,
    );
  };
  await finished('export', directory, async () => (found = await work.run()), finish);
  if (!found) throw new Failure(`mailboxes export: there is no mailbox ${folder}`, exitCode.notDone);
  return report.failed > 0 ? exitCode.notDone : exitCode.done;
}

/** Whatever ends the work, what was done by then is said first. */
async function finished(
  verb: string,
  path: string,
  work: () => Promise<unknown>,
  finish: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    await finish();
    if (error instanceof Error && 'syscall' in error)
      throw new Failure(`mailboxes ${verb}: ${path}: ${error.message}`, exitCode.notDone);
    throw error;
  }
  await finish();
}

const messagesText = (count: number): string =>
  `${formatCount(count)} ${count === 1 ? 'message' : 'messages'}`;

/** Names what was not done, as talk. */
function namer({ output }: Context) {
  let count = 0;
  return {
    async say(what: string, reason: string): Promise<void> {
      count += 1;
      if (count <= maxNamed) await output.note(`${what}: ${reason}`);
    },
    async end(): Promise<void> {
      if (count > maxNamed) await output.note(`... and ${formatCount(count - maxNamed)} more`);
    },
  };
}

/** One line on a terminal, written over and over. */
function progressLine({ io }: Context) {
  const shown = io.stderr.isTTY === true;
  let last = io.now();
  let width = 0;
  const put = async (text: string): Promise<void> => {
    await write(io.stderr, `\r${visible(text).padEnd(width)}`);
    width = text.length;
  };
  return {
    show(messages: number, bytes: number): void {
      if (!shown || io.now() - last < progressMs) return;
      last = io.now();
      void put(`${messagesText(messages)}, ${formatBytes(bytes)} ...`);
    },
    async end(): Promise<void> {
      if (width === 0) return;
      await put('');
      await write(io.stderr, '\r');
      width = 0;
    },
  };
}
