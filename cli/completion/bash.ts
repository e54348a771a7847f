/** Completion for bash: one function that finds the command typed so far and offers what may follow. */
import { allNodes, type CompletionNode } from './tree.ts';

export function bashCompletion(root: CompletionNode): string {
  const nodes = allNodes(root);
  const global = root.options;
  const words = nodes.map(({ path, commands, options, choices }) => {
    const offered = [
      ...commands.map((sub) => lastWord(sub.path)),
      ...choices,
      ...[...options, ...(path === '' ? [] : global)].flatMap(({ long, short }) =>
        short && short !== '-h' ? [long, short] : [long],
      ),
      '--help',
    ];
    return `    '${path}') words='${[...new Set(offered)].join(' ')}' ;;`;
  });
  const values = nodes.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .flatMap(({ long, short, choices }) =>
        [long, ...(short ? [short] : [])].map((flag) => ({ key: `${path}:${flag}`, choices })),
      ),
  );
  const valued = [...new Set(values.map(({ key }) => key.slice(key.indexOf(':') + 1)))];
  const files = nodes.filter(({ takesFile }) => takesFile).map(({ path }) => `'${path}'`);
  return `# bash completion for mailctl. Made by: mailctl completion bash
_mailctl() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path='' words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${path:+$path }\${COMP_WORDS[i]}" in
      ${nodes.flatMap(({ path }) => (path === '' ? [] : [`'${path}'`])).join('|')})
        path="\${path:+$path }\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$path:$prev" in
${values
  .filter(({ choices }) => choices.length > 0)
  .map(
    ({ key, choices }) =>
      `    '${key}') COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$cur")); return ;;`,
  )
  .join('\n')}
    *:--socket) COMPREPLY=($(compgen -f -- "$cur")); return ;;
  esac
  case "$prev" in
    ${valued.join('|')}) COMPREPLY=(); return ;;
  esac
  case "$path" in
${words.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  case "$path" in
    ${files.join('|')}) [[ $cur != -* ]] && COMPREPLY+=($(compgen -f -- "$cur")) ;;
  esac
}
complete -o filenames -F _mailctl mailctl
`;
}

const lastWord = (path: string): string => path.slice(path.lastIndexOf(' ') + 1);
