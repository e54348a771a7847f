/**
 * The tree of commands. Only the noun that is asked for is built with all its subcommands and options; of the others
 * name and summary are enough, for help and for "did you mean".
 */
import { Command } from 'commander';
import { version } from '../shared/version.ts';
import { durationMs } from './arguments.ts';
import { type Cli, fullName, type Noun } from './cli.ts';
import { nouns } from './commands/nouns.ts';
import { examplesText } from './examples.ts';

/** Stands for every noun. */
export const allNouns = '*';

export function buildProgram(cli: Cli, wanted: string): Command {
  const program = new Command('mailctl')
    .description('Shows what maild is doing, and steers it.')
    .version(version, '-V, --version', 'show the version')
    .option('--socket <path>', 'control socket of maild (or MAILD_SOCKET)')
    .option('--host <url>', 'maild on another machine: ssh://[user@]host (or MAILD_HOST)')
    .option('--json', 'JSON: an object a line, fields as in maild-api(7)')
    .option('--no-color', 'no colours (or NO_COLOR)')
    .option('--timeout <duration>', 'longest wait for an answer', durationMs)
    .option('--yes', 'do not ask before many things are changed at once')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .showSuggestionAfterError(true)
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false })
    .configureOutput({
      writeOut: (text) => cli.io.stdout.write(text),
      // Errors are told by run.ts, in the form that all errors have.
      writeErr: () => undefined,
      getOutHelpWidth: () => cli.io.stdout.columns || 80,
      getOutHasColors: () => false,
    })
    .exitOverride();
  for (const noun of nouns) addNoun(program, cli, noun, wanted === noun.name || wanted === allNouns);
  program.addHelpText('afterAll', ({ command }) => examplesText(fullName(command)));
  return program;
}

function addNoun(program: Command, cli: Cli, noun: Noun, whole: boolean): void {
  const command = program.command(noun.name).description(noun.summary).helpCommand(false);
  if (whole) noun.define(command, cli);
  for (const each of [command, ...command.commands])
    each.summary(each.description()).description(sentence(each.description()));
}

/** A phrase in a list of commands, a sentence at the head of its own help. */
const sentence = (phrase: string): string => `${phrase.charAt(0).toUpperCase()}${phrase.slice(1)}.`;
