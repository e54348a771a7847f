/**
 * Filters as they are typed in the full-screen program: the options of the command line without their dashes,
 * `from:x to:*@y older:2h`. They are parsed by the very options that the commands take, so that both mean the same.
 */
import { Command, CommanderError } from 'commander';
import { splitWords } from '../command-text.ts';

export class FilterTextError extends Error {
  override readonly name = 'FilterTextError';
}

export interface FilterLanguage {
  /** Adds the options of the command. */
  readonly options: (command: Command) => Command;
  /** Short names for long ones: `older` for `older-than`. */
  readonly short: Readonly<Record<string, string>>;
  /** The option that a bare word is meant for. */
  readonly bare: (word: string) => string;
}

/** Arguments of the command line that mean the same. Throws FilterTextError. */
export function filterArguments(text: string, { short, bare }: FilterLanguage): readonly string[] {
  return words(text).flatMap((word) => {
    const [, name, value = ''] = /^([a-z-]+)[:=](.*)$/s.exec(word) ?? [];
    return name === undefined ? [`--${bare(word)}`, word] : [`--${short[name] ?? name}`, value];
  });
}

/** The options as commander gives them. Throws FilterTextError. */
export function parseFilter<Options extends object>(text: string, language: FilterLanguage): Options {
  const command = language
    .options(new Command())
    .exitOverride()
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined })
    .helpOption(false);
  try {
    return command.parse([...filterArguments(text, language)], { from: 'user' }).opts<Options>();
  } catch (error) {
    if (error instanceof CommanderError) throw new FilterTextError(worded(error.message));
    throw error;
  }
}

function words(text: string): string[] {
  try {
    return splitWords(text);
  } catch (error) {
    throw new FilterTextError(error instanceof Error ? error.message : String(error));
  }
}

/** `error: option '--older-than <duration>' argument '2x' is invalid. "2x" is not ...` as a person typed it. */
const worded = (message: string): string =>
  message
    .replace(/^error: /, '')
    .replace(/^option '--([a-z-]+).*?' argument '.*?' is invalid\. /s, '$1: ')
    .replace(/^unknown option '--([a-z-]+)'.*/s, 'there is no filter "$1"')
    .replace(/^option '--([a-z-]+).*' argument missing.*/s, '$1: needs a value');
