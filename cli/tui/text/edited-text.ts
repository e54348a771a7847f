/** A line of text with a caret in it, and the keys that change it, as shells have them. */

export interface EditedText {
  readonly text: string;
  /** The character under the caret; the length when it is behind the last. */
  readonly at: number;
}

/** A pasted text may be a whole file; no filter and no command is longer. */
const maxLength = 2_000;

export function inserted({ text, at }: EditedText, typed: string): EditedText {
  const clean = typed.replace(/[\r\n\t]+/g, ' ').slice(0, maxLength - text.length);
  return { text: text.slice(0, at) + clean + text.slice(at), at: at + clean.length };
}

interface EditKey {
  readonly keys: readonly string[];
  readonly does: string;
  readonly change: (text: EditedText) => EditedText;
}

/** Length of the character before a place: two units for what lies beyond the first plane. */
const unitsBefore = (text: string, at: number): number =>
  at > 1 && /[\udc00-\udfff]/.test(text[at - 1] ?? '') ? 2 : Math.min(at, 1);

export const editKeys: readonly EditKey[] = [
  {
    keys: ['backspace'],
    does: 'delete the character before the caret',
    change: ({ text, at }) => {
      const units = unitsBefore(text, at);
      return { text: text.slice(0, at - units) + text.slice(at), at: at - units };
    },
  },
  {
    keys: ['delete', 'ctrl-d'],
    does: 'delete the character under the caret',
    change: ({ text, at }) => ({ text: text.slice(0, at) + text.slice(at + 1), at }),
  },
  {
    keys: ['left', 'ctrl-b'],
    does: 'to the left',
    change: ({ text, at }) => ({ text, at: at - unitsBefore(text, at) }),
  },
  {
    keys: ['right', 'ctrl-f'],
    does: 'to the right',
    change: ({ text, at }) => ({ text, at: Math.min(at + 1, text.length) }),
  },
  { keys: ['home', 'ctrl-a'], does: 'to the beginning', change: ({ text }) => ({ text, at: 0 }) },
  { keys: ['end', 'ctrl-e'], does: 'to the end', change: ({ text }) => ({ text, at: text.length }) },
  {
    keys: ['ctrl-u'],
    does: 'delete all before the caret',
    change: ({ text, at }) => ({ text: text.slice(at), at: 0 }),
  },
  {
    keys: ['ctrl-k'],
    does: 'delete all behind the caret',
    change: ({ text, at }) => ({ text: text.slice(0, at), at }),
  },
  {
    keys: ['ctrl-w'],
    does: 'delete the word before the caret',
    change: ({ text, at }) => {
      const before = text.slice(0, at).replace(/\S+\s*$/, '');
      return { text: before + text.slice(at), at: before.length };
    },
  },
];
