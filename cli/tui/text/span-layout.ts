/** Pieces of a line, measured, cut and put at both edges, with their tones kept. */
import { cut, type Measure } from '../../../shared/terminal-text.ts';
import { type Span, type SpanLine, span } from '../../spans.ts';
import { type Line, line } from './line.ts';

export const widthOf = (spans: SpanLine, measure: Measure): number =>
  spans.reduce((sum, { text }) => sum + measure(text), 0);

/** At most `width` columns, and with blanks exactly so many. */
export function fitted(spans: SpanLine, width: number, measure: Measure): SpanLine {
  let room = Math.max(0, width);
  const kept: Span[] = [];
  for (const piece of spans) {
    const text = cut(piece.text, room, measure);
    room -= measure(text);
    kept.push({ ...piece, text });
    if (text !== piece.text) break;
  }
  return [...kept, span(' '.repeat(room))];
}

/** `left` at the left edge, `right` at the right one; where both do not fit the left one is cut. */
export const apart = (left: SpanLine, right: SpanLine, width: number, measure: Measure): Line =>
  line(...fitted(left, width - widthOf(right, measure), measure), ...right);
