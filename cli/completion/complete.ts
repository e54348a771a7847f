/** How a half-typed line of mailctl may go on: commands, then options and the words that they take. */
import type { CompletionNode } from './tree.ts';

/** Whole lines; what is complete ends in a blank. */
export function completions(root: CompletionNode, text: string): readonly string[] {
  const words = text.split(/\s+/);
  const last = words.pop() ?? '';
  const before = text.slice(0, text.length - last.length);
  let node = root;
  for (const word of words) node = node.commands.find(({ path }) => lastWord(path) === word) ?? node;
  const option = node.options.find(({ long, takesValue }) => takesValue && long === words.at(-1));
  const candidates = option
    ? option.choices
    : last.startsWith('-')
      ? node.options.map(({ long }) => long)
      : [...node.commands.map(({ path }) => lastWord(path)), ...node.choices];
  return candidates.filter((word) => word.startsWith(last)).map((word) => `${before}${word} `);
}

const lastWord = (path: string): string => path.split(' ').at(-1) ?? '';
