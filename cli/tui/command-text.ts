/** A line of mailctl as it would be typed in a shell, and back. */

/** Needs no quotes in any shell that people use. */
const plain = /^[A-Za-z0-9_@%+=:,./-]+$/;
/** Ids beyond so many make the line longer than it is worth. */
const maxIds = 6;

export const commandText = (...args: readonly string[]): string =>
  ['mailctl', ...args.map((arg) => (plain.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`))].join(' ');

/** `41 42 43`, or `41 42 43 ... (212 ids)` for people. */
export function idsText(ids: readonly number[]): string {
  if (ids.length <= maxIds) return ids.join(' ');
  return `${ids.slice(0, maxIds - 1).join(' ')} ... (${ids.length} ids)`;
}

/** Words as a shell would split them; throws when a quote is not closed. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quote: string | null = null;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (quote !== null) {
      if (character === quote) quote = null;
      else word = (word ?? '') + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (character === '\\' && at + 1 < text.length) {
      at += 1;
      word = (word ?? '') + text[at];
    } else if (/\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + character;
  }
  if (quote !== null) throw new Error(`a ${quote} is not closed`);
  return word === null ? words : [...words, word];
}
