/**
 * Text from strangers, made fit for a terminal, and measured in its columns.
 *
 * Whatever came from the network passes through {@link visible} or {@link visibleLines} before it is shown:
 * controls (C0, C1, DEL), bidirectional overrides, characters without width and lone surrogates become escapes as a
 * programmer writes them (`\x1b`, `\u202e`). This is the only place that knows which characters those are.
 *
 * Widths come from string-width. It costs 30 ms to load, so it is loaded only when some text is not ASCII.
 */

/** Characters that move, hide or reorder what a terminal shows, as patterns of UTF-16 units. */
const unsafe = new RegExp(
  [
    // C0, DEL and C1 controls.
    '[\\x00-\\x1f\\x7f-\\x9f]',
    // Bidirectional marks, embeddings, overrides and isolates; line and paragraph separator.
    '[\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]',
    // Nothing to see: soft hyphen, joiners, zero width, fillers, invisible operators, annotations, byte order mark.
    '[\\xad\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200d\\u2060-\\u2065\\u206a-\\u206f]',
    '[\\u3164\\ufeff\\uffa0\\ufff0-\\ufffb]',
    // Tags and supplementary variation selectors, U+E0000 to U+E03FF.
    '\\udb40[\\udc00-\\udfff]',
    // Half of a surrogate pair.
    '[\\ud800-\\udbff](?![\\udc00-\\udfff])',
    '(?<![\\ud800-\\udbff])[\\udc00-\\udfff]',
  ].join('|'),
  'g',
);
const asciiOnly = /^[\x20-\x7e]*$/;
const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** One line: line breaks and tabs are escaped too. */
export function visible(text: string): string {
  if (asciiOnly.test(text)) return text;
  return text.replace(unsafe, escapeCharacter);
}

/** Several lines: breaks (LF or CRLF) and tabs stay, everything else as in {@link visible}. */
export function visibleLines(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => line.split('\t').map(visible).join('\t'))
    .join('\n');
}

/** JSON that is the same value and safe to show: what {@link visible} escapes stands as `\uXXXX`. */
export function visibleJson(json: string): string {
  return json.replace(unsafe, (found) =>
    found === '\t' || found === '\n' || found === '\r'
      ? found
      : found
          .split('')
          .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
          .join(''),
  );
}

function escapeCharacter(found: string): string {
  const code = found.codePointAt(0) ?? 0;
  if (code > 0xffff) return `\\u{${code.toString(16)}}`;
  if (code > 0xff) return `\\u${code.toString(16).padStart(4, '0')}`;
  return shortEscapes[found] ?? `\\x${code.toString(16).padStart(2, '0')}`;
}

/** Columns that a text takes on a terminal. */
export type Measure = (text: string) => number;

/** Right for printable ASCII. */
export const measureAscii: Measure = (text) => text.length;

/** A measure that is right for these texts; loads string-width only if one of them is not ASCII. */
export async function measureFor(texts: Iterable<string>): Promise<Measure> {
  for (const text of texts) {
    if (asciiOnly.test(text)) continue;
    const { default: stringWidth } = await import('string-width');
    return (text) => (asciiOnly.test(text) ? text.length : stringWidth(text));
  }
  return measureAscii;
}

const ellipsis = '…';

/** At most `width` columns; what is cut ends in an ellipsis. Never splits a character that is drawn as one. */
export function cut(text: string, width: number, measure: Measure): string {
  if (measure(text) <= width) return text;
  if (width < 1) return '';
  if (asciiOnly.test(text)) return text.slice(0, width - 1) + ellipsis;
  let kept = '';
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    const columns = measure(segment);
    if (used + columns > width - 1) break;
    kept += segment;
    used += columns;
  }
  return kept + ellipsis;
}

/** Exactly `width` columns unless the text is wider. */
export function pad(text: string, width: number, measure: Measure, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - measure(text)));
  return align === 'left' ? text + space : space + text;
}
