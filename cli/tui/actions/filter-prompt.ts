/** Asks for the filter of a list, and says what is wrong with one before it is taken. */
import type { Services } from '../services.ts';
import type { Kept } from '../store/kept.ts';
import { errorText } from '../store/notices.ts';

export interface FilterQuestion {
  readonly kept: Kept<string>;
  readonly hint: string;
  /** Names that may stand before a colon. */
  readonly names: readonly string[];
  /** Throws when the text is no filter. */
  readonly check: (text: string) => unknown;
}

export function askFilter({ view }: Services, { kept, hint, names, check }: FilterQuestion): void {
  view.prompt.set({
    label: 'filter',
    text: kept.value,
    hint,
    history: [],
    complete: (text) => {
      const word = /\S*$/.exec(text)?.[0] ?? '';
      const before = text.slice(0, text.length - word.length);
      return word === '' ? [] : names.filter((name) => name.startsWith(word)).map((name) => before + name);
    },
    submit: (text) => {
      try {
        check(text);
      } catch (error) {
        return errorText(error);
      }
      kept.set(text);
      return null;
    },
  });
}
