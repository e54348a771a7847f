/** How the files in commands/ say what they are: a noun, its sub-tree, and actions that get a {@link Context}. */
import type { Command } from 'commander';
import { Context, type GlobalOptions } from './context.ts';
import { type ExitCode, exitCode } from './exit-code.ts';
import type { Io } from './io.ts';

export interface Noun {
  readonly name: string;
  readonly summary: string;
  /** The subcommand meant when none is named: `mailctl queue --state held` is `mailctl queue list --state held`. */
  readonly fallback?: string;
  /** Adds options and subcommands; called only when the noun is asked for. */
  readonly define: (command: Command, cli: Cli) => void;
}

/** Runs lines of mailctl for a command that takes them itself: the full-screen program. */
export interface Shell {
  readonly run: (args: readonly string[], io: Io) => Promise<ExitCode>;
  /** Noun and verb that are meant; a verb that is not named filled in. */
  readonly resolve: (args: readonly string[]) => readonly string[];
}

/** Undefined means done. */
export type Action = (context: Context) => Promise<ExitCode | undefined> | Promise<void>;

/** Runs the one action that commander finds, and keeps how it ended. */
export class Cli {
  readonly io: Io;
  exitCode: ExitCode = exitCode.done;
  /** The command that runs, as typed: `queue show`. Empty before one does. */
  running = '';
  #context: Context | null = null;

  /** The tree with every noun in it, for completion. */
  readonly wholeProgram: () => Command;

  readonly shell: Shell;

  constructor(io: Io, build: (cli: Cli) => Command, shell: Shell) {
    this.io = io;
    this.shell = shell;
    this.wholeProgram = () => build(this);
  }

  async run(command: Command, action: Action): Promise<void> {
    const context = new Context(this.io, command.optsWithGlobals<GlobalOptions>());
    this.#context = context;
    this.running = fullName(command);
    this.exitCode = (await action(context)) ?? exitCode.done;
  }

  /** Closes what the action opened; puts the terminal back. */
  async end(): Promise<void> {
    await this.#context?.end();
  }
}

/** `queue show`; empty for the program itself. */
export function fullName(command: Command): string {
  const { parent } = command;
  if (!parent) return '';
  return `${fullName(parent)} ${command.name()}`.trimStart();
}
