/** Numbers by time as a row of bars. */
import { type Span, span } from '../../spans.ts';
import type { Tone } from '../../style.ts';

/** The highest bar is the greatest of the values, or `least` when they are all below. */
export function sparkline(
  values: readonly number[],
  levels: readonly string[],
  tone: Tone | null,
  least = 1,
): Span {
  const most = Math.max(least, ...values);
  const top = levels.length - 1;
  // What is not nothing is never drawn as nothing.
  const bars = values.map((value) => levels[value <= 0 ? 0 : Math.max(1, Math.round((value / most) * top))]);
  return span(bars.join(''), tone);
}
