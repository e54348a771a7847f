/** Completion for fish: one line for each thing that may follow a command. */
import { allNodes, type CompletionNode, type CompletionOption } from './tree.ts';

export function fishCompletion(root: CompletionNode): string {
  const nodes = allNodes(root);
  const paths = nodes.flatMap(({ path }) => (path === '' ? [] : [`'${path}'`]));
  return `# fish completion for mailctl. Made by: mailctl completion fish
function __mailctl_at --description 'the command typed so far is this one'
  set -l path
  for word in (commandline -opc)[2..]
    if contains -- (string join ' ' $path $word) ${paths.join(' ')}
      set -a path $word
    end
  end
  test "$path" = "$argv[1]"
end
complete -c mailctl -f
${root.options.map((option) => `complete -c mailctl ${optionWords(option)}`).join('\n')}
complete -c mailctl -s h -l help -d 'show this help'
${nodes.flatMap(nodeLines).join('\n')}
`;
}

const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
const lastWord = (path: string): string => path.slice(path.lastIndexOf(' ') + 1);

function optionWords({ long, short, summary, takesValue, choices }: CompletionOption): string {
  return [
    ...(short ? [`-s ${short.slice(1)}`] : []),
    `-l ${long.slice(2)}`,
    ...(takesValue ? ['-x'] : []),
    ...(choices.length > 0 ? [`-a ${quoted(choices.join(' '))}`] : []),
    `-d ${quoted(summary)}`,
  ].join(' ');
}

function nodeLines({ path, commands, options, choices, takesFile }: CompletionNode): readonly string[] {
  const at = `complete -c mailctl -n "__mailctl_at '${path}'"`;
  return [
    ...commands.map((sub) => `${at} -a ${lastWord(sub.path)} -d ${quoted(sub.summary)}`),
    ...(choices.length > 0 ? [`${at} -a ${quoted(choices.join(' '))}`] : []),
    ...(takesFile ? [`${at} -F`] : []),
    ...(path === '' ? [] : options.map((option) => `${at} ${optionWords(option)}`)),
  ];
}
