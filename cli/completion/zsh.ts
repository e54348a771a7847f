/** Completion for zsh: a function for each command, as _arguments wants it. */
import { allNodes, type CompletionNode, type CompletionOption } from './tree.ts';

export function zshCompletion(root: CompletionNode): string {
  const global = root.options.map(optionSpec);
  return `#compdef mailctl
# zsh completion for mailctl. Made by: mailctl completion zsh

${allNodes(root)
  .map((node) => nodeFunction(node, node.path === '' ? [] : global))
  .join('\n')}
if [ "$funcstack[1]" = "_mailctl" ]; then
  _mailctl "$@"
else
  compdef _mailctl mailctl
fi
`;
}

const functionName = (path: string): string =>
  `_mailctl${path === '' ? '' : `_${path.replace(/[ -]/g, '_')}`}`;
const lastWord = (path: string): string => path.slice(path.lastIndexOf(' ') + 1);
/** Inside of single quotes and brackets of _arguments. */
const quoted = (text: string): string => text.replace(/'/g, "'\\''").replace(/[[\]:]/g, '\\$&');

function optionSpec({ long, short, summary, takesValue, choices }: CompletionOption): string {
  const value = takesValue ? `:value:${choices.length > 0 ? `(${choices.join(' ')})` : ''}` : '';
  const text = `[${quoted(summary)}]${value}`;
  return short ? `'(${short} ${long})'{${short},${long}}'${text}'` : `'${long}${text}'`;
}

function nodeFunction(node: CompletionNode, global: readonly string[]): string {
  const specs = [...node.options.map(optionSpec), ...global, `'(-h --help)'{-h,--help}'[show this help]'`];
  const name = functionName(node.path);
  if (node.commands.length === 0) {
    const rest = node.takesFile
      ? "'*:file:_files'"
      : `'*:argument:${node.choices.length > 0 ? `(${node.choices.join(' ')})` : ''}'`;
    return `${name}() {\n  _arguments -s ${[...specs, rest].join(' \\\n    ')}\n}\n`;
  }
  const described = node.commands.map((sub) => `'${lastWord(sub.path)}:${quoted(sub.summary)}'`);
  const cases = node.commands.map((sub) => `    ${lastWord(sub.path)}) ${functionName(sub.path)} ;;`);
  return `${name}() {
  local line state
  _arguments -s -C ${specs.join(' \\\n    ')} \\
    '1: :->command' '*::argument:->argument'
  case $state in
  command)
    local -a commands=(${described.join('\n      ')})
    _describe command commands ;;
  argument)
    case $line[1] in
${cases.join('\n')}
    esac ;;
  esac
}
`;
}
