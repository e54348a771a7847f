/** `mailctl config`: the configuration, checked, shown and described. It is changed in its file. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { ConfigKey } from '../../shared/api/config.ts';
import { visible } from '../../shared/terminal-text.ts';
import type { Cli, Noun } from '../cli.ts';
import { configKeyColumns, configValueColumns, faultText } from '../columns/config.ts';
import type { Context } from '../context.ts';
import { type ExitCode, exitCode } from '../exit-code.ts';
import { Failure, usageFailure } from '../failure.ts';

/** What the API takes. */
const maxFileBytes = 1_048_576;

export const config: Noun = {
  name: 'config',
  summary: 'the configuration: checked, shown, described',
  define(command, cli) {
    command
      .command('check')
      .description('check a configuration file, or the one in use')
      .argument('[file]', 'read here and checked by maild')
      .action((file: string | undefined, _options, self) => cli.run(self, (context) => check(context, file)));
    command
      .command('show')
      .description('every value in force, and where it comes from; secrets masked')
      .action((_options, self) =>
        cli.run(self, async (context) => {
          const { file, values } = await context.call('config.show', {});
          if (file !== null) await context.output.note(`File: ${file}`);
          await context.output.list(configValueColumns, values, 'There are no values.');
        }),
      );
    defineDescribe(command, cli);
  },
};

async function check(context: Context, file: string | undefined): Promise<ExitCode> {
  const { output } = context;
  const result = await context.call(
    'config.check',
    file === undefined ? {} : { text: await readText(file), name: file },
  );
  if (output.json) await output.value(result);
  else {
    for (const fault of result.faults) await output.line(faultText(fault));
    if (result.faults.length === 0)
      await output.line(`${file ?? result.file ?? 'The configuration'}: no faults.`);
  }
  return result.faults.length === 0 ? exitCode.done : exitCode.notDone;
}

async function readText(file: string): Promise<string> {
  try {
    const text = await readFile(file, 'utf8');
    if (Buffer.byteLength(text) > maxFileBytes)
      throw usageFailure(`${file} is larger than any configuration: more than ${maxFileBytes} bytes`);
    return text;
  } catch (error) {
    if (error instanceof Failure) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(`config check: ${why}`, exitCode.notDone);
  }
}

function defineDescribe(command: Command, cli: Cli): void {
  command
    .command('describe')
    .description('every key: type, unit, default, whether it can change live, and what it does')
    .argument('[key]', 'this key, or those whose names begin so')
    .action((key: string | undefined, _options, self) =>
      cli.run(self, async (context) => {
        const { output } = context;
        const { keys } = await context.call('config.describe', key === undefined ? {} : { key });
        const [only, ...others] = keys;
        if (key !== undefined && !only)
          throw new Failure(
            `config describe: there is no key "${key}"`,
            exitCode.notDone,
            'All keys: mailctl config describe',
          );
        if (only && others.length === 0 && !output.json) await output.raw(keyText(only));
        else await output.list(configKeyColumns, keys, 'There are no keys.');
      }),
    );
}

function keyText(key: ConfigKey): string {
  return [
    visible(key.key),
    `  ${visible(key.summary)}`,
    `  type     ${visible(key.type)}${key.unit === null ? '' : ` (${visible(key.unit)})`}`,
    `  default  ${key.default === null ? 'none' : visible(key.default)}`,
    `  changes  ${key.live ? 'with mailctl server reload' : 'with a restart of maild'}`,
    '',
  ].join('\n');
}
