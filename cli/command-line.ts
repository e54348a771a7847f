/** What can be told from the arguments before commander sees them: which noun is meant, and which subcommand by default. */
import type { Noun } from './cli.ts';

/** Global options that have their value in the argument after them. */
const optionsWithValue = new Set(['--socket', '--host', '--timeout']);
const helpOptions = new Set(['-h', '--help']);

/** Place of the first argument from `from` on that is not a global option with its value. */
function skipGlobalOptions(args: readonly string[], from: number): number {
  let at = from;
  for (; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (optionsWithValue.has(arg)) at++;
    else if (!/^--(json|no-color|yes|(socket|host|timeout)=.*)$/s.test(arg)) break;
  }
  return at;
}

export interface CommandLine {
  /** Empty when no noun is named. */
  readonly noun: string;
  readonly args: readonly string[];
}

export function readCommandLine(args: readonly string[], nouns: readonly Noun[]): CommandLine {
  const at = skipGlobalOptions(args, 0);
  // commander's own `help` knows one level of commands only.
  if (args[at] === 'help' && args[at + 1] !== undefined)
    return readCommandLine([...args.slice(0, at), ...args.slice(at + 1), '--help'], nouns);
  const noun = nouns.find(({ name }) => name === args[at]);
  if (!noun) return { noun: '', args };
  const next = args[skipGlobalOptions(args, at + 1)];
  const isAction = next !== undefined && (!next.startsWith('-') || helpOptions.has(next));
  if (noun.fallback === undefined || isAction) return { noun: noun.name, args };
  return { noun: noun.name, args: [...args.slice(0, at + 1), noun.fallback, ...args.slice(at + 1)] };
}
