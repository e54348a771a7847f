/** Lines made of coloured pieces, which are measured, padded and cut before they get their colours. */
import { cut, type Measure, pad, visible } from '../shared/terminal-text.ts';
import type { Paint, Tone } from './style.ts';

export interface Span {
  /** Safe to show. */
  readonly text: string;
  readonly tone: Tone | null;
}

export type SpanLine = readonly Span[];

/** `text` is made visible here. */
export const span = (text: string, tone: Tone | null = null): Span => ({ text: visible(text), tone });

/** Only for text that is ASCII. */
export const left = (text: string, width: number, tone: Tone | null = null): Span =>
  span(text.padEnd(width), tone);
export const right = (text: string, width: number, tone: Tone | null = null): Span =>
  span(text.padStart(width), tone);

/** At most `width` columns, without blanks at the end. */
export function renderLine(line: SpanLine, width: number, paint: Paint, measure: Measure): string {
  let rendered = '';
  let room = width;
  for (const { text, tone } of line) {
    if (room <= 0) break;
    const shown = cut(text, room, measure);
    room -= measure(shown);
    rendered += paint(tone, shown);
    if (shown !== text) break;
  }
  return rendered.replace(/ +$/, '');
}

/** Pieces side by side: `first` fills its width, `second` follows. */
export function beside(first: SpanLine, width: number, second: SpanLine, measure: Measure): SpanLine {
  const used = first.reduce((sum, { text }) => sum + measure(text), 0);
  return [...first, span(pad('', width - used, measure)), ...second];
}
