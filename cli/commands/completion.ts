/** `mailctl completion`: a script that teaches a shell the commands and options of mailctl. */
import { Argument } from 'commander';
import type { Noun } from '../cli.ts';
import { bashCompletion } from '../completion/bash.ts';
import { fishCompletion } from '../completion/fish.ts';
import { completionTree } from '../completion/tree.ts';
import { zshCompletion } from '../completion/zsh.ts';

const generators = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

export const completion: Noun = {
  name: 'completion',
  summary: 'print a completion script for a shell',
  define(command, cli) {
    command
      .addArgument(new Argument('<shell>').choices(Object.keys(generators)))
      .action((shell: keyof typeof generators, _options, self) =>
        cli.run(self, ({ output }) => output.raw(generators[shell](completionTree(cli.wholeProgram())))),
      );
  },
};
