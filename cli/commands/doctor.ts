/** `mailctl doctor`: the self-test, run now, and what an operator has taken note of. */
import type { Result } from '../../shared/api/index.ts';
import { durationSeconds } from '../arguments.ts';
import type { Noun } from '../cli.ts';
import { findingColumns } from '../columns/findings.ts';
import { timeCell } from '../columns/time.ts';
import type { Context } from '../context.ts';
import { type ExitCode, exitCode } from '../exit-code.ts';
import { showFindings } from '../finding-text.ts';

/** Each check has 20 seconds; DNS of many domains that does not answer takes its time. */
const runTimeoutMs = 60_000;

export const doctor: Noun = {
  name: 'doctor',
  summary: 'self-test: what is wrong, with evidence and a remedy',
  fallback: 'run',
  define(command, cli) {
    command
      .command('run')
      .description('run all checks (the default)')
      .option('--checks', 'show what each check came to, not what they found')
      .action((options: { checks?: boolean }, self) => cli.run(self, (context) => run(context, options)));
    command
      .command('acknowledge')
      .description('do not warn of it for a time')
      .argument('<code>', 'of the finding, such as dns.mx_missing')
      .argument('[subject]', 'only when it is about this')
      .requiredOption('--for <duration>', 'for how long; 0 brings it back', durationSeconds)
      .action((code: string, subject: string | undefined, options: { for: number }, self) =>
        cli.run(self, async (context) => {
          const { output } = context;
          const { acknowledgement } = await context.call('doctor.acknowledge', {
            code,
            ...(subject !== undefined && { subject }),
            forSeconds: options.for,
          });
          if (output.json) return output.value(acknowledgement);
          const what = subject === undefined ? code : `${code} ${subject}`;
          await output.line(
            options.for === 0
              ? `${what} is warned of again.`
              : `${what} is not warned of until ${timeCell(acknowledgement.until, output.view)}.`,
          );
        }),
      );
  },
};

async function run(context: Context, { checks: wanted }: { readonly checks?: boolean }): Promise<ExitCode> {
  const { output } = context;
  const result = await context.call('doctor.run', {}, runTimeoutMs);
  if (wanted) await output.list(checkColumns, result.checks, 'There are no checks.');
  else if (output.terminal && result.findings.length > 0) await showFindings(output, result.findings);
  else await output.list(findingColumns, result.findings, 'Nothing is wrong.');
  if (!output.json) await output.note(summary(result));
  const errors = result.findings.some(
    ({ severity, acknowledgedUntil }) => severity === 'error' && acknowledgedUntil === null,
  );
  return errors ? exitCode.notDone : exitCode.done;
}

const checkColumns = [
  { title: 'CHECK', cell: ({ name }: Check) => name },
  { title: 'OUTCOME', cell: ({ outcome }: Check) => outcome.replaceAll('_', ' ') },
  { title: 'TOOK', align: 'right', cell: ({ durationMs }: Check) => `${durationMs} ms` },
  { title: 'DETAIL', min: 20, wrap: true, cell: ({ detail }: Check) => detail || '-' },
] as const;

type Check = Result<'doctor.run'>['checks'][number];

function summary({ checks }: Result<'doctor.run'>): string {
  const impossible = checks.filter(({ outcome }) => outcome === 'could_not_check').map(({ name }) => name);
  const done = `${checks.length - impossible.length} of ${checks.length} checks were made`;
  return impossible.length === 0 ? `${done}.` : `${done}; could not be checked: ${impossible.join(', ')}.`;
}
