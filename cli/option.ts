/** Options whose values are words that are known: help and completion show them, anything else is refused. */
import { Argument, Option } from 'commander';
import { wordsOf } from './arguments.ts';

export const oneOf = (flags: string, description: string, words: readonly string[]): Option =>
  new Option(flags, description).choices(words);

/** Several words, separated by commas or given one by one. */
export function someOf(flags: string, description: string, words: readonly string[]): Option {
  const option = new Option(flags, description).argParser(wordsOf(words));
  option.argChoices = [...words];
  return option;
}

export const argumentOf = (name: string, description: string, words: readonly string[]): Argument =>
  new Argument(name, description).choices(words);

export function someArgumentsOf(name: string, description: string, words: readonly string[]): Argument {
  const argument = new Argument(name, description).argParser(wordsOf(words));
  argument.argChoices = [...words];
  return argument;
}
