/** The tree of commands as plain data, for the generators of completion scripts. */
import type { Command, Option } from 'commander';

export interface CompletionOption {
  readonly long: string;
  readonly short: string | null;
  readonly summary: string;
  readonly takesValue: boolean;
  /** Words that the value may be; empty when it is free. */
  readonly choices: readonly string[];
}

export interface CompletionNode {
  /** `queue show`; empty at the root. */
  readonly path: string;
  readonly summary: string;
  readonly options: readonly CompletionOption[];
  readonly commands: readonly CompletionNode[];
  /** What the first argument may be; empty when it is free. */
  readonly choices: readonly string[];
  readonly takesFile: boolean;
}

const toOption = ({
  long,
  short,
  description,
  required,
  optional,
  argChoices,
}: Option): CompletionOption => ({
  long: long ?? '',
  short: short ?? null,
  summary: description,
  takesValue: required || optional,
  choices: argChoices ?? [],
});

export function completionTree(command: Command, path = ''): CompletionNode {
  const visible = command.createHelp().visibleCommands(command);
  const [argument] = command.registeredArguments;
  return {
    path,
    summary: command.description(),
    options: command.options.filter(({ hidden, long }) => !hidden && long).map(toOption),
    commands: visible
      .filter((sub) => path !== '' || sub.name() !== 'help')
      .map((sub) => completionTree(sub, path === '' ? sub.name() : `${path} ${sub.name()}`)),
    choices: argument?.argChoices ?? [],
    takesFile: argument?.name() === 'file',
  };
}

/** All nodes, the root first. */
export const allNodes = (node: CompletionNode): readonly CompletionNode[] => [
  node,
  ...node.commands.flatMap(allNodes),
];
