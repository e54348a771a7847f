/**
 * Lines with colours as cells, and back: what Ink does for every character of every frame. In the bundle this stands in
 * for `@alcalzone/ansi-tokenize` (build.mjs), whose way of comparing the styles of each two neighbours took most of a
 * frame's time. It knows the sequences that chalk writes, and no others: nothing else comes here.
 */

export interface StyledCell {
  readonly type: 'char';
  /** One character as drawn, also of several code points. */
  readonly value: string;
  readonly fullWidth: boolean;
  /** The sequences that are in force, in one piece; Ink's own blanks have an empty list. */
  readonly styles: string | readonly never[];
}

const colour = /\x1b\[(\d+)m/g;
const asciiOnly = /^[\x20-\x7e]*$/;
const segmenter = new Intl.Segmenter();
const reset = '\x1b[0m';

/** What ends each sequence that chalk begins (ECMA-48 8.3.117). */
function endOf(code: number): number {
  if (code === 1 || code === 2) return 22;
  if (code < 10) return code + 20;
  const base = code % 100 < 40 && code < 100 ? 39 : 49;
  return code >= 90 && code < 98 ? 39 : base;
}
const ends = new Set([22, 23, 24, 25, 27, 28, 29, 39, 49]);

/** Ink asks for tokens first; there is nothing that both halves would share. */
export const tokenize = (line: string): string => line;

export function styledCharsFromTokens(line: string): readonly StyledCell[] {
  const cells: StyledCell[] = [];
  let active: readonly number[] = [];
  let styles = '';
  let from = 0;
  for (const found of line.matchAll(colour)) {
    addCells(cells, line.slice(from, found.index), styles);
    from = found.index + found[0].length;
    const code = Number(found[1]);
    if (code === 0) active = [];
    else if (ends.has(code)) active = active.filter((one) => endOf(one) !== code);
    else active = [...active, code];
    styles = active.map((one) => `\x1b[${one}m`).join('');
  }
  addCells(cells, line.slice(from), styles);
  return cells;
}

function addCells(cells: StyledCell[], text: string, styles: string): void {
  if (asciiOnly.test(text))
    for (const value of text) cells.push({ type: 'char', value, fullWidth: false, styles });
  else
    for (const { segment } of segmenter.segment(text))
      cells.push({ type: 'char', value: segment, fullWidth: false, styles });
}

export function styledCharsToString(cells: readonly StyledCell[]): string {
  let text = '';
  let current = '';
  for (const { value, styles } of cells) {
    const wanted = typeof styles === 'string' ? styles : '';
    if (wanted !== current) {
      text += current === '' ? wanted : reset + wanted;
      current = wanted;
    }
    text += value;
  }
  return current === '' ? text : text + reset;
}
