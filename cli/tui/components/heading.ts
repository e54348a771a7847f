/** A line that begins a part of a screen: its name, what there is to say beside it, and a rule to the right edge. */
import { type Span, span } from '../../spans.ts';
import { type Line, line } from '../text/line.ts';

export function heading(title: string, rule: string, width: number, ...beside: readonly Span[]): Line {
  const used = beside.reduce((sum, { text }) => sum + text.length, title.length + 2);
  return line(
    span(` ${title} `, 'title'),
    ...beside,
    span(rule.repeat(Math.max(0, width - used - 1)), 'old'),
  );
}
