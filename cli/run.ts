/** One run of mailctl, from its arguments to its exit code. Everything that goes wrong below ends here, as one line and a hint. */
import { CommanderError } from 'commander';
import { visible } from '../shared/terminal-text.ts';
import { Cli } from './cli.ts';
import { type CommandLine, readCommandLine } from './command-line.ts';
import { nouns } from './commands/nouns.ts';
import { type ExitCode, exitCode } from './exit-code.ts';
import { Failure, failureOfClient, failureOfUsage } from './failure.ts';
import { type Io, write } from './io.ts';
import { allNouns, buildProgram } from './program.ts';
import { ClientError } from './rpc/client-error.ts';

/** `args` without the interpreter and the script. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const cli = new Cli(io, (self) => buildProgram(self, allNouns), { run, resolve });
  const line = readCommandLine(args.length === 0 ? argumentsOfNothing(io) : args, nouns);
  try {
    const interrupted = new Promise<never>((_resolve, reject) => {
      const reason = () => reject(new Failure('interrupted', exitCode.interrupted));
      if (io.interrupt.aborted) reason();
      else io.interrupt.addEventListener('abort', reason, { once: true });
    });
    await Promise.race([perform(cli, line), interrupted]);
    return cli.exitCode;
  } catch (error) {
    return await tell(io, asFailure(error, cli.running, line.noun));
  } finally {
    await cli.end();
  }
}

async function perform(cli: Cli, { args, noun }: CommandLine): Promise<void> {
  // Not a command: what a mailctl elsewhere starts through ssh (rpc/ssh-transport.ts).
  if (args[0] === '--stdio') {
    const { relayStdio } = await import('./stdio-relay.ts');
    return relayStdio(cli.io, cli.io.env.MAILD_SOCKET);
  }
  await buildProgram(cli, noun).parseAsync([...args], { from: 'user' });
}

function resolve(args: readonly string[]): readonly string[] {
  const { noun, args: whole } = readCommandLine(args, nouns);
  const at = whole.indexOf(noun);
  return noun === '' ? whole.slice(0, 1) : whole.slice(at, at + 2);
}

/** `mailctl` alone: for a person the full-screen program, in a pipe what there is to type. */
function argumentsOfNothing(io: Io): readonly string[] {
  return io.stdout.isTTY && io.stdin.isTTY ? ['tui'] : ['--help'];
}

async function tell(io: Io, failure: Failure | null): Promise<ExitCode> {
  if (failure === null) return exitCode.done;
  if (failure.exitCode !== exitCode.interrupted) {
    const hint = failure.hint === null ? '' : `${visible(failure.hint)}\n`;
    await write(io.stderr, `mailctl: ${visible(failure.message)}\n${hint}`);
  }
  return failure.exitCode;
}

/** Null for commander's way of saying that help or the version has been shown. Throws what nobody foresaw. */
function asFailure(error: unknown, running: string, noun: string): Failure | null {
  if (error instanceof Failure) return error;
  if (error instanceof ClientError) return failureOfClient(error, running);
  if (!(error instanceof CommanderError)) throw error;
  if (error.exitCode === 0) return null;
  const command = noun ? `mailctl ${noun}` : 'mailctl';
  // So commander ends when a noun is named without any of its subcommands.
  if (error.code === 'commander.help') return failureOfUsage('error: a subcommand is missing', command);
  return failureOfUsage(error.message, command);
}
