/** A message as a person would read it: its text decoded, other parts named. */
import { formatBytes } from '../../../shared/units.ts';
import { type SpanLine, span } from '../../spans.ts';
import { decodedText, decodedWords, fieldOf, leafParts, type Part, splitMessage } from './mime.ts';

const shownFields = ['from', 'to', 'cc', 'date', 'subject'];

export function decodedMessage(bytes: Buffer): readonly SpanLine[] {
  const message = splitMessage(bytes);
  const fields = shownFields
    .map((name) => ({ name, value: fieldOf(message.fields, name) }))
    .filter(({ value }) => value !== '')
    .map(
      ({ name, value }): SpanLine => [
        span(`${name.charAt(0).toUpperCase()}${name.slice(1)}`.padEnd(9), 'old'),
        span(decodedWords(value)),
      ],
    );
  const parts = leafParts(message);
  // Of the same text in two forms the plain one is for terminals.
  const plain = parts.some(({ type, fileName }) => type === 'text/plain' && fileName === '');
  return [...fields, ...parts.flatMap((part) => ['', ...partLines(part, plain)]).map(toLine)];
}

const toLine = (text: string | SpanLine): SpanLine => (typeof text === 'string' ? [span(text)] : text);

function partLines(part: Part, plain: boolean): readonly (string | SpanLine)[] {
  const { type, charset, fileName, content } = part;
  if (fileName === '' && type === 'text/plain') return textLines(decodedText(content, charset));
  if (fileName === '' && type === 'text/html' && !plain)
    return [[span('(from HTML)', 'old')], ...textLines(withoutTags(decodedText(content, charset)))];
  return [
    [span(`[${type}${fileName === '' ? '' : ` "${fileName}"`}, ${formatBytes(content.length)}]`, 'accent')],
  ];
}

const textLines = (text: string): readonly string[] =>
  text
    .replace(/\s+$/, '')
    .split(/\r?\n/)
    .map((line) => line.replaceAll('\t', '    '));

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  nbsp: ' ',
  '#39': "'",
};

/** To be read, not to be shown as it was meant. */
const withoutTags = (html: string): string =>
  html
    .replace(/<(style|script|head)\b[^>]*>[\s\S]*?<\/\1\s*>/gi, '')
    .replace(/\s+/g, ' ')
    .replace(/<(br|\/p|\/div|\/tr|\/li|\/h\d)\b[^>]*>/gi, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&(amp|lt|gt|quot|nbsp|#39);/g, (_, name: string) => entities[name] ?? '')
    .replace(/\n\s*\n\s*/g, '\n\n')
    .trim();
