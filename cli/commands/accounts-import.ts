/** `mailctl accounts import`: users of another server, with the password hashes that they have there. */
import { open } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Params } from '../../shared/api/index.ts';
import { formatCount } from '../../shared/units.ts';
import type { Cli } from '../cli.ts';
import { type ImportRow, importColumns } from '../columns/imported-accounts.ts';
import type { Context } from '../context.ts';
import { type ExitCode, exitCode } from '../exit-code.ts';
import { Failure, usageFailure } from '../failure.ts';
import { oneOf } from '../option.ts';
import type { UserEntry, UserLine } from '../user-files/user-entry.ts';
import type { UserFileFormat } from '../user-files/user-file.ts';
import { userFileFormats } from '../words.ts';

/** What holds more is no file of users: a million of them take 200 MB. */
const maxFileBytes = 256 * 1024 * 1024;
/** Accounts a call. Passwords in the clear take the daemon some 100 ms each. */
const batchSize = 50;
const batchTimeoutMs = 60_000;

interface ImportOptions {
  readonly format?: UserFileFormat;
  readonly domain?: string;
  readonly scheme?: string;
  readonly dryRun?: boolean;
}

export function defineImport(command: Command, cli: Cli): void {
  command
    .command('import')
    .description('make accounts from a file of users of another server; their passwords stay as they are')
    .argument('<file>', 'passwd or shadow file, Dovecot passwd-file, or CSV; - is standard input')
    .addOption(oneOf('--format <format>', 'what the file is, when it does not show', userFileFormats))
    .option('--domain <name>', 'domain of names without one')
    .option('--scheme <name>', 'of hashes in a passwd-file that name none')
    .option('--dry-run', 'only say what would be made')
    .action((file: string, options: ImportOptions, self) =>
      cli.run(self, (context) => importAccounts(context, file, options)),
    );
}

async function importAccounts(context: Context, file: string, options: ImportOptions): Promise<ExitCode> {
  const lines = await usersOf(file, await readFile(context, file), options, context.io.now());
  const domain = options.domain ?? (await onlyDomain(context, lines));
  const dryRun = options.dryRun === true;
  const rows: ImportRow[] = [];
  for await (const row of importedRows(context, lines, domain, dryRun)) {
    rows.push(row);
    if (context.output.json) await context.output.value(row);
  }
  if (!context.output.json) {
    const untold = rows.filter(({ outcome }) => outcome !== 'created' || dryRun);
    if (untold.length > 0) await context.output.list(importColumns, untold, '');
    await context.output.note(summary(rows, dryRun));
  }
  return rows.some(({ outcome }) => outcome === 'refused') ? exitCode.notDone : exitCode.done;
}

async function usersOf(
  file: string,
  text: string,
  options: ImportOptions,
  now: number,
): Promise<readonly UserLine[]> {
  const { readUsers } = await import('../user-files/user-file.ts');
  const { lines, fault } = readUsers(file, text, {
    format: options.format ?? null,
    scheme: options.scheme ?? null,
    now,
  });
  if (fault !== null) throw usageFailure(`${file}: ${fault}`);
  return lines;
}

async function readFile({ io }: Context, file: string): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    const handle = file === '-' ? null : await open(file);
    for await (const chunk of handle === null ? io.stdin : handle.createReadStream()) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxFileBytes) throw new Error('too large for a file of users');
    }
  } catch (error) {
    throw new Failure(
      `accounts import: ${file}: ${error instanceof Error ? error.message : String(error)}`,
      exitCode.notDone,
    );
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The domain of names that have none: ours, when there is just one. Null when no name asks for it. */
async function onlyDomain(context: Context, lines: readonly UserLine[]): Promise<string | null> {
  if (!lines.some((line) => line.kind === 'user' && !line.name.includes('@'))) return null;
  const { domains } = await context.call('domains.list', {});
  const [only, ...others] = domains;
  if (only === undefined || others.length > 0)
    throw usageFailure('the file has names without a domain', 'Say which one they are of: --domain NAME');
  return only.name;
}

/** In the order of the file. */
async function* importedRows(
  context: Context,
  lines: readonly UserLine[],
  domain: string | null,
  dryRun: boolean,
): AsyncGenerator<ImportRow> {
  for (let at = 0; at < lines.length; at += batchSize) {
    const slice = lines.slice(at, at + batchSize);
    const users = slice.filter((line) => line.kind === 'user');
    const made = users.length === 0 ? [] : await send(context, users, domain, dryRun);
    const left = made.values();
    for (const line of slice) {
      if (line.kind === 'bad') yield refusedRow(line.line, line.name ?? '', line.reason);
      else yield { ...(left.next().value ?? refusedRow(line.line, line.name, 'no answer')), line: line.line };
    }
  }
}

async function send(context: Context, users: readonly UserEntry[], domain: string | null, dryRun: boolean) {
  const accounts: Params<'accounts.import'>['accounts'] = users.map(
    ({ name, passwordHash, quotaBytes, enabled }) => ({
      address: name.includes('@') ? name : `${name}@${domain ?? ''}`,
      passwordHash,
      ...(quotaBytes !== null && { quotaBytes }),
      ...(!enabled && { enabled }),
    }),
  );
  const result = await context.call(
    'accounts.import',
    { accounts, ...(dryRun && { dryRun }) },
    batchTimeoutMs,
  );
  return result.accounts;
}

const refusedRow = (line: number, address: string, reason: string): ImportRow => ({
  line,
  address,
  outcome: 'refused',
  passwordScheme: null,
  reason,
});

function summary(rows: readonly ImportRow[], dryRun: boolean): string {
  const count = (outcome: ImportRow['outcome']): number =>
    rows.filter((row) => row.outcome === outcome).length;
  const parts = [
    `${formatCount(count('created'))} ${dryRun ? 'would be made' : 'made'}`,
    `${formatCount(count('exists'))} there already`,
    `${formatCount(count('locked'))} without a password`,
    `${formatCount(count('refused'))} refused`,
  ];
  return `${parts.join(', ')}.`;
}
