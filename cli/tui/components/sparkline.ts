/** Numbers by time as a row of bars. */
import { type SpanLine, span } from '../../spans.ts';
import type { Tone } from '../../style.ts';

/** The highest bar is the greatest of the values, or `least` when they are all below. */
export function sparkline(
  values: readonly number[],
  levels: readonly string[],
  tone: Tone | null,
  least = 1,
): SpanLine {
  const most = Math.max(least, ...values);
  const top = levels.length - 1;
  // What is not nothing is never drawn as nothing.
  const bars = values.map((value) => (value <= 0 ? 0 : Math.max(1, Math.round((value / most) * top))));
  // Pieces of one tone each: nothing steps back.
  const runs = bars.reduce<{ zero: boolean; text: string }[]>((known, bar) => {
    const last = known.at(-1);
    if (last && last.zero === (bar === 0)) last.text += levels[bar];
    else known.push({ zero: bar === 0, text: levels[bar] ?? '' });
    return known;
  }, []);
  return runs.map(({ zero, text }) => span(text, zero ? 'old' : tone));
}
